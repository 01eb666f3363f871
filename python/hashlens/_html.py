"""Pictures in a notebook: a grid of thumbnails, inlined, so that the page needs no file."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Iterable, Sequence
from itertools import islice

from hashlens import _core
from hashlens._core import Hit, ImageInfo
from hashlens._errors import Error

THUMBNAIL_SIDE = 160  # pixels
SHOWN = 50  # pictures of one grid

_GRID = "display:grid;grid-template-columns:repeat(auto-fill,minmax(170px,1fr));gap:10px"
_CELL = "margin:0;font:12px sans-serif;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"


def thumbnail(picture: str | bytes | os.PathLike[str]) -> bytes | None:
    """A small JPEG of a file, or of a picture file's bytes; None where it cannot be read."""
    try:
        if isinstance(picture, bytes):
            return _core.thumbnail_of_bytes(picture, THUMBNAIL_SIDE)
        return _core.thumbnail_of_file(picture, THUMBNAIL_SIDE)
    except Error:
        return None


def result_page(query: str, picture: str | bytes | None, hits: Sequence[Hit]) -> str:
    """The query's picture, where it is known, and its hits."""
    cells = [_cell(thumbnail(picture), f"<b>query</b> {_text(query)}", query)] if picture is not None else []
    for hit in islice(hits, SHOWN):
        distance = "" if hit.distance is None else f", distance {hit.distance:.3f}"
        lines = f"<b>{hit.rank}</b> {_text(hit.path.name)}<br>{hit.hamming} bits{distance}, id {hit.id}"
        cells.append(_cell(thumbnail(hit.path), lines, str(hit.path)))
    return _grid(cells, len(hits))


def image_page(images: Sequence[ImageInfo]) -> str:
    """The images with their size and tags."""
    cells = []
    for image in islice(images, SHOWN):
        tags = " ".join(f"{key}={value}" for key, value in image.tags)
        lines = f"<b>{image.id}</b> {_text(image.path.name)}<br>{image.width} x {image.height} {_text(tags)}"
        cells.append(_cell(thumbnail(image.path), lines, str(image.path)))
    return _grid(cells, len(images))


def _grid(cells: Iterable[str], total: int) -> str:
    more = f"<p>{total - SHOWN} more are not shown</p>" if total > SHOWN else ""
    return f'<div style="{_GRID}">{"".join(cells)}</div>{more}'


def _cell(jpeg: bytes | None, lines: str, title: str) -> str:
    if jpeg is None:
        shown = "<i>no picture at hand</i>"
    else:
        source = "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
        shown = f'<img src="{source}" alt="" style="max-width:{THUMBNAIL_SIDE}px;display:block">'
    return f'<figure style="{_CELL}" title="{_text(title)}">{shown}<figcaption>{lines}</figcaption></figure>'


def _text(text: str) -> str:
    """For HTML; bytes of a file name that are no UTF-8 as \\xNN."""
    return html.escape(os.fsencode(text).decode("utf-8", "backslashreplace"))
