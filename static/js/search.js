// Titles for what is being typed; the search works without.
const box = document.querySelector("input[list]");
let wait;
box?.addEventListener("input", () => {
  clearTimeout(wait);
  wait = setTimeout(async () => {
    const answer = await fetch(`/search/suggest/?q=${encodeURIComponent(box.value)}`);
    if (answer.ok) box.list.replaceChildren(...(await answer.json()).map((title) => new Option(title)));
  }, 200);
});
