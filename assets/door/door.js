/* Shows a password that is being typed; a table that is wider than the phone can be moved by keyboard too. Everything else
   of the plain pages works without script. */
(() => {
  const wide = () => {
    for (const table of document.querySelectorAll(".people table")) {
      if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
      else table.removeAttribute("tabindex");
    }
  };
  wide();
  addEventListener("resize", wide);
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
