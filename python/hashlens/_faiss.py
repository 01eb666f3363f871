"""Codes to and from FAISS; the module faiss is loaded when it is asked for."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt

from hashlens._errors import InvalidArgumentError


def _faiss() -> Any:
    try:
        return importlib.import_module("faiss")
    except ImportError:
        raise ImportError("this needs faiss: pip install faiss-cpu") from None


def binary_flat(codes: npt.NDArray[np.uint8]) -> Any:
    """A faiss.IndexBinaryFlat with these rows, (rows, bytes) uint8."""
    index = _faiss().IndexBinaryFlat(codes.shape[1] * 8)
    index.add(np.ascontiguousarray(codes))
    return index


def codes_of(index: Any) -> npt.NDArray[np.uint8]:
    """The rows of a faiss.IndexBinaryFlat, (rows, bytes) uint8, copied."""
    faiss = _faiss()
    index = faiss.downcast_IndexBinary(index) if isinstance(index, faiss.IndexBinary) else index
    if not isinstance(index, faiss.IndexBinaryFlat):
        raise InvalidArgumentError(f"a faiss.IndexBinaryFlat is needed, not {type(index).__name__}")
    codes: npt.NDArray[np.uint8] = faiss.vector_to_array(index.xb).reshape(index.ntotal, index.code_size)
    return codes
