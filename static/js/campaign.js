/* Keeps the numbers of a running campaign up to date; the page works without it. */
(() => {
  const box = document.querySelector("[data-watching]");
  if (!box) return;
  const clock = box.querySelector("[data-seconds]");
  const end = clock ? Date.now() + 1000 * clock.dataset.seconds : 0;
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} minutes`;
  };
  if (clock) { tick(); setInterval(tick, 1000); }
  const look = async () => {
    try {
      const answer = await fetch(box.dataset.campaign, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const { status, counts } = await answer.json();
      if (status !== box.dataset.status) { location.reload(); return; }
      for (const place of box.querySelectorAll("[data-count]")) place.textContent = counts[place.dataset.count];
      const bar = box.querySelector("progress");
      if (bar) bar.value = counts.percent;
    } catch { /* the next look may go better */ }
    setTimeout(look, 2000);
  };
  setTimeout(look, 1000);
})();
