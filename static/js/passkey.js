// Says on the page when a device gave no passkey: the script that asks it only tells the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const words = document.querySelector("[data-passkey-failed]");
  words.hidden = false;
  words.setAttribute("role", "alert");
});
