"""Models, picture formats, thumbnails, evaluation."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence
from typing import Literal

from hashlens import _core
from hashlens._core import CaffeImport, DecoderInfo, EvalReport, FormatInfo, ModelInfo, OnnxImport, VerifyReport
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


def decoder() -> DecoderInfo:
    """The process that decodes pictures, and what the system keeps it from."""
    return _core.decoder()


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


def import_onnx(
    onnx: PathInput,
    folder: PathInput,
    *,
    mean: float | tuple[float, float, float],
    std: float | tuple[float, float, float],
    pixel_range: float = 1,
    input_size: int = 0,
    layout: Literal["auto", "nchw", "nhwc"] = "auto",
    bgr: bool = False,
    output: str = "",
    pool: Literal["none", "mean", "first", "patches"] = "none",
    crop: float = 0.875,
    stretch: bool = False,
    bits: Sequence[int] = (32, 64, 128, 256),
    name: str = "",
    text_onnx: PathInput | None = None,
    tokenizer: PathInput | None = None,
    text_output: str = "",
) -> OnnxImport:
    """Makes a model package, the new folder `folder`, of an ONNX network that makes a vector of a picture.

    mean, std: subtracted from RGB pixels of 0..pixel_range (1 or 255), and what they are then divided by. input_size:
    pixels; 0: what the network says. output: the tensor that is the feature; "": the only one. pool: one vector of
    several tokens. crop: side of the part that is seen, of the shorter side. stretch: all of the picture, made square.
    text_onnx, tokenizer: a text tower and its tokenizer (.xml), for hashlens.Text queries. docs/networks.md has the
    settings of well-known networks.

    Raises InvalidArgumentError, NotFoundError, CorruptionError, UnsupportedError, IoError.
    """
    return _core.import_onnx(
        onnx=onnx,
        folder=folder,
        mean=_channels(mean),
        std=_channels(std),
        pixel_range=pixel_range,
        input_size=input_size,
        layout=layout,
        bgr=bgr,
        output=output,
        pool=pool,
        crop=crop,
        stretch=stretch,
        bits=list(bits),
        name=name,
        text_onnx=text_onnx or "",
        tokenizer=tokenizer or "",
        text_output=text_output,
    )


def import_caffe(
    prototxt: PathInput,
    weights: PathInput,
    folder: PathInput,
    *,
    mean: PathInput | tuple[float, float, float] = "",
    scale: float = 1,
    rgb: bool = False,
    feature: str = "",
    hash: str = "",
    bits: int = 128,
    size: int = 0,
    stretch: bool = True,
    name: str = "",
    classifier: str = "",
    label_names: PathInput = "",
) -> CaffeImport:
    """Makes a model package, the new folder `folder`, of a network that was trained with Caffe.

    mean: a .binaryproto or .npy file, or (B, G, R). scale: of (pixel - mean). rgb: order of the network's channels;
    otherwise BGR. feature: blob or layer; "": what the hash layer reads. hash: the layer that makes codes; "": random
    codes of `bits` until a library fits its own. size: pixels of a side; 0: 256 for networks that see 224 to 256.
    classifier: the layer that tells classes, such as prob, for classify(); label_names: a file with their names, a line
    each.

    Raises InvalidArgumentError, UnsupportedError (a layer: which, in which line), CorruptionError, NotFoundError, IoError.
    """
    text = ",".join(str(value) for value in mean) if isinstance(mean, tuple) else os.fspath(mean)
    return _core.import_caffe(
        prototxt=prototxt,
        weights=weights,
        folder=folder,
        mean=text,
        scale=scale,
        rgb=rgb,
        feature=feature,
        hash=hash,
        bits=bits,
        size=size,
        stretch=stretch,
        name=name,
        classifier=classifier,
        label_names=label_names,
    )


def _channels(value: float | tuple[float, float, float]) -> tuple[float, float, float]:
    return (value, value, value) if isinstance(value, (int, float)) else value
