"""Adding pictures: which of them are files, and which are given."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sized
from typing import Any, Union

import numpy as np

from hashlens import _core
from hashlens._core import IndexReport
from hashlens._errors import InvalidArgumentError, NotFoundError
from hashlens._inputs import PathInput, Picture, PictureInput, is_bytes, is_path, is_pixels, picture_bytes, picture_name, tag_list

OnePicture = Union[PictureInput, Picture, tuple[PathInput, PictureInput]]
AddInput = Union[OnePicture, Iterable[OnePicture]]
CorePicture = tuple[bytes, bytes, Any, list[tuple[str, str]]]


class Items:
    """What a caller gave, split as it comes: given pictures by `next_given`, paths gathered in `paths`.

    A path is a file or folder that the library reads. Bytes, pixels, (name, any of these) and Picture are given.
    """

    def __init__(self, pictures: AddInput) -> None:
        self.paths: list[PathInput] = []
        if is_path(pictures) or is_one_picture(pictures):
            pictures = [pictures]  # type: ignore[list-item]
        if not isinstance(pictures, Iterable):
            raise InvalidArgumentError(f"a picture is a path, bytes, a uint8 array or a Picture, not {type(pictures).__name__}")
        self.total = len(pictures) if isinstance(pictures, Sized) else 0
        self._items: Iterator[Any] = iter(pictures)
        self._ahead: CorePicture | None = None

    def any_given(self) -> bool:
        """Looks ahead for the first given picture."""
        self._ahead = self._take()
        return self._ahead is not None

    def next_given(self) -> CorePicture | None:
        """(name, bytes, feature, tags), as the extension takes it; None at the end."""
        if self._ahead is None:
            return self._take()
        ahead, self._ahead = self._ahead, None
        return ahead

    def _take(self) -> CorePicture | None:
        for item in self._items:
            if isinstance(item, (str, os.PathLike)):
                self.paths.append(item)
                continue
            return given_picture(item)
        return None


def add(
    items: Items,
    library: os.PathLike[str],
    create: _core.CreateOptions,
    options: _core.OpenOptions,
    source: PathInput | None,
    tags: list[tuple[str, str]],
    batch: int,
    retry: bool,
    progress: Any,
    **index_options: Any,
) -> IndexReport:
    """The given pictures first, as they come, then all paths in one run."""
    report: IndexReport | None = None
    if items.any_given():
        report = _core.add(
            library, create, options, os.path.abspath(source) if source else "", items.next_given, tags, retry, batch, items.total, progress
        )
    if not items.paths:
        if report is None:
            raise InvalidArgumentError("no pictures to add")
        return report
    if report is None and not any(_is_there(path) for path in items.paths):
        raise NotFoundError(f"{os.fspath(items.paths[0])}: no such file or folder")
    indexed = _core.index(
        library, create, options, items.paths, tags=tags, retry=retry, batch=batch, progress=progress, **index_options
    )
    return indexed if report is None else _core.merged(report, indexed)


def _is_there(path: PathInput) -> bool:
    """Also what may not be looked at: the run says so."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        pass
    return True


def is_one_picture(item: object) -> bool:
    """Whether it is a picture that stands alone and is no path."""
    return is_bytes(item) or is_pixels(item) or _is_named(item)


def _is_named(item: object) -> bool:
    """A (name, picture) pair that stands alone; a tuple of two paths is a list of paths."""
    if isinstance(item, Picture):
        return True
    return isinstance(item, tuple) and len(item) == 2 and is_path(item[0]) and (is_bytes(item[1]) or is_pixels(item[1]))


def given_picture(item: object) -> CorePicture:
    """(name, bytes, feature, tags) of what is no path. Raises InvalidArgumentError for what is no picture."""
    if isinstance(item, tuple):
        if len(item) != 2 or not is_path(item[0]):
            raise InvalidArgumentError(f"a tuple is (name, picture), and this one has {len(item)} values: {item!r:.60}")
        item = Picture(item[1], name=item[0])
    elif not isinstance(item, Picture):
        item = Picture(item)  # type: ignore[arg-type]
    tags = tag_list(item.tags)
    if item.feature is not None:
        if item.name is None or item.data is not None:
            raise InvalidArgumentError("a Picture with a feature has a name, and no data")
        feature = np.asarray(item.feature)
        if feature.ndim != 1 or feature.dtype.kind != "f":
            raise InvalidArgumentError(f"a feature is (dim,) float32, and this one is {feature.dtype} {feature.shape}")
        return os.fsencode(item.name), b"", np.ascontiguousarray(feature, np.float32), tags
    data = picture_bytes(item.data)
    name = picture_name(data) if item.name is None else os.fsdecode(item.name)
    return os.fsencode(name), data, None, tags
