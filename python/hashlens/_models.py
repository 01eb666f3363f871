"""Models, picture formats, thumbnails, evaluation."""

from __future__ import annotations

import os
import pathlib
from typing import NoReturn

from hashlens import _core
from hashlens._core import EvalReport, FormatInfo, ModelInfo, VerifyReport
from hashlens._errors import UnsupportedError
from hashlens._inputs import PathInput, PictureInput, picture_bytes
from hashlens._progress import ProgressInput, progress_function


def default_model() -> pathlib.Path:
    """The folder of the model that a new library gets: $HASHLENS_MODEL, else the one in this package."""
    return _core.default_model()


def models() -> list[ModelInfo]:
    """The model packages that can be named: in $HASHLENS_MODELS, of the user, and in this package."""
    found: dict[str, ModelInfo] = {}
    for folder in _core.model_folders():
        for model in sorted(folder.glob("*/model.json")):
            found.setdefault(model.parent.name, _core.describe_model(model.parent))
    return list(found.values())


def describe_model(model: PathInput) -> ModelInfo:
    """A model package by folder or name, or the model of a library. Raises NotFoundError, CorruptionError."""
    return _core.describe_model(model)


def formats() -> list[FormatInfo]:
    """Which picture formats this machine reads."""
    return list(_core.formats())


def thumbnail(picture: PictureInput, max_side: int = 256) -> bytes:
    """A small JPEG of a picture, the longer side at most max_side pixels. Raises NotFoundError, CorruptionError."""
    if isinstance(picture, (str, os.PathLike)):
        return _core.thumbnail_of_file(picture, max_side)
    return _core.thumbnail_of_bytes(picture_bytes(picture), max_side)


def verify(path: PathInput, *, progress: ProgressInput = None) -> VerifyReport:
    """Reads every byte of a library, also of one that cannot be opened; `problems` names what is not as written."""
    with progress_function(progress) as tell:
        return _core.verify(path, tell)


def evaluate(
    database: PathInput,
    queries: PathInput,
    *,
    model: PathInput | None = None,
    bits: int | None = None,
    k: int = 1000,
    candidates: int = 1000,
    sample_database: int = 0,
    sample_queries: int = 0,
    seed: int = 1,
    baselines: bool = False,
    jobs: int = 0,
    device: str = "CPU",
    precision: str = "auto",
    progress: ProgressInput = None,
) -> EvalReport:
    """How well a model's codes and features find pictures of the same class: mAP, precision, recall.

    database, queries: labelled pictures, each a folder of class folders, a .csv (path,label) or a .jsonl file. bits:
    only codes of this length; None: all that the model has. sample_*: at most so many pictures of each class; 0: all.
    baselines: also other methods on the same pictures, those that need no library more: LSH, PCA, ITQ, IsoHash, ...
    docs/training.md says how labels are read, and the README how the figures are defined.

    Raises InvalidArgumentError (labels, bits), NotFoundError (data, model), CorruptionError (too many unreadable pictures).
    """
    options = _core.OpenOptions(jobs=jobs, device=device, precision=precision)
    with progress_function(progress) as tell:
        return _core.evaluate(
            database=database,
            queries=queries,
            model=model or "",
            bits=bits or 0,
            k=k,
            candidates=candidates,
            sample_database=sample_database,
            sample_queries=sample_queries,
            seed=seed,
            baselines=baselines,
            options=options,
            progress=tell,
        )


def train(*_arguments: object, **_options: object) -> NoReturn:
    """Raises UnsupportedError: the Python package cannot train. The program can: `hashlens train` (docs/training.md)."""
    raise UnsupportedError(
        "the Python package cannot train networks; the program can: hashlens train DATA -o MODEL,"
        " and hashlens.open(path, model=MODEL) uses what it makes"
    )
