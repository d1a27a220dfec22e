/* A photo drawn anew before it leaves the phone: upright, as large as anybody looks at, and nothing of where and with what it
   was taken. A modern phone's has 8 to 12 MB. */
(() => {
  const SW = (window.SW = window.SW || {});
  const SIDE_PX = 1600, QUALITY = 0.8; // as dashboard/resident/photos.py draws it

  /** Its JPEG. Throws where this browser cannot read the picture. */
  SW.smaller = async (file) => {
    const drawn = await createImageBitmap(file); // turns it as its EXIF says
    const scale = Math.min(1, SIDE_PX / Math.max(drawn.width, drawn.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(drawn.width * scale);
    canvas.height = Math.round(drawn.height * scale);
    canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
    drawn.close();
    const jpeg = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    if (!jpeg) throw new Error("no picture");
    return jpeg;
  };
})();
