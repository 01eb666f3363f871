"""What a model makes of pictures, without a library."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union

import numpy as np
import numpy.typing as npt

from hashlens import _core
from hashlens._adding import AddInput, given_picture, is_one_picture
from hashlens._core import Category
from hashlens._errors import InvalidArgumentError
from hashlens._inputs import PathInput, is_path
from hashlens._progress import ProgressInput, progress_function

Part = Literal["feature", "activations", "code"]
PARTS = ("feature", "activations", "code")
GivenPicture = Union[tuple[bytes, Union[bytes, None], Any], None]


@dataclass(frozen=True)
class Encoded:
    """Row i of each is the same picture; rows have the order of the pictures.

    paths: of files as they were given, of records DATABASE/KEY; of other pictures, their names.
    labels: of labelled data, the picture's labels.
    features: (rows, dim) float32, of unit length, as a library stores them; of a layer, as the network gives them.
    activations: (rows, bits) float32, 0..1: the latent layer of Lin et al. 2015, sigmoid(w . f + b).
    codes: (rows, ceil(bits / 8)) uint8; bit i of a code is bit i % 8 of byte i // 8, and 1 where activation i is 0.5 or more.
    bits: of a code; 0 when neither codes nor activations were asked for.
    shape: of a feature before it was flattened: (dim,), or that of the layer.
    failures: pictures without a row, and why.
    """

    paths: list[pathlib.Path]
    labels: list[list[str]]
    features: npt.NDArray[np.float32] | None
    activations: npt.NDArray[np.float32] | None
    codes: npt.NDArray[np.uint8] | None
    bits: int
    shape: tuple[int, ...]
    failures: list[tuple[pathlib.Path, str]]


def encode(
    pictures: AddInput,
    *,
    model: PathInput | None = None,
    what: Part | Sequence[Part] = ("feature", "code"),
    bits: int | None = None,
    layer: str | None = None,
    exclude: Sequence[str] = (),
    hidden: bool = False,
    label_names: PathInput | None = None,
    dataset: str = "",
    labels: str = "",
    rgb: bool = False,
    root: PathInput | None = None,
    jobs: int = 0,
    device: str = "CPU",
    precision: str = "auto",
    progress: ProgressInput = None,
) -> Encoded:
    """Features, latent activations and codes of pictures, without a library.

    pictures: a path or a list of paths: files, folders with all below them, databases and lists, as Library.add takes
    them. Or bytes, pixels, (name, any of these), a Picture, or any iterable of these; in an iterable a path is a picture
    file. An iterable is asked for one picture after the other; what is made of them is kept in memory.
    what: of "feature", "activations" and "code". bits: the length of codes; None: 128, else the model's longest. layer:
    a layer or tensor of the network whose output stands in the place of the feature. The others are as of Library.add.

    Pictures that cannot be read are in `failures` and have no row. The network is loaded by each call.
    Raises InvalidArgumentError (bits, layer, what), NotFoundError (model, database).
    """
    parts = [what] if isinstance(what, str) else list(what)
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise InvalidArgumentError(f"what is of {', '.join(PARTS)}, not {unknown[0]!r}")
    if layer:
        parts = [part for part in parts if part != "code"] if what == ("feature", "code") else parts
    made = _run(
        pictures,
        model=model,
        parts=parts,
        bits=bits or 0,
        layer=layer or "",
        categories=0,
        exclude=exclude,
        hidden=hidden,
        label_names=label_names,
        data=_core.DataOptions(dataset=dataset, labels=labels, rgb=rgb, root=root or ""),
        options=_core.OpenOptions(jobs=jobs, device=device, precision=precision),
        progress=progress,
    )
    names, label_lists, features, activations, codes, failures, length, shape, _ = made
    return Encoded(names, label_lists, features, activations, codes, length, shape, failures)


@dataclass(frozen=True)
class Classified:
    """What one picture shows, the likeliest first.

    path: of a file as it was given, of a record DATABASE/KEY; of another picture, its name.
    labels: of labelled data, the picture's labels.
    error: why the picture could not be read; there are no categories then. Else None.
    """

    path: pathlib.Path
    labels: list[str]
    categories: list[Category]
    error: str | None = None


def classify(
    pictures: AddInput,
    *,
    model: PathInput | None = None,
    top: int = 5,
    exclude: Sequence[str] = (),
    hidden: bool = False,
    label_names: PathInput | None = None,
    dataset: str = "",
    labels: str = "",
    rgb: bool = False,
    root: PathInput | None = None,
    jobs: int = 0,
    device: str = "CPU",
    precision: str = "auto",
    progress: ProgressInput = None,
) -> list[Classified]:
    """What pictures show, by the model's own classifier; one Classified a picture, in their order.

    pictures and the other arguments are as of encode(). top: how many categories each picture gets. Probabilities are
    those of the classifier; it knows no categories but those that it was trained on, of the default model ImageNet's.

    Pictures that cannot be read have `error`. The network is loaded by each call.
    Raises InvalidArgumentError (top, a model without a classifier), NotFoundError (model, database).
    """
    if top < 1:
        raise InvalidArgumentError(f"top is 1 or more, not {top}")
    made = _run(
        pictures,
        model=model,
        parts=[],
        bits=0,
        layer="",
        categories=top,
        exclude=exclude,
        hidden=hidden,
        label_names=label_names,
        data=_core.DataOptions(dataset=dataset, labels=labels, rgb=rgb, root=root or ""),
        options=_core.OpenOptions(jobs=jobs, device=device, precision=precision),
        progress=progress,
    )
    return [Classified(*row) for row in made[-1]]


def _run(
    pictures: AddInput,
    *,
    model: PathInput | None,
    parts: Sequence[str],
    label_names: PathInput | None,
    exclude: Sequence[str],
    progress: ProgressInput,
    **others: Any,
) -> Any:
    """What the extension makes of the pictures, as its tuple."""
    paths: list[PathInput] = []
    items = None
    if is_path(pictures):
        paths = [pictures]  # type: ignore[list-item]
    elif isinstance(pictures, (list, tuple)) and not is_one_picture(pictures) and all(map(is_path, pictures)):
        paths = list(pictures)
    else:
        items = _Items(pictures)
    with progress_function(progress) as tell:
        return _core.encode(
            model=model or "",
            feature="feature" in parts,
            activations="activations" in parts,
            code="code" in parts,
            paths=paths,
            exclude=list(exclude),
            label_names=label_names or "",
            next=items.next if items else None,
            total=items.total if items else 0,
            progress=tell,
            **others,
        )


class _Items:
    """Pictures as they come, in the extension's form."""

    def __init__(self, pictures: AddInput) -> None:
        if is_one_picture(pictures):
            pictures = [pictures]  # type: ignore[list-item]
        if not isinstance(pictures, Iterable):
            raise InvalidArgumentError(f"a picture is a path, bytes, a uint8 array or a Picture, not {type(pictures).__name__}")
        self.total = len(pictures) if isinstance(pictures, (list, tuple)) else 0
        self._pictures = iter(pictures)

    def next(self) -> GivenPicture:
        for item in self._pictures:
            if isinstance(item, (str, os.PathLike)):
                return os.fsencode(item), None, None
            return given_picture(item)[:3]
        return None
