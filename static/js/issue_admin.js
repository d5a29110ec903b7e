/* The pre-flight check of an issue, kept fresh while somebody edits. Without it, its link opens a page. */
(() => {
  const start = () => {
    const panel = document.querySelector("[data-preflight]");
    if (!panel || panel.dataset.ready) return;
    panel.dataset.ready = "yes";
    const findings = panel.querySelector("[data-preflight-findings]");
    let timer;
    let latest = 0;
    const check = async () => {
      const turn = ++latest;
      findings.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(`${panel.dataset.preflight}?part=1`, { headers: { "X-Requested-With": "fetch" } });
        const html = answer.ok && !answer.redirected ? await answer.text() : "";
        // An older answer that comes late must not replace a newer one.
        if (html && turn === latest) findings.innerHTML = html;
      } finally {
        findings.removeAttribute("aria-busy");
      }
    };
    panel.querySelector("[data-preflight-again]").addEventListener("click", (event) => {
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
