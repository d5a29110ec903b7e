/* The checks of a page, kept fresh while somebody edits: in the panel beside the form, and as one line in its foot. */
(() => {
  const start = () => {
    const panel = document.querySelector("[data-dscp-checks]");
    if (!panel || panel.dataset.ready) return;
    panel.dataset.ready = "yes";
    const findings = panel.querySelector("[data-dscp-checks-findings]");
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
    let timer;
    let latest = 0;
    const things = (count) => `${count} ${count === 1 ? "thing" : "things"}`;
    const say = () => {
      const counts = findings.querySelector("[data-blocks]");
      if (!counts) return;
      const blocks = Number(counts.dataset.blocks);
      const warnings = Number(counts.dataset.warnings);
      line.hidden = false;
      line.dataset.level = blocks ? "block" : warnings ? "warn" : "good";
      if (blocks) line.textContent = `Checks: ${things(blocks)} to put right`;
      else line.textContent = warnings ? `Checks: ${things(warnings)} to look at` : "Checks: all well";
    };
    const check = async () => {
      // A page that was never saved has no number yet; the first save gives it one, in the address.
      const number = location.pathname.match(/\/pages\/(\d+)\/edit\//);
      if (!number) return;
      const turn = ++latest;
      findings.setAttribute("aria-busy", "true");
      try {
        const address = panel.dataset.dscpChecks.replace("/0/", `/${number[1]}/`);
        const answer = await fetch(`${address}?part=1`, { headers: { "X-Requested-With": "fetch" } });
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
    panel.querySelector("[data-dscp-checks-again]").addEventListener("click", (event) => {
      event.preventDefault();
      check();
    });
    document.addEventListener("w-autosave:success", () => {
      clearTimeout(timer);
      timer = setTimeout(check, 800);
    });
    check();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
