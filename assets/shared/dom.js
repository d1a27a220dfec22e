/* The few ways in which the wall writes into its islands: text, class, markup, each only when it differs. */
(() => {
  const SW = (window.SW = window.SW || {});
  const found = new Map();

  SW.at = (id) => {
    let element = found.get(id);
    if (!element || !element.isConnected) {
      element = document.getElementById(id);
      found.set(id, element);
    }
    return element;
  };

  SW.text = (element, value) => {
    if (element && element.textContent !== value) element.textContent = value;
  };

  SW.look = (element, value) => {
    if (element && element.className !== value) element.className = value;
  };

  /** Markup made by this program only (icons, badges, ribbon): never a text that came from outside. */
  SW.markup = (element, value) => {
    if (element && element.swMarkup !== value) {
      element.innerHTML = value;
      element.swMarkup = value;
    }
  };

  /** An element with a class and text or children. */
  SW.make = (tag, look, ...content) => {
    const element = document.createElement(tag);
    if (look) element.className = look;
    element.append(...content);
    return element;
  };
})();
