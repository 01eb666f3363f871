"""What callers may give as pictures, queries, tags and filters, brought into the extension's form."""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from hashlens import _core
from hashlens._errors import InvalidArgumentError

PathInput = Union[str, os.PathLike[str]]
"""A file or folder by its path."""
ImageArray = npt.NDArray[np.uint8]
"""Pixels: uint8, height x width (grey), height x width x 3 (RGB), or height x width x 4 (RGB and alpha)."""
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


def picture_bytes(picture: object) -> bytes:
    """A picture file's bytes. Pixels become PPM (colour) or PGM (grey).

    Raises InvalidArgumentError for what is no picture, OSError for a file that cannot be read.
    """
    if isinstance(picture, (bytes, bytearray, memoryview)):
        return bytes(picture)
    if isinstance(picture, (str, os.PathLike)):
        with open(picture, "rb") as file:
            return file.read()
    if is_pixels(picture):
        return _netpbm(_pixels(picture))
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


def _pixels(picture: Any) -> ImageArray:
    mode = getattr(picture, "mode", None)
    if isinstance(mode, str) and mode not in ("L", "RGB", "RGBA") and hasattr(picture, "convert"):
        transparent = "A" in mode or "transparency" in getattr(picture, "info", {})
        picture = picture.convert("RGBA" if transparent else "RGB")
    pixels = np.asarray(picture)
    if pixels.dtype != np.uint8:
        raise InvalidArgumentError(
            f"pixels are uint8, 0..255, and these are {pixels.dtype}: for floats in 0..1 give (a * 255).round().astype('uint8')"
        )
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    if pixels.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise InvalidArgumentError(
            f"pixels are height x width, or height x width x 1, 3 or 4 (RGB), and these have the shape {pixels.shape}"
        )
    if pixels.size == 0:
        raise InvalidArgumentError(f"a picture without pixels: shape {pixels.shape}")
    if channels == 4:
        return _on_white(pixels)
    return pixels[:, :, 0] if pixels.ndim == 3 and channels == 1 else pixels


def _on_white(pixels: ImageArray) -> ImageArray:
    """RGBA (alpha not multiplied in) laid on white, as picture files with alpha are."""
    colour = pixels[:, :, :3].astype(np.uint32)
    alpha = pixels[:, :, 3:].astype(np.uint32)
    return ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def _netpbm(pixels: ImageArray) -> bytes:
    height, width = pixels.shape[:2]
    kind = b"P5" if pixels.ndim == 2 else b"P6"
    return b"%s\n%d %d\n255\n" % (kind, width, height) + pixels.tobytes()
