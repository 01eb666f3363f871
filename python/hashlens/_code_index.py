"""Codes of one's own, in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from hashlens import _core, _faiss
from hashlens._errors import InvalidArgumentError

Codes = npt.NDArray[np.uint8]


class CodeIndex:
    """Exact nearest neighbours of binary codes by Hamming distance.

    Codes are packed: bit i of a code is bit i % 8 of byte i // 8, and unused high bits of the last byte are 0. Rows are
    numbered from 0 as they come. Thread-safe: searches run side by side, and what changes the index waits for them.
    """

    def __init__(self, bits: int, codes: Codes | None = None) -> None:
        """bits: 8..512. codes: the first rows. Raises InvalidArgumentError."""
        self._codes = _core.Codes(bits)
        if codes is not None:
            self.add(codes)

    @property
    def bits(self) -> int:
        """Bits of a code."""
        return self._codes.bits

    @property
    def code_bytes(self) -> int:
        """Bytes of a packed code."""
        return self._codes.code_bytes

    @property
    def prepared_rows(self) -> int:
        """Rows that prepare() has arranged; the others are scanned."""
        return self._codes.prepared_rows

    def __len__(self) -> int:
        return self._codes.rows

    def add(self, codes: Codes) -> None:
        """Appends rows. codes: (rows, code_bytes) uint8. Raises InvalidArgumentError; then nothing was added."""
        self._codes.add(_packed(codes))

    def prepare(self, threads: int = 1) -> None:
        """Arranges the rows that are there for quicker searches; worth it before many. Seconds for millions."""
        self._codes.prepare(threads)

    def codes(self) -> Codes:
        """A copy of all codes, (rows, code_bytes) uint8."""
        return self._codes.all()

    def search(
        self,
        queries: Codes,
        k: int | None = 10,
        radius: int | None = None,
        allowed: npt.NDArray[np.bool_] | None = None,
        threads: int = 1,
        strategy: str = "auto",
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The nearest allowed rows of each query, by (distance, row). Exact by every strategy.

        queries: (queries, code_bytes) uint8. k: at most this many; None: all within the radius. radius: only rows
        within this Hamming distance. allowed: (rows,) bool. strategy: auto, scan, distinct, balls, buckets or mih.

        Gives (distances, rows), both (queries, longest list); where a query has fewer, -1 stands in both. Raises
        InvalidArgumentError.
        """
        if k is None and radius is None:
            raise InvalidArgumentError("k=None needs a radius: all rows of the index would come back")
        if k is not None and k < 0:
            raise InvalidArgumentError(f"k={k}: at least 0")
        if allowed is not None and (allowed.dtype != np.bool_ or allowed.ndim != 1):
            raise InvalidArgumentError(f"allowed is a bool array of shape (rows,), not {allowed.dtype} {allowed.shape}")
        mask = None if allowed is None else np.ascontiguousarray(allowed)
        within = -1 if radius is None else radius
        distances, rows, _ = self._codes.search(_packed(queries), k, within, mask, threads, strategy)
        return distances, rows

    def to_faiss(self) -> Any:
        """A faiss.IndexBinaryFlat of the same rows; its length is rounded up to whole bytes. Needs faiss."""
        return _faiss.binary_flat(self.codes())

    @classmethod
    def from_faiss(cls, index: Any, bits: int | None = None) -> CodeIndex:
        """Of a faiss.IndexBinaryFlat. bits: of the codes where they are no whole bytes; None: as faiss says."""
        return cls(bits or index.d, _faiss.codes_of(index))

    def __repr__(self) -> str:
        return f"CodeIndex({self.bits} bits, {len(self)} rows)"


def _packed(codes: Codes) -> Codes:
    given = np.asarray(codes)
    if given.dtype != np.uint8 or given.ndim != 2:
        raise InvalidArgumentError(
            f"codes are uint8 of shape (rows, bytes), and these are {given.dtype} of shape {given.shape}"
        )
    return np.ascontiguousarray(given)
