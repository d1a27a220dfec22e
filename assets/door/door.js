/* Shows a password that is being typed. Everything else at the door works without script. */
(() => {
  for (const button of document.querySelectorAll(".eye")) {
    button.addEventListener("click", () => {
      const field = document.getElementById(button.dataset.shows);
      const shown = field.type === "text";
      field.type = shown ? "password" : "text";
      button.classList.toggle("on", !shown);
      field.focus();
    });
  }
})();
