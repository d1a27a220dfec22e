"""Photos that residents send: drawn anew and smaller, so that only the picture is left of the file."""

from __future__ import annotations

import io
import threading

MOST = 3
MOST_BYTES = 12 << 20
"""As a modern phone makes them, where no script has made them smaller on the phone."""
MOST_PIXELS = 60_000_000
"""A phone's camera has 50 million; more is an archive that wants to fill the memory."""
SIDE_PX = 1600
QUALITY = 80
_ONE_AT_A_TIME = threading.Lock()
"""A large one takes a hundred megabytes for a moment."""


class NotAPhoto(ValueError):
    """It cannot be read as one of the kinds that a phone makes."""


class TooLarge(ValueError):
    """More bytes or pixels than a photo has."""


def redrawn(content: bytes, side_px: int = SIDE_PX) -> bytes:
    """A JPEG without where, when and with what it was taken, turned upright. Raises NotAPhoto, TooLarge."""
    from PIL import Image, ImageOps  # twenty megabytes that a process pays with its first photo

    if len(content) > MOST_BYTES:
        raise TooLarge(f"{len(content)} bytes")
    with _ONE_AT_A_TIME:
        try:
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise TooLarge(f"{image.width} x {image.height}")
                image.draft("RGB", (side_px, side_px))
                upright = ImageOps.exif_transpose(image).convert("RGB")
        except TooLarge:
            raise
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise NotAPhoto(str(error)) from error
        upright.thumbnail((side_px, side_px))
        plain = Image.new("RGB", upright.size)
        plain.paste(upright)
        drawn = io.BytesIO()
        plain.save(drawn, "JPEG", quality=QUALITY, optimize=True)
    return drawn.getvalue()
