// The form for a new file stands on the page's own edit form, and HTML has no forms inside forms: its element
// is kept in a template and put at the end of the document, where its fields find it by its name.
const bringOut = () => {
  for (const template of document.querySelectorAll("template[data-outside]")) {
    document.body.append(template.content.cloneNode(true));
    document.querySelector("[data-replace-file]").hidden = false;
  }
};
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", bringOut);
else bringOut();
