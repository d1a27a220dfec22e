/* The form of a report: photos are made small as soon as they are chosen. What cannot be read goes as it is, and the house
   says what is wrong with it; without this script all go as they are. */
(() => {
  const field = document.querySelector("form.report input[type=file]");
  if (!field) return;
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
    for (const file of [...field.files]) chosen.items.add(await small(file)); // one by one: each takes 200 MB for a moment
    field.files = chosen.files;
    drawing = null;
  };

  field.addEventListener("change", () => {
    const many = field.files.length > Number(field.dataset.most);
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
