/* What a check found, kept fresh while somebody edits: the checks of a page, and those of an issue before it is sent.

   <… data-dscp-fresh="address of the findings" [data-dscp-fresh-line="Checks"]>
     <… data-dscp-fresh-part>the findings</…>  <a data-dscp-fresh-again>
   The address has 0 where the number of a page stands that may not be saved yet. With a line, how much there is to
   do also stands at the foot of the form. Without this script the links open a page each. */
(() => {
  const things = (count) => `${count} ${count === 1 ? "thing" : "things"}`;

  /* A button at the foot of the form that says how much there is to do, and leads to the findings. */
  const lineFor = (label, findings) => {
    const line = document.createElement("button");
    line.type = "button";
    line.className = "dscp-checks-line";
    line.hidden = true;
    line.addEventListener("click", () => {
      const toggle = document.querySelector('[data-side-panel-toggle="checks"]');
      if (toggle && toggle.getAttribute("aria-expanded") !== "true") toggle.click();
      setTimeout(() => findings.focus({ preventScroll: true }), 400); // once the panel is open
    });
    const foot = document.querySelector(".footer__container") || document.querySelector("footer.footer");
    if (foot) foot.append(line);
    return () => {
      const counts = findings.querySelector("[data-blocks]");
      if (!counts) return;
      const blocks = Number(counts.dataset.blocks);
      const warnings = Number(counts.dataset.warnings);
      line.hidden = false;
      line.dataset.level = blocks ? "block" : warnings ? "warn" : "good";
      if (blocks) line.textContent = `${label}: ${things(blocks)} to put right`;
      else line.textContent = warnings ? `${label}: ${things(warnings)} to look at` : `${label}: all well`;
    };
  };

  const keepFresh = (panel) => {
    const { dscpFresh: address, dscpFreshLine: label } = panel.dataset;
    const findings = panel.querySelector("[data-dscp-fresh-part]");
    const say = label ? lineFor(label, findings) : () => {};
    let timer;
    let latest = 0;
    const check = async () => {
      // A page that was never saved has no number yet; the first save gives it one, in the address.
      const number = location.pathname.match(/\/pages\/(\d+)\/edit\//);
      if (!number) return;
      const turn = ++latest;
      findings.setAttribute("aria-busy", "true");
      try {
        const from = `${address.replace("/0/", `/${number[1]}/`)}?part=1`;
        const answer = await fetch(from, { headers: { "X-Requested-With": "fetch" } });
        const html = answer.ok && !answer.redirected ? await answer.text() : "";
        // An older answer that comes late must not replace a newer one.
        if (html && turn === latest) {
          findings.innerHTML = html;
          say();
        }
      } finally {
        findings.removeAttribute("aria-busy");
      }
    };
    panel.querySelector("[data-dscp-fresh-again]").addEventListener("click", (event) => {
      event.preventDefault();
      check();
    });
    document.addEventListener("w-autosave:success", () => {
      clearTimeout(timer);
      timer = setTimeout(check, 800);
    });
    check();
  };

  const start = () => document.querySelectorAll("[data-dscp-fresh]").forEach(keepFresh);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
