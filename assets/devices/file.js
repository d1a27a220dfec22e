// A file that somebody chooses becomes the text of the form: `data-fills` names the field.
for (const chooser of document.querySelectorAll("input[data-fills]")) {
  chooser.addEventListener("change", async () => {
    const file = chooser.files[0];
    if (file) document.getElementById(chooser.dataset.fills).value = await file.text();
  });
}
