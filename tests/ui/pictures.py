"""Pictures of codes, as others make them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import zxingcpp
from PIL import Image


def code(text: str | bytes, module: int = 4) -> Image.Image:
    """A code that the reader's own people draw; ours is not asked."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    drawn = zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=True)
    high, wide = drawn.shape
    pixels = bytes(drawn)  # type: ignore[call-overload,unused-ignore]  # a buffer; 3.12 knows them
    small = Image.frombytes("L", (wide, high), pixels)
    return small.resize((small.width * module, small.height * module), Image.Resampling.NEAREST)


def page(*texts: str | bytes, size: tuple[int, int] = (900, 500)) -> Image.Image:
    """Codes side by side on a grey page."""
    sheet = Image.new("L", size, 200)
    left = 20
    for one in map(code, texts):
        sheet.paste(one, (left, 40))
        left += one.width + 40
    return sheet


def saved(picture: Image.Image, path: Path) -> Path:
    """The file, in the format that its name says."""
    picture.save(path)
    return path


def as_png(picture: Image.Image) -> bytes:
    """The same as bytes."""
    file = BytesIO()
    picture.save(file, format="PNG")
    return file.getvalue()
