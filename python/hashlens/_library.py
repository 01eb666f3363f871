"""A library of pictures: open it, add to it, search it."""

from __future__ import annotations

import contextlib
import os
import pathlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Literal, Union, overload

import numpy as np
import numpy.typing as npt

from hashlens import _arrays, _core, _faiss
from hashlens._adding import AddInput, Items, add as add_items
from hashlens._core import Category, CompactReport, Cursor, Failure, Hit, IndexReport, LibraryInfo, VerifyReport
from hashlens._errors import BusyError, InvalidArgumentError, NotFoundError
from hashlens._inputs import FilterInput, PathInput, PictureInput, Tags, Text, core_filter, path_list, query as core_query, tag_list
from hashlens._program import run as run_program
from hashlens._progress import ProgressInput, progress_function
from hashlens._results import Images, SearchResult, SearchResults

QueryInput = Union[PictureInput, int, Text]
"""A picture (path, bytes or pixels), the id of an image of the library, or words."""
Strategy = Literal["auto", "scan", "distinct", "balls", "buckets", "mih"]

QUERIES_A_CALL = 128  # between two calls Ctrl-C is heard


class Library:
    """A library, made by hashlens.open(). A context manager.

    Searches may run on several threads at once; functions that change the library wait for each other. It shows the
    library's state at opening, after its own last change, or at the last refresh(). Other processes may read and write
    the same library: whoever writes while another one does gets a BusyError.
    """

    def __init__(
        self, path: PathInput, options: _core.OpenOptions, create: bool, model: _core.CreateOptions, check: bool
    ) -> None:
        self._path: pathlib.Path = _core.library_path(path)
        self._options = options
        self._model = model
        self._writing = threading.Lock()
        self._arrays: _arrays.Arrays | None = None
        self._open_reader: _core.Reader | None = self._read(create, check)

    def _read(self, create: bool, check: bool) -> _core.Reader:
        try:
            reader = _core.Reader(self._path, self._options)
        except NotFoundError:
            if not create or (self._path / "catalog.db").exists():
                raise
            _core.create(self._path, self._model, self._options)
            return _core.Reader(self._path, self._options)
        if check:
            try:
                _core.create(self._path, self._model, self._options)
            except BusyError:
                pass  # the first change will look
        return reader

    @property
    def path(self) -> pathlib.Path:
        """The library's folder."""
        return self._path

    @property
    def _reader(self) -> _core.Reader:
        if self._open_reader is None:
            raise InvalidArgumentError(f"{self._path}: this library was closed")
        return self._open_reader

    def close(self) -> None:
        """Gives its memory back. Searches that have begun end as they began."""
        self._open_reader = None
        self._arrays = None

    def __enter__(self) -> Library:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"hashlens.Library({str(self._path)!r})"

    # ---- changing ----

    def add(
        self,
        pictures: AddInput,
        *,
        tags: Tags | None = None,
        source: PathInput | None = None,
        exclude: Sequence[str] = (),
        prune: bool = False,
        retry: bool = False,
        hidden: bool = False,
        reread: bool = False,
        batch: int = 4096,
        label_names: PathInput | None = None,
        dataset: str = "",
        labels: str = "",
        rgb: bool = False,
        root: PathInput | None = None,
        progress: ProgressInput = None,
    ) -> IndexReport:
        """Brings the library up to date with pictures; what has not changed is not read again.

        pictures: a folder or file (path), a picture file's bytes, pixels (uint8, height x width, or x 3, or x 4), a
        (name, bytes or pixels) pair, a Picture, or an iterable of these, also one that makes them as they are asked for.
        In an iterable, (name, path) gives a file another name.

        tags: given to every image of the call. batch: images a commit. retry: read again what failed before.

        Of paths: exclude: shell patterns of names and paths. prune: forget images whose files are gone. hidden: also
        names that start with a dot. reread: also read files whose size and time have not changed.

        A path may also be a database of Caffe's (LMDB, LevelDB, HDF5) or a list NAME.txt of "path label": its labels
        become tags label=N. Of these: label_names: a file whose line N, from 0 on, names label N. dataset, labels: paths
        within HDF5 files. rgb: raw pixels have red first. root: where relative paths of a list start.

        Of given pictures: source: where they come from; an image's path is this with its name behind it. None: the
        folder `added` of the library. The same name again is passed over when its bytes are the same, and replaces the
        earlier picture otherwise. Their bytes are not kept.

        Pictures that cannot be decoded are counted and named by failures(), and stop nothing. Ctrl-C stops the run with
        KeyboardInterrupt, as an exception of the iterable does, and what was done is kept. A path that is not there
        counts as failed beside others, and raises NotFoundError where none is. Raises InvalidArgumentError, BusyError,
        IoError, CorruptionError, ModelMismatchError.
        """
        items = Items(pictures)
        with self._changing(), progress_function(progress) as tell:
            return add_items(
                items,
                self._path,
                self._model,
                self._options,
                source,
                tag_list(tags),
                batch,
                retry,
                tell,
                exclude=exclude,
                prune=prune,
                hidden=hidden,
                reread=reread,
                data=_core.DataOptions(dataset=dataset, labels=labels, rgb=rgb, root=root or ""),
                label_names=label_names or "",
            )

    def remove(
        self,
        ids: int | Iterable[int] = (),
        *,
        paths: PathInput | Iterable[PathInput] = (),
        filter: FilterInput = None,
    ) -> int:
        """Removes images by ids, by paths (a file, or a folder with all below it) or by a filter, which narrows the
        others down. Their files are not touched. Gives how many were removed.

        Raises NotFoundError when one is not there; then nothing was removed.
        """
        with self._changing():
            return _core.remove(self._path, self._options, _id_list(ids), path_list(paths), core_filter(filter))

    def tag(
        self,
        ids: int | Iterable[int] = (),
        *,
        paths: PathInput | Iterable[PathInput] = (),
        filter: FilterInput = None,
        add: Tags = (),
        remove: Tags = (),
        remove_keys: Iterable[str] = (),
    ) -> int:
        """Gives images tags, or takes them; which images is told as for remove(). First the tags of `remove` go and all
        of `remove_keys`, then those of `add` come. Gives how many images have other tags than before.

        Raises NotFoundError when an image is not there; then nothing was changed.
        """
        keys = [remove_keys] if isinstance(remove_keys, str) else list(remove_keys)
        with self._changing():
            return _core.change_tags(
                self._path, self._options, _id_list(ids), path_list(paths), core_filter(filter), tag_list(add), tag_list(remove), keys
            )

    def fit(
        self,
        bits: int | None = None,
        *,
        method: Literal["itq", "isohash", "pca", "lsh"] = "itq",
        seed: int = 1,
        sample: int = 50_000,
        progress: ProgressInput = None,
    ) -> None:
        """New codes for every image, learned from the stored features; no picture is read again.

        bits: 8..512; None: as the library has. sample: features to learn from. Raises InvalidArgumentError when there
        are too few images for the length.
        """
        with self._changing(), progress_function(progress) as tell:
            _core.fit(self._path, self._options, method, bits or 0, seed, sample, tell)

    def tag_categories(self, *, probability: float = 0.5, progress: ProgressInput = None) -> tuple[int, int]:
        """Tags images that have no category yet with the classes that the model's classifier is sure of.

        The tags are ("hashlens:category", NAME), with the classes above them; NAME is "unsure" where none has this
        probability. Gives how many images were judged, and how many of them are unsure. Taken away by
        tag(filter=Filter(under="/"), remove_keys=["hashlens:category"]). Raises InvalidArgumentError when the model has no classifier.
        """
        with self._changing(), progress_function(progress) as tell:
            return _core.tag_categories(self._path, self._options, probability, tell)

    def fit_supervised(
        self,
        labels: PathInput,
        bits: int | None = None,
        *,
        loss: str | None = None,
        dry_run: bool = False,
        program: PathInput | None = None,
        progress: bool | None = None,
    ) -> dict[str, Any]:
        """New codes for every image, learned from stored features and labels by `hashlens model fit --supervised`.

        labels: labelled pictures of the library: a folder of class folders, a .csv (path,label) or .jsonl file. bits:
        8..512; None: as the library has. loss: "lin2015", "ssdh", "greedyhash", "orthohash" or "csq". dry_run: only
        measure. program, progress: as of hashlens.train().

        Gives the program's report (docs/training.md). Raises UnsupportedError where the program is not installed.
        """
        with self._changing():
            return run_program(
                ["model", "fit", self._path, "--supervised", labels, "--json"],
                {"bits": bits, "loss": loss, "dry_run": dry_run},
                program,
                progress,
            )

    def rebuild_codes(self, *, progress: ProgressInput = None) -> int:
        """Writes code files that are missing or damaged again, from the features. Gives how many."""
        with self._writing, progress_function(progress) as tell:
            try:
                return _core.rebuild_codes(self._path, self._options, tell)
            finally:
                self._show_changes()

    def compact(self, *, features: str | None = None, progress: ProgressInput = None) -> CompactReport:
        """Merges files, gives back the room of removed images, arranges the codes for quick searches.

        features: "int8" or "pca:N": also stores features smaller, for good. Raises InvalidArgumentError when they are
        stored otherwise already, or when there are too few images to learn from.
        """
        with self._changing(), progress_function(progress) as tell:
            return _core.compact(self._path, self._options, features, tell)

    def refresh(self) -> bool:
        """Goes by the library's newest state from now on. True when something has changed."""
        changed = self._reader.refresh()
        if changed:
            self._arrays = None
        return changed

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Around one change: alone, of a library that is open, and seen by what comes after it."""
        with self._writing:
            self._reader  # a closed library takes nothing
            try:
                yield
            finally:
                self._show_changes()

    def _show_changes(self) -> None:
        self._arrays = None
        if self._open_reader is not None:
            self._open_reader.refresh()

    # ---- searching ----

    @overload
    def search(  # type: ignore[overload-overlap]  # a str is a path, not an iterable of paths
        self,
        query: QueryInput,
        k: int = 10,
        *,
        candidates: int | None = None,
        most_candidates: int | None = None,
        radius: int | None = None,
        bucket: int | None = None,
        scan: bool = False,
        filter: FilterInput = None,
        strategy: Strategy = "auto",
        rerank: bool = True,
        after: Cursor | None = None,
        on_error: Literal["raise", "return"] = "raise",
    ) -> SearchResult: ...
    @overload
    def search(
        self,
        query: Iterable[QueryInput],
        k: int = 10,
        *,
        candidates: int | None = None,
        most_candidates: int | None = None,
        radius: int | None = None,
        bucket: int | None = None,
        scan: bool = False,
        filter: FilterInput = None,
        strategy: Strategy = "auto",
        rerank: bool = True,
        after: Cursor | None = None,
        on_error: Literal["raise", "return"] = "raise",
    ) -> SearchResults: ...
    def search(
        self,
        query: QueryInput | Iterable[QueryInput],
        k: int = 10,
        *,
        candidates: int | None = None,
        most_candidates: int | None = None,
        radius: int | None = None,
        bucket: int | None = None,
        scan: bool = False,
        filter: FilterInput = None,
        strategy: Strategy = "auto",
        rerank: bool = True,
        after: Cursor | None = None,
        on_error: Literal["raise", "return"] = "raise",
    ) -> SearchResult | SearchResults:
        """The k most similar images: nearest codes first (exact), the best of them in order by their features.

        query: a picture file's path, a picture file's bytes, pixels (uint8, height x width, or x 3, or x 4), the id of
        an image of the library, a Text where the model knows words, or a list (any iterable) of these, which share their
        way through the codes.

        candidates: nearest codes that are re-ranked; None: 1000, or k. most_candidates: images as near by code as the
        last candidate are candidates, too, up to so many in all (None: 10,000); SearchResult.ties_cut counts the others.
        radius: only codes within this Hamming distance. bucket: re-rank all images within this Hamming distance, any
        number of them. scan: rank all images by their features and use no codes.
        filter: only images that meet it; applied before the search. strategy: how codes are searched; every way finds
        the same. rerank: False leaves hits in order of code. after: the next page, without re-rank.

        Gives a SearchResult; of a list, SearchResults. A query that cannot be read raises its error (NotFoundError,
        CorruptionError, UnsupportedError for what is no picture); in a list with on_error="return" it stands in SearchResults.outcomes instead.
        """
        if not isinstance(k, (int, np.integer)) or k < 1:
            raise InvalidArgumentError(f"k={k!r}: a whole number, at least 1")
        if on_error not in ("raise", "return"):
            raise InvalidArgumentError(f'on_error={on_error!r}: "raise" or "return"')
        several = not _is_one(query)
        given: list[Any] = list(query) if several else [query]  # type: ignore[arg-type]
        wanted = core_filter(filter)
        outcomes: list[SearchResult | Exception] = []
        for start in range(0, len(given), QUERIES_A_CALL):
            part = given[start : start + QUERIES_A_CALL]
            answers = self._reader.search(
                queries=[core_query(one) for one in part],
                k=k,
                candidates=max(k, 1000) if candidates is None else candidates,
                most_candidates=most_candidates,
                radius=-1 if radius is None else radius,
                bucket=-1 if bucket is None else bucket,
                all_features=scan,
                strategy=strategy,
                after=after,
                rerank=rerank and after is None,
                filter=wanted,
            )
            for one, answer in zip(part, answers):
                if isinstance(answer, Exception) and (on_error == "raise" or not several):
                    raise answer
                outcomes.append(answer if isinstance(answer, Exception) else SearchResult(answer, self._shown(one)))
        if several:
            return SearchResults(outcomes)
        assert isinstance(outcomes[0], SearchResult)
        return outcomes[0]

    def search_all(
        self,
        query: QueryInput,
        *,
        radius: int | None = None,
        filter: FilterInput = None,
        strategy: Strategy = "auto",
        page: int = 1000,
    ) -> Iterator[Hit]:
        """All images in order of code, by (hamming, id), page by page as they are asked for; without re-rank.

        radius: only within this Hamming distance. Images that are added meanwhile move nothing. A hit's rank is its
        place in its page.
        """
        after: Cursor | None = None
        while True:
            result = self.search(
                query, k=page, radius=radius, filter=filter, strategy=strategy, rerank=False, after=after
            )
            yield from result
            after = result.next
            if after is None:
                return

    def _shown(self, query: object) -> str | bytes | None:
        """What a notebook shows of a query."""
        if isinstance(query, (str, os.PathLike)):
            return os.fspath(query)
        if isinstance(query, (int, np.integer)):
            try:
                return os.fspath(self.path_of(int(query)))
            except NotFoundError:
                return None
        return None if isinstance(query, Text) else core_query(query).bytes

    # ---- looking ----

    def info(self) -> LibraryInfo:
        """The library in figures. Counts different codes: seconds for tens of millions of images."""
        return self._reader.info()

    def list(self, filter: FilterInput = None, *, limit: int | None = None) -> Images:
        """The images that meet the filter, in order of id; at most `limit`. As they are on disk now."""
        self._reader
        if limit is not None and limit < 1:
            return Images([])
        return Images(_core.list_images(self._path, core_filter(filter), limit or 2**63))

    def path_of(self, id: int) -> pathlib.Path:
        """Where an image's file is. Raises NotFoundError."""
        return self._reader.path_of(id)

    def categories(self, id: int, *, top: int = 5) -> list[Category]:
        """What an image shows, the likeliest first, by the classifier of the library's model, from the stored feature.

        Raises NotFoundError, and InvalidArgumentError when the model has no classifier.
        """
        return self._reader.categories(id, top)

    def failures(self, *, with_skipped: bool = False) -> Sequence[Failure]:
        """Files that could not be indexed, and why; with_skipped: also files that are no pictures."""
        return self._reader.failures(with_skipped)

    def tags(self) -> dict[tuple[str, str], int]:
        """How many images carry each (key, value), most frequent first."""
        return dict(self._reader.tag_counts())

    def verify(self, *, progress: ProgressInput = None) -> VerifyReport:
        """Reads every byte and checks it. `problems` is empty when all is as it was written."""
        with progress_function(progress) as tell:
            return _core.verify(self._path, tell)

    # ---- arrays ----

    def export(self, folder: PathInput, *, progress: ProgressInput = None) -> _arrays.Arrays:
        """Writes ids.npy, codes.npy, features.npy and images.jsonl into a new or empty folder, and gives the arrays,
        mapped from these files."""
        with progress_function(progress) as tell:
            self._reader.export(folder, tell)
        return _arrays.load_export(folder)

    def arrays(self, *, progress: ProgressInput = None) -> _arrays.Arrays:
        """Ids, codes and features as NumPy arrays, mapped from an export into temporary files ($TMPDIR: 2.6 KB an image)
        that go when the arrays go. The same arrays come back until the library changes."""
        reader = self._reader
        if self._arrays is None:
            with progress_function(progress) as tell:
                self._arrays = _arrays.export_arrays(reader, tell)
        return self._arrays

    def segments(self) -> Sequence[_arrays.Segment]:
        """The library's own files as NumPy arrays, without a copy: ids, codes and features, part by part, with removed
        images among them. See Segment. The arrays stay as they are whatever a writer does later. Their bytes are not
        checked; verify() does that."""
        return _arrays.map_segments(self._reader)

    def ids(self) -> npt.NDArray[np.uint64]:
        """Of all images, rising, (images,). See arrays()."""
        return self.arrays().ids

    def codes(self) -> npt.NDArray[np.uint8]:
        """Of all images, in the order of ids(), (images, ceil(bits / 8)). See arrays()."""
        return self.arrays().codes

    def features(self) -> npt.NDArray[np.float16]:
        """Of all images, in the order of ids(), (images, dim). See arrays()."""
        return self.arrays().features

    def to_faiss(self) -> tuple[Any, npt.NDArray[np.uint64]]:
        """A faiss.IndexBinaryFlat of the codes, and the ids of its rows. Needs faiss."""
        arrays = self.arrays()
        return _faiss.binary_flat(arrays.codes), arrays.ids


def _id_list(ids: int | Iterable[int]) -> list[int]:
    return [int(ids)] if isinstance(ids, (int, np.integer)) else [int(i) for i in ids]


def _is_one(query: object) -> bool:
    if isinstance(query, (str, bytes, bytearray, memoryview, os.PathLike, int, np.integer, Text)) or query is None:
        return True
    return isinstance(query, np.ndarray) or hasattr(query, "__array_interface__")
