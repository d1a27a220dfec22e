/* Whoever is looked at is in sight in the list beside, however long that is. */
(() => {
  const rail = document.querySelector(".rail"), here = rail && rail.querySelector("[aria-current]");
  if (here) rail.scrollTop = here.offsetTop - (rail.clientHeight - here.offsetHeight) / 2;
})();
