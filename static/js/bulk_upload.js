// Sends files one by one and shows how far each is; without this the form sends them all at once.
const form = document.querySelector("[data-bulk]");
const find = (name) => document.querySelector(`[data-bulk-${name}]`);

const send = (file, row) => new Promise((done) => {
  const request = new XMLHttpRequest();
  const data = new FormData(form);
  data.delete("files");
  data.append("files", file);
  const bar = row.querySelector("progress");
  request.upload.addEventListener("progress", (event) => {
    bar.value = event.lengthComputable ? event.loaded / event.total : 0;
  });
  request.addEventListener("loadend", () => {
    let answer = { ok: false, words: "It couldn’t be sent. Try it again." };
    try {
      answer = JSON.parse(request.responseText);
    } catch { /* no answer, or not ours */ }
    bar.replaceWith(`${answer.ok ? "✓" : "✗ Not taken."} ${answer.words}`);
    done(answer.ok);
  });
  request.open("POST", location.href);
  request.setRequestHeader("Accept", "application/json");
  request.send(data);
});

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const files = [...form.elements.files.files];
  const rows = files.map((file) => {
    const row = document.createElement("li");
    row.textContent = `${file.name} `;
    row.append(Object.assign(document.createElement("progress"), { max: 1, value: 0, ariaLabel: file.name }));
    find("list").append(row);
    return row;
  });
  find("progress").hidden = false;
  form.querySelector("button").disabled = true;
  let taken = 0;
  for (const [place, file] of files.entries()) {
    find("status").textContent = `File ${place + 1} of ${files.length}`;
    taken += await send(file, rows[place]);
  }
  find("status").textContent = `${taken} of ${files.length} files were taken.`;
  find("next").href = find("next").dataset.address.replace("/0/", `/${form.elements.library.value}/`);
  find("next").hidden = taken === 0;
  form.querySelector("button").disabled = false;
  form.elements.files.value = "";
});
