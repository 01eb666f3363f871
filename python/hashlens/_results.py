"""What searches and lists give: sequences that also become tables and, in a notebook, pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

from hashlens import _core, _html
from hashlens._core import Cursor, Hit, ImageInfo, StageTimes

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped,unused-ignore]
    import pyarrow  # type: ignore[import-untyped,unused-ignore]

Item = TypeVar("Item")
HIT_COLUMNS = ("rank", "id", "path", "hamming", "distance")
IMAGE_COLUMNS = ("id", "path", "bytes", "width", "height", "format", "added_at", "tags")


class _Table(Sequence[Item], Generic[Item]):
    """A sequence that knows its columns."""

    _items: Sequence[Item]

    def _columns(self) -> dict[str, list[Any]]:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        return self._items[index]

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas.DataFrame, one row an item. Needs pandas."""
        import pandas

        return pandas.DataFrame(self._columns())

    def to_arrow(self) -> pyarrow.Table:
        """A pyarrow.Table, one row an item. Needs pyarrow."""
        import pyarrow

        return pyarrow.table(self._columns())


class SearchResult(_Table[Hit]):
    """The hits of one query, best first: by (distance, id), or by (hamming, id) without re-rank."""

    def __init__(self, result: _core.SearchResult, picture: str | bytes | None = None) -> None:
        self._result = result
        self._items = result.hits
        self._picture = picture

    @property
    def query(self) -> str:
        """The query's name: its path as given, "id:7", "bytes" or "array"."""
        return self._result.query

    @property
    def query_damage(self) -> str:
        """Why only part of the query's picture is there, in the decoder's words; empty: it is whole."""
        return self._result.query_damage

    @property
    def hits(self) -> Sequence[Hit]:
        """The same as the result itself, as a list."""
        return self._items

    @property
    def ids(self) -> npt.NDArray[np.uint64]:
        """Of the hits, shape (hits,)."""
        return self._result.ids

    @property
    def hamming(self) -> npt.NDArray[np.uint32]:
        """Bits in which the codes differ, shape (hits,)."""
        return self._result.hamming

    @property
    def distances(self) -> npt.NDArray[np.float32]:
        """Of the features, 0..2, shape (hits,); NaN without re-rank."""
        return self._result.distances

    @property
    def strategy(self) -> str:
        """How the codes were searched."""
        return self._result.strategy

    @property
    def exact(self) -> bool:
        """Whether the hits are what `promise` says without exception: False when ties_cut is not 0."""
        return self._result.exact

    @property
    def promise(self) -> str:
        """In words, what the hits are the first of."""
        return self._result.promise

    @property
    def rows(self) -> int:
        """Images searched, after filters."""
        return self._result.rows

    @property
    def candidates(self) -> int:
        """Images that were ranked by feature; without re-rank, those given."""
        return self._result.candidates

    @property
    def ties_cut(self) -> int:
        """Images as near by code as the last candidate that were left out; 0 without re-rank."""
        return self._result.ties_cut

    @property
    def next(self) -> Cursor | None:
        """Where the next page begins (search without re-rank); None: there is no more."""
        return self._result.next

    @property
    def times_ms(self) -> StageTimes:
        """Milliseconds of the query's stages."""
        return self._result.times_ms

    def _columns(self) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {name: [getattr(hit, name) for hit in self] for name in HIT_COLUMNS}
        columns["path"] = [str(path) for path in columns["path"]]
        return columns

    def __repr__(self) -> str:
        best = f", best {self[0]!r}" if self else ""
        return f"SearchResult({self.query!r}, {len(self)} hits of {self.rows} images{best})"

    def _repr_html_(self) -> str:
        return _html.result_page(self.query, self._picture, self)


class SearchResults(_Table[SearchResult]):
    """The results of several queries, in their order. Its tables have a row a hit, and the columns query_index and query.

    With on_error="return", the exception of a query that failed stands in its place in `outcomes`, and the sequence
    holds the others.
    """

    def __init__(self, outcomes: Iterable[SearchResult | Exception]) -> None:
        self.outcomes: tuple[SearchResult | Exception, ...] = tuple(outcomes)
        self._items = [outcome for outcome in self.outcomes if isinstance(outcome, SearchResult)]

    @property
    def errors(self) -> dict[int, Exception]:
        """Which queries failed, by their place in the call."""
        return {i: outcome for i, outcome in enumerate(self.outcomes) if isinstance(outcome, Exception)}

    def _columns(self) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {name: [] for name in ("query_index", "query", *HIT_COLUMNS)}
        for place, result in enumerate(self.outcomes):
            if isinstance(result, Exception):
                continue
            columns["query_index"] += [place] * len(result)
            columns["query"] += [result.query] * len(result)
            for name, values in result._columns().items():
                columns[name] += values
        return columns

    def __repr__(self) -> str:
        failed = len(self.outcomes) - len(self)
        return f"SearchResults({len(self)} queries" + (f", {failed} more failed)" if failed else ")")

    def _repr_html_(self) -> str:
        return "".join(result._repr_html_() for result in self)


class Images(_Table[ImageInfo]):
    """Images of a library, in order of id."""

    def __init__(self, images: Sequence[ImageInfo]) -> None:
        self._items = images

    def _columns(self) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {name: [getattr(image, name) for image in self] for name in IMAGE_COLUMNS}
        columns["path"] = [str(path) for path in columns["path"]]
        return columns

    def __repr__(self) -> str:
        return f"Images({len(self)})"

    def _repr_html_(self) -> str:
        return _html.image_page(self)
