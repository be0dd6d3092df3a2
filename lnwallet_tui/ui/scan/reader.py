"""The process that opens pictures and reads the codes in them; it is started as a script.

    python reader.py image               a file of an image on standard input, one answer
    python reader.py screen              the whole screen, one answer
    python reader.py frames W H PW PH    grey frames on standard input, an answer for each, with a
                                         preview of PW x PH pixels

An answer is one line of JSON: {"codes": [...]} or {"problem": "..."}; see `answers.py`.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import suppress
from typing import Any, Final

MOST_BYTES: Final = 20_000_000
MOST_PIXELS: Final = 40_000_000
MOST_CODES: Final = 20
MOST_TEXT: Final = 8_000
_MOST_MEMORY: Final = 1 << 30
_MOST_SECONDS: Final = 30  # of the processor, for one picture
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "PPM")
"""None of those that Pillow hands on to other programs."""


def main(arguments: list[str]) -> int:
    """Do what the arguments say; 0 where there was an answer."""
    match arguments:
        case ["image"]:
            _bound(_MOST_SECONDS)
            _answer(_of_image(sys.stdin.buffer.read(MOST_BYTES + 1)))
        case ["screen"]:
            _bound(_MOST_SECONDS)
            _answer(_of_screen())
        case ["frames", *sizes]:
            _bound(None)
            _frames(*(int(one) for one in sizes))
        case _:
            return 2
    return 0


def _bound(seconds: int | None) -> None:
    """As much as a large picture needs and no more, where the system can promise that."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if seconds is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _answer(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _of_image(data: bytes) -> dict[str, object]:
    from PIL import Image

    if len(data) > MOST_BYTES:
        return {"problem": "too large"}
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:  # before anything of it is unpacked
                return {"problem": "too many pixels"}
            return {"codes": _codes(_on_white(image))}
    except MemoryError:
        return {"problem": "too many pixels"}
    except Image.DecompressionBombError:
        return {"problem": "too many pixels"}
    except Exception:  # whatever a decoder trips over: it is no image that can be read
        return {"problem": "no image"}


def _on_white(image: Any) -> Any:
    """In greys; what is transparent is paper."""
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    return image.convert("L")


def _of_screen() -> dict[str, object]:
    import mss
    from PIL import Image

    try:
        with mss.MSS() as camera:
            shot = camera.grab(camera.monitors[0])
            pixels = Image.frombytes("RGB", (shot.width, shot.height), shot.rgb)
    except Exception:  # of a screen that lets nobody look, each system has its own
        return {"problem": "no screen"}
    return {"codes": _codes(pixels.convert("L"))}


def _frames(width: int, height: int, wide: int, high: int) -> None:
    import base64

    from PIL import Image

    while len(data := sys.stdin.buffer.read(width * height)) == width * height:
        frame = Image.frombytes("L", (width, height), data)
        small = frame.resize((wide, high), Image.Resampling.BOX)
        mirrored = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        preview = base64.b64encode(mirrored.tobytes()).decode()
        _answer({"codes": _codes(frame), "preview": preview})


def _codes(image: Any) -> list[str]:
    """What the codes say, each once, in the order in which they are found."""
    import zxingcpp

    kinds = zxingcpp.BarcodeFormats(
        [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.MicroQRCode]
    )
    found = zxingcpp.read_barcodes(image, kinds, text_mode=zxingcpp.TextMode.Plain)
    return list(dict.fromkeys(one.text[:MOST_TEXT] for one in found if one.text))[:MOST_CODES]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
