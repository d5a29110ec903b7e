// Keeps what a facilitator ticks on this phone while there is no connection, and sends it when there is one.
// Without it the page is a plain form. Kept are the ticks and names of this one register, until the server has
// them, or at most until the link dies at midnight.

const PREFIX = "register ";
const KEPT = "Kept on this phone, and sent when you are back online.";
const form = document.querySelector("[data-register]");

// A browser may refuse to keep anything; then the page is as good as without this.
const store = (job) => {
  try {
    return job(localStorage);
  } catch {
    return null;
  }
};
const read = (key) => store((kept) => JSON.parse(kept.getItem(key)));
const forget = (key) => store((kept) => kept.removeItem(key));

for (const key of store(Object.keys) ?? []) {
  if (key.startsWith(PREFIX) && !(Date.parse(read(key)?.dies) > Date.now())) forget(key);
}

if (form) {
  const key = PREFIX + location.pathname;
  const state = form.querySelector("[data-state]");
  const total = form.querySelector("[name=new-TOTAL_FORMS]");
  const most = Number(form.querySelector("[name=new-MAX_NUM_FORMS]").value);
  const more = form.querySelector("[data-more]");
  const shown = new Map(); // what the server knows
  let sending = false;
  let again;

  const value = (name) => form.elements[name]?.value ?? "";
  const values = () => {
    const names = [...form.elements].map((field) => field.name).filter((name) => /^(mark-|new-\d)/.test(name));
    return Object.fromEntries([...new Set(names)].map((name) => [name, value(name)]));
  };
  const otherThan = (known) => Object.entries(values()).filter(([name, text]) => text !== known(name));
  const changed = () => otherThan((name) => shown.get(name) ?? "");

  const keep = (entries = changed()) => {
    if (!entries.length) forget(key);
    else store((kept) => kept.setItem(key, JSON.stringify({ dies: form.dataset.dies, changed: Object.fromEntries(entries) })));
    return entries.length > 0;
  };

  const say = (words) => {
    if (state.textContent !== words) state.textContent = words;
  };

  const tell = () => {
    if (!keep()) say("");
    else if (navigator.onLine) say("Not saved yet.");
    else say(`No connection. ${KEPT}`);
  };

  const oneMore = () => {
    const number = Number(total.value);
    if (number >= most) return null;
    const last = [...form.querySelectorAll("[data-newcomer]")].at(-1);
    const next = last.cloneNode(true);
    for (const error of next.querySelectorAll(".field__error")) error.remove();
    next.innerHTML = next.innerHTML.replaceAll(`new-${number - 1}-`, `new-${number}-`);
    for (const input of next.querySelectorAll("input")) input.value = "";
    last.after(next);
    total.value = String(number + 1);
    more.hidden = number + 1 >= most;
    return next;
  };

  const put = (entries) => {
    for (const [name, text] of entries) {
      const row = Number(/^new-(\d+)-/.exec(name)?.[1] ?? -1);
      while (Number(total.value) <= row && oneMore());
      if (form.elements[name]) form.elements[name].value = text;
    }
  };

  const send = async () => {
    if (sending) return;
    sending = true;
    clearTimeout(again);
    const sent = values();
    say("Sending…");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      if (answer.status >= 500) throw new Error("The site can't answer just now.");
      if (answer.redirected) {
        keep(otherThan((name) => sent[name])); // ticked while it was on its way
        location.replace(answer.url);
      } else {
        if (answer.status === 404 || answer.status === 410) forget(key); // the link is dead
        form.submit(); // the whole answer, with what is wrong
      }
    } catch {
      keep();
      say(navigator.onLine ? `The site doesn’t answer. ${KEPT}` : `No connection. ${KEPT}`);
      again = setTimeout(send, 60_000);
      sending = false;
    }
  };

  Object.entries(values()).forEach(([name, text]) => shown.set(name, name.startsWith("new-") ? "" : text));
  // After an error the page shows what was typed, which the server doesn't know yet.
  form.querySelectorAll("[name^=was-]").forEach((was) => shown.set(was.name.replace("was-", "mark-"), was.value));
  put(Object.entries(read(key)?.changed ?? {}));
  more.hidden = Number(total.value) >= most;
  more.querySelector("button").addEventListener("click", () => oneMore()?.querySelector("input").focus());
  form.addEventListener("input", tell);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  addEventListener("online", () => {
    if (keep()) send();
  });
  addEventListener("offline", tell);
  tell();
}
