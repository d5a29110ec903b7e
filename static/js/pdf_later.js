// While a PDF is being made: asks every two seconds whether it is there, and then opens it.
// Without this, or after a minute, the button does it.

const words = document.querySelector("[data-pdf-later]");
const until = Date.now() + 60_000;

const ask = async () => {
  try {
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" });
    if (answer.status === 200) {
      location.reload();
      return;
    }
    if (answer.status !== 202) throw new Error("it can't be made");
  } catch {
    words.textContent = "Open it to see how far it is.";
    return;
  }
  if (Date.now() < until) setTimeout(ask, 2000);
  else words.textContent = "It takes longer than usual. Try again in a few minutes.";
};

if (words) {
  words.textContent = "This page opens it as soon as it is there.";
  setTimeout(ask, 2000);
}
