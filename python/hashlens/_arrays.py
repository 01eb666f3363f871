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
