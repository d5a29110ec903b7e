// Improves what already works without it: the menu, Exit this page, films, folded
// sections and error summaries. One module, no dependency, nothing stored or sent.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// The menu: without this a link to #menu, which :target opens.
const link = document.querySelector("[data-menu]");
if (link) {
  const panel = document.getElementById("menu");
  const button = document.createElement("button");
  button.type = "button";
  button.className = link.className;
  button.innerHTML = link.innerHTML;
  button.setAttribute("aria-controls", "menu");
  const show = (open) => {
    button.setAttribute("aria-expanded", String(open));
    panel.classList.toggle("is-open", open);
    panel.classList.toggle("is-shut", !open);
  };
  show(location.hash === "#menu");
  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") === "false"));
  panel.parentElement.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && button.getAttribute("aria-expanded") === "true") {
      show(false);
      button.focus();
    }
  });
  link.replaceWith(button);
}

// Exit this page: blank at once, then leave, putting the other page in this one's place
// in the history. Also on Shift pressed three times, each within five seconds.
const exits = all("[data-exit]");
if (exits.length) {
  const away = exits[0].href;
  const presses = document.querySelector("[data-exit-presses]");
  let count = 0;
  let timer;
  const leave = () => {
    const words = document.createElement("p");
    words.className = "leaving__words";
    words.setAttribute("role", "alert");
    document.body.append(words);
    document.body.classList.add("leaving");
    document.title = "Loading";
    words.textContent = "Leaving this page.";
    location.replace(away);
  };
  const forget = () => {
    count = 0;
    presses.textContent = "";
  };
  exits.forEach((exit) => exit.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  }));
  let alone = false; // Shift held with another key is typing, not a press
  document.addEventListener("keydown", (event) => {
    alone = event.key === "Shift" && !event.repeat;
    if (event.key !== "Shift" && count) forget();
  });
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    alone = false;
    clearTimeout(timer);
    count += 1;
    if (count === 3) {
      leave();
      return;
    }
    presses.textContent = count === 1 ? "Press Shift twice more to leave." : "Press Shift once more to leave.";
    timer = setTimeout(() => {
      forget();
      presses.textContent = "You are still on this page.";
      timer = setTimeout(forget, 3000);
    }, 5000);
  });
  // A page kept alive for the Back button must come back usable only if it is asked for again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}

// Films: the player takes the link's place when, and only when, the link is pressed.
all("a[data-embed]").forEach((play) => play.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (location.pathname.startsWith("/admin/")) { // an editor's preview lets no player in
    play.target = "_blank";
    return;
  }
  event.preventDefault();
  const frame = document.createElement("iframe");
  const source = new URL(play.dataset.embed);
  source.searchParams.set("autoplay", "1");
  frame.src = source;
  frame.title = play.dataset.title;
  frame.className = "video__frame";
  frame.allow = "autoplay; fullscreen; picture-in-picture; encrypted-media";
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  frame.tabIndex = 0;
  play.replaceWith(frame);
  frame.focus();
}));

// Folded sections: all at once, the one an address points to, and everything for print.
all("[data-folds]").forEach((group) => {
  const folds = all("details", group);
  if (folds.length < 2) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button-link folds__all";
  const word = () => {
    button.textContent = folds.every((fold) => fold.open) ? "Close all sections" : "Open all sections";
  };
  button.addEventListener("click", () => {
    const open = !folds.every((fold) => fold.open);
    folds.forEach((fold) => { fold.open = open; });
    word();
  });
  folds.forEach((fold) => fold.addEventListener("toggle", word));
  word();
  group.prepend(button);
});

const reveal = () => {
  let target = null;
  try {
    target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return; // an address that isn't a fragment of ours
  }
  const fold = target && target.closest("details");
  if (fold && !fold.open) {
    fold.open = true;
    target.scrollIntoView();
  }
};
addEventListener("hashchange", reveal);
reveal();

let shut = [];
addEventListener("beforeprint", () => {
  shut = all("main details:not([open])");
  shut.forEach((fold) => { fold.open = true; });
});
addEventListener("afterprint", () => shut.forEach((fold) => { fold.open = false; }));

// What is wrong with a form is read out first; its links put the cursor in the field.
const summary = document.querySelector(".error-summary");
if (summary) {
  summary.focus();
  summary.addEventListener("click", (event) => {
    const anchor = event.target.closest("a[href^='#']");
    const field = anchor && document.getElementById(anchor.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    (field.closest(".field") || field).scrollIntoView();
    field.focus({ preventScroll: true });
  });
}
