"""What callers may give as pictures, queries, tags and filters, brought into the extension's form."""

from __future__ import annotations

import datetime
import hashlib
import io
import os
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from hashlens import _core
from hashlens._errors import InvalidArgumentError

PathInput = Union[str, os.PathLike[str]]
"""A file or folder by its path."""
ImageArray = Union[npt.NDArray[np.uint8], npt.NDArray[np.uint16]]
"""Pixels: uint8 or uint16, height x width (grey), height x width x 3 (RGB), or height x width x 4 (RGB and alpha)."""
PictureInput = Union[PathInput, bytes, bytearray, memoryview, ImageArray]
"""A picture file by its path, a picture file's bytes (any format), or pixels."""
Tags = Union[Mapping[str, Union[str, Sequence[str]]], Iterable[tuple[str, str]]]
"""{"label": "cat"}, {"label": ["cat", "pet"]}, or [("label", "cat"), ("label", "pet")]."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture to be added that is not told by its path.

    data: a picture file's bytes (any format), pixels, or the path of a file that is read now. None with a feature.
    name: its path within the source, such as "cats/1.jpg"; None: made from its bytes.
    tags: for this picture alone.
    feature: instead of data, what the network would give: (dim,) float32. It needs a name.
    """

    data: PictureInput | None = None
    name: PathInput | None = None
    tags: Tags = ()
    feature: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Text:
    """Words as a query, for libraries of a model with `text` (ModelInfo): at most 4096 bytes as UTF-8."""

    words: str


@dataclass(frozen=True)
class Filter:
    """Which images are meant: those that meet every condition that is set.

    tags: carry all of these.
    under: are one of these files, or below one of these folders.
    added_since: were added then or later; a datetime without a zone is local time.
    """

    tags: Tags = ()
    under: PathInput | Sequence[PathInput] = field(default=())
    added_since: datetime.datetime | None = None


FilterInput = Union[Filter, Mapping[str, Union[str, Sequence[str]]], None]
"""A Filter, or the tags of one: {"label": "cat"}."""


def tag_list(tags: Tags | None) -> list[tuple[str, str]]:
    """As (key, value) pairs. Raises InvalidArgumentError for anything else."""
    if tags is None:
        return []
    try:
        if isinstance(tags, Mapping):
            pairs = [(key, value) for key, given in tags.items() for value in ([given] if isinstance(given, str) else given)]
        else:
            pairs = [(key, value) for key, value in tags]
    except (TypeError, ValueError):
        pairs = [("", None)]
    if not all(isinstance(text, str) for pair in pairs for text in pair):
        raise InvalidArgumentError(f'tags are {{"key": "value"}}, {{"key": ["value", ...]}} or [("key", "value"), ...], all of them str, not {tags!r:.60}')
    return pairs


def path_list(paths: PathInput | Iterable[PathInput]) -> list[PathInput]:
    """One path, or several."""
    return [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)


def core_filter(given: FilterInput) -> _core.Filter:
    """None means all images."""
    if given is None:
        return _core.Filter(tags=[], under=[])
    if not isinstance(given, Filter):
        return _core.Filter(tags=tag_list(given), under=[])
    since = None if given.added_since is None else int(given.added_since.timestamp() * 1000)
    return _core.Filter(tags=tag_list(given.tags), under=path_list(given.under), added_since_ms=since)


def is_path(value: object) -> bool:
    return isinstance(value, (str, os.PathLike))


def is_bytes(value: object) -> bool:
    return isinstance(value, (bytes, bytearray, memoryview))


def is_pixels(value: object) -> bool:
    """A NumPy array, or what can become one: PIL images, tensors on the CPU."""
    return isinstance(value, np.ndarray) or hasattr(value, "__array_interface__") or hasattr(value, "__array__")


def _is_pil(value: object) -> bool:
    """Told without importing Pillow."""
    return isinstance(getattr(value, "mode", None), str) and hasattr(value, "getexif") and hasattr(value, "save")


def picture_bytes(picture: object) -> bytes:
    """A picture file's bytes, the same for the same pixels. Pixels become PPM (colour), PGM (grey), or PNG.

    Raises InvalidArgumentError for what is no picture, OSError for a file that cannot be read.
    """
    if isinstance(picture, (bytes, bytearray, memoryview)):
        return bytes(picture)
    if isinstance(picture, (str, os.PathLike)):
        with open(picture, "rb") as file:
            return file.read()
    if _is_pil(picture):
        return _pil_file(picture)
    if is_pixels(picture):
        return _file_of(_pixels(picture))
    raise InvalidArgumentError(
        f"a picture is a path, bytes or a uint8 array, not {type(picture).__name__}"
    )


def picture_name(data: bytes) -> str:
    """A name for a picture without one: the same bytes have the same name."""
    suffix = {b"P5": ".pgm", b"P6": ".ppm"}.get(data[:2], "")
    return hashlib.sha256(data).hexdigest()[:24] + suffix


def query(given: object) -> _core.Query:
    """An id (int), a path, bytes, pixels or a Text."""
    if isinstance(given, bool) or given is None:
        raise InvalidArgumentError(f"{given} is no query: give an id, a path, bytes, an array, or a list of these")
    if isinstance(given, (int, np.integer)):
        if given < 1:
            raise InvalidArgumentError(f"id {given}: ids start at 1")
        return _core.Query(id=int(given))
    if isinstance(given, Text):
        return _core.Query(text=given.words)
    if isinstance(given, (str, os.PathLike)):
        return _core.Query(file=given)
    return _core.Query(file="array" if is_pixels(given) else "bytes", bytes=picture_bytes(given))


# Modes that keep their depth and colours in a file; the others become RGB or 16-bit grey first.
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
_TIFF_MODES = ("CMYK", "LAB")


def _pil_file(image: Any) -> bytes:
    """A file with the image's pixels at their depth, its colour profile, its transparency and its orientation."""
    if 0 in image.size:
        raise InvalidArgumentError(f"a picture without pixels: size {image.size}")
    file = io.BytesIO()
    try:
        image.load()  # which turns some files upright, and says so in the EXIF
        stored = _storable(image)
        options: dict[str, Any] = {}
        orientation = image.getexif().get(_ORIENTATION)
        if orientation in range(2, 9):
            options["exif"] = _exif_of(image, orientation)
        # Both are of the colours that the file had.
        for note in ("icc_profile", "transparency"):
            if image.info.get(note) is not None and stored.mode in (image.mode, "I;16"):
                options[note] = image.info[note]
        if not options and stored.mode in ("L", "RGB", "RGBA", "I;16"):
            return _file_of(np.asarray(stored))
        tiff = stored.mode in _TIFF_MODES
        if tiff:
            options.pop("transparency", None)
        options |= {"compression": "raw"} if tiff else {"compress_level": 0}
        _without_notes(stored).save(file, "TIFF" if tiff else "PNG", **options)
    except InvalidArgumentError:
        raise
    except (ValueError, KeyError, TypeError, SyntaxError) as error:
        raise InvalidArgumentError(f"a PIL image of mode {image.mode} cannot be taken: {error}") from error
    return file.getvalue()


def _storable(image: Any) -> Any:
    """The image in a mode that a file can have."""
    mode: str = image.mode
    if mode in _PNG_MODES + _TIFF_MODES:
        return image
    if mode in ("I", "F") or mode.startswith("I;16"):
        grey = np.asarray(image)
        lowest, highest = grey.min(), grey.max()
        most = 1 if mode == "F" else 65535
        if not (lowest >= 0 and highest <= most):
            raise InvalidArgumentError(f"a PIL image of mode {mode} holds 0..{most}, and this one {lowest}..{highest}")
        if mode == "F":
            grey = (grey * 65535).round()
        return _grey16(grey.astype(np.uint16))
    if mode == "La":
        image = image.convert("LA")
    return image.convert("RGBA" if "A" in mode or "a" in mode else "RGB")


def _grey16(grey: npt.NDArray[np.uint16]) -> Any:
    from PIL import Image

    return Image.fromarray(grey)


_ORIENTATION = 0x0112


def _exif_of(image: Any, orientation: int) -> Any:
    exif = type(image.getexif())()
    exif[_ORIENTATION] = orientation
    return exif


def _without_notes(image: Any) -> Any:
    """The image without what its file said beside pixels, which saving would write again in part. Pixels are shared."""
    bare = image.copy()
    bare.info = {}
    for note in ("encoderinfo", "tag_v2"):
        if hasattr(bare, note):
            delattr(bare, note)
    return bare


def _pixels(picture: Any) -> npt.NDArray[Any]:
    pixels = np.asarray(picture)
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise InvalidArgumentError(
            f"pixels are uint8, 0..255, or uint16, 0..65535, and these are {pixels.dtype}: for floats in 0..1 give (a * 255).round().astype('uint8')"
        )
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    if pixels.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise InvalidArgumentError(
            f"pixels are height x width, or height x width x 1, 3 or 4 (RGB), and these have the shape {pixels.shape}"
        )
    if pixels.size == 0:
        raise InvalidArgumentError(f"a picture without pixels: shape {pixels.shape}")
    return pixels[:, :, 0] if pixels.ndim == 3 and channels == 1 else pixels


def _file_of(pixels: npt.NDArray[Any]) -> bytes:
    """The plainest file that holds the pixels; transparent ground is chosen as for a file."""
    if pixels.dtype == np.uint16 or (pixels.ndim == 3 and pixels.shape[2] == 4):
        return _png(pixels)
    kind = b"P5" if pixels.ndim == 2 else b"P6"
    return b"%s\n%d %d\n255\n" % (kind, pixels.shape[1], pixels.shape[0]) + pixels.tobytes()


def _png(pixels: npt.NDArray[Any]) -> bytes:
    """Grey, RGB or RGBA of 8 or 16 bits, not compressed."""
    height, width = pixels.shape[:2]
    depth = pixels.dtype.itemsize
    colour = 0 if pixels.ndim == 2 else {3: 2, 4: 6}[pixels.shape[2]]
    lines = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder(">"))).view(np.uint8).reshape(height, -1)
    filtered = np.concatenate([np.zeros((height, 1), np.uint8), lines], axis=1).tobytes()

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8 * depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(filtered, 0)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
