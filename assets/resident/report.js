/* The form of a report: photos are made small as soon as they are chosen. What cannot be read goes as it is, and the house
   says what is wrong with it; without this script all go as they are. */
(() => {
  const field = document.querySelector("form.report input[type=file]");
  if (!field) return;
  const THUMB_PX = 64;
  let drawing = null;

  const small = async (file) => {
    try {
      const jpeg = await SW.smaller(file);
      return jpeg.size < file.size ? new File([jpeg], "photo.jpg", { type: "image/jpeg" }) : file;
    } catch {
      return file;
    }
  };

  const redraw = async () => {
    const chosen = new DataTransfer();
    for (const file of [...field.files]) {
      const sent = await small(file); // one by one: each takes 200 MB for a moment
      chosen.items.add(sent);
      await seen(sent);
    }
    field.files = chosen.files;
    drawing = null;
  };

  /* What was chosen, as small pictures in the place of the browser's words; without script those stay. */
  const shown = field.parentElement.appendChild(document.createElement("span"));
  shown.className = "chosen";
  field.parentElement.classList.add("drawn");
  const seen = async (file) => {
    const canvas = shown.appendChild(document.createElement("canvas"));
    canvas.width = canvas.height = 2 * THUMB_PX;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", file.name);
    const picture = await createImageBitmap(file).catch(() => null);
    if (!picture) return canvas.classList.add("unread");
    const side = Math.min(picture.width, picture.height), { width, height } = canvas;
    canvas.getContext("2d").drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, width, height);
    picture.close();
  };

  field.addEventListener("change", () => {
    const many = field.files.length > Number(field.dataset.most);
    shown.replaceChildren();
    field.setCustomValidity(many ? field.dataset.many : "");
    if (!many && field.files.length) drawing = redraw();
  });

  field.form.addEventListener("submit", async (event) => {
    if (!drawing) return;
    event.preventDefault();
    await drawing;
    field.form.requestSubmit(event.submitter);
  });
})();
