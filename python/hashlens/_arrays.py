"""An exported library as NumPy arrays, mapped from its files: nothing is read before it is looked at."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hashlens import _core
from hashlens._progress import CoreProgress


@dataclass(frozen=True)
class Arrays:
    """Row i of each is the same image; ids rise. Read-only.

    ids: (images,) uint64.
    codes: (images, ceil(bits / 8)) uint8; bit i of a code is bit i % 8 of byte i // 8.
    features: (images, dim) float16, of unit length unless the library stores smaller ones.
    """

    ids: npt.NDArray[np.uint64]
    codes: npt.NDArray[np.uint8]
    features: npt.NDArray[np.float16]


@dataclass(frozen=True)
class Segment:
    """A part of a library, mapped from its own files: nothing is copied, and nothing read before it is looked at. Row i
    of each is the same image; ids rise. Read-only.

    ids: (rows,) uint64.
    codes: (rows, ceil(bits / 8)) uint8; bit i of a code is bit i % 8 of byte i // 8.
    features: (rows, dim) float16; None where the library stores them with 8 bits a number.
    quantised: then (low, high, values): (rows,) float16 twice and (rows, dim) uint8. A feature is
        low + values * (high - low) / 255, rounded to float16.
    present: (rows,) bool: False for images that were removed.
    """

    ids: npt.NDArray[np.uint64]
    codes: npt.NDArray[np.uint8]
    features: npt.NDArray[np.float16] | None
    quantised: tuple[npt.NDArray[np.float16], npt.NDArray[np.float16], npt.NDArray[np.uint8]] | None
    present: npt.NDArray[np.bool_]


def map_segment(stored: _core.StoredSegment) -> Segment:
    rows, dim = stored.rows, stored.dim
    codes = np.memmap(stored.codes_file, np.uint8, "r")
    table = np.memmap(stored.features_file, np.uint8, "r")[stored.features_at :].reshape(rows, stored.feature_stride)
    present = np.ones(rows, np.bool_)
    present[np.asarray(stored.removed, np.int64)] = False
    present.flags.writeable = False
    return Segment(
        ids=codes[stored.ids_at : stored.codes_at].view(np.uint64),
        codes=codes[stored.codes_at :].reshape(rows, stored.code_bytes),
        features=None if stored.int8 else table[:, : 2 * dim].view(np.float16),
        quantised=(table[:, 0:2].view(np.float16)[:, 0], table[:, 2:4].view(np.float16)[:, 0], table[:, 4 : 4 + dim])
        if stored.int8
        else None,
        present=present,
    )


def map_segments(reader: _core.Reader) -> list[Segment]:
    for _ in range(4):
        try:
            return [map_segment(stored) for stored in reader.segments()]
        except FileNotFoundError:  # a writer has just merged it with others
            reader.refresh()
    return [map_segment(stored) for stored in reader.segments()]


def load_export(folder: str | os.PathLike[str]) -> Arrays:
    """The arrays of a folder that Library.export, or `hashlens export`, wrote."""
    place = pathlib.Path(folder)
    return Arrays(*(np.load(place / f"{name}.npy", mmap_mode="r") for name in ("ids", "codes", "features")))


def export_arrays(reader: _core.Reader, progress: CoreProgress) -> Arrays:
    """By files that have no name any more: the disk has their room back when the arrays are gone."""
    folder = tempfile.mkdtemp(prefix="hashlens-export-")
    try:
        reader.export(folder, progress)
        return load_export(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
