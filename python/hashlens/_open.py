"""Opening and making libraries."""

from __future__ import annotations

from hashlens import _core
from hashlens._inputs import PathInput
from hashlens._library import Library


def open(
    path: PathInput,
    *,
    create: bool = True,
    model: PathInput | None = None,
    bits: int | None = None,
    features: str | None = None,
    jobs: int = 0,
    device: str = "CPU",
    precision: str = "auto",
    prepare: bool = False,
    follow: bool = False,
    max_pixels: int = 256_000_000,
    max_bytes: int = 1 << 30,
    timeout_ms: int = 60_000,
    max_memory: int = 1 << 30,
    isolate: str = "usual",
    strict: bool = False,
) -> Library:
    """Opens the library NAME.hashlens (the ending may be left out), or makes it.

    create: make it when it is not there; False: NotFoundError. model: package of a new library by folder or name (None:
    the default); an existing one must have the same. bits: of a new library's codes; None: 128. features: "int8" or
    "pca:N" stores them smaller, from the first add() on that has brought enough images.

    jobs: threads; 0: one a core. device, precision: of OpenVINO ("CPU", "GPU", "AUTO"; "auto", "fp32", "bf16").
    prepare: arrange codes for quick searches at once. follow: every search looks first whether the library has changed.
    max_pixels, max_bytes, timeout_ms, max_memory: bounds on any one picture; one over a bound fails alone. The last two are
    milliseconds of processor time and bytes of what is decoded in a process of its own, where a broken file can do no
    harm: with isolate="usual" all but JPEG, with "all" everything. strict: a damaged picture fails; otherwise one whose
    top two thirds are whole is taken, and tagged hashlens:damaged=yes.

    Raises NotFoundError, CorruptionError, ModelMismatchError, UnsupportedError (made by a newer version), IoError.
    """
    if isolate not in ("usual", "all"):
        raise ValueError(f'isolate: "{isolate}" is neither "usual" nor "all"')
    options = _core.OpenOptions(
        device=device,
        precision=precision,
        jobs=jobs,
        prepare=prepare,
        follow=follow,
        max_pixels=max_pixels,
        max_bytes=max_bytes,
        timeout_ms=timeout_ms,
        max_memory=max_memory,
        isolate_all=isolate == "all",
        strict=strict,
    )
    made = _core.CreateOptions(model=model or "", bits=bits or 0, features=features)
    check = model is not None or bits is not None or features is not None
    return Library(path, options, create, made, check)
