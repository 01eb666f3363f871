"""Searches, against brute force over the library's own arrays."""

import concurrent.futures
import datetime
import pathlib

import hashlens
import numpy as np
import pytest
from conftest import COUNT, KINDS, pixels, ppm


def hamming(codes: np.ndarray, code: np.ndarray) -> np.ndarray:
    return np.unpackbits(codes ^ code, axis=1).sum(axis=1)


def by_code(library: hashlens.Library, id: int) -> list[tuple[int, int]]:
    """(hamming, id) of all images, nearest first."""
    ids, codes = library.ids(), library.codes()
    distances = hamming(codes, codes[np.flatnonzero(ids == id)[0]])
    return sorted(zip(distances.tolist(), ids.tolist()))


def test_order_of_code_is_brute_forces(library):
    for id in (1, 17, COUNT):
        result = library.search(id, k=20, rerank=False)
        assert [(hit.hamming, hit.id) for hit in result] == by_code(library, id)[:20]
        assert result.exact and result.rows == COUNT
        assert np.isnan(result.distances).all()


def test_rerank_is_by_feature(library):
    result = library.search(5, k=COUNT)
    features = library.features().astype(np.float64)
    assert result[0].id == 5 and result[0].distance == pytest.approx(0, abs=1e-3)
    assert list(result.distances) == sorted(result.distances)
    assert features.shape == (COUNT, library.info().dim)
    assert np.linalg.norm(features, axis=1) == pytest.approx(1, abs=1e-2)
    assert sorted(result.ids) == sorted(library.ids())


def test_every_form_of_a_picture_finds_the_same(library, folder):
    path = folder / KINDS[1] / "01.ppm"
    forms = [path, str(path), path.read_bytes(), bytearray(path.read_bytes()), pixels(1), memoryview(ppm(pixels(1)))]
    expected = library.search(path).ids
    for form in forms:
        result = library.search(form)
        assert result[0].path == path and result[0].hamming == 0
        assert np.array_equal(result.ids, expected)
    batch = library.search(forms)
    assert len(batch) == len(forms) and not batch.errors
    assert all(np.array_equal(result.ids, expected) for result in batch)


def test_pages_give_all_once(library):
    hits = list(library.search_all(3, page=7))
    assert [(hit.hamming, hit.id) for hit in hits] == by_code(library, 3)
    near = [pair for pair in by_code(library, 3) if pair[0] <= 40]
    assert [(hit.hamming, hit.id) for hit in library.search_all(3, radius=40, page=5)] == near


def test_filters_come_before_the_search(library, folder):
    result = library.search(1, k=COUNT, filter={"kind": "sea"})
    assert {hit.path.parent.name for hit in result} == {"sea"} and len(result) == COUNT // len(KINDS)
    under = library.list(hashlens.Filter(under=folder / "leaf"))
    assert {image.path.parent.name for image in under} == {"leaf"}
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    assert len(library.list(hashlens.Filter(added_since=later))) == 0
    assert library.tags() == {("kind", kind): COUNT // len(KINDS) for kind in KINDS}


def test_a_query_that_fails_fails_alone(library, tmp_path):
    queries = [1, tmp_path / "none.jpg", 10**9, b"no picture", 2]
    found = library.search(queries, on_error="return")
    assert [type(outcome) for outcome in found.outcomes] == [
        hashlens.SearchResult,
        hashlens.NotFoundError,
        hashlens.NotFoundError,
        hashlens.UnsupportedError,
        hashlens.SearchResult,
    ]
    assert sorted(found.errors) == [1, 2, 3] and [result[0].id for result in found] == [1, 2]
    with pytest.raises(hashlens.NotFoundError):
        library.search(queries)


def test_several_threads_search_one_library(library):
    alone = {id: library.search(id, k=5).ids.tolist() for id in range(1, COUNT + 1)}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        ids = list(range(1, COUNT + 1)) * 4
        for id, result in zip(ids, pool.map(lambda id: library.search(id, k=5), ids)):
            assert result.ids.tolist() == alone[id]


def test_arrays_are_mapped_and_stay_until_a_change(library):
    assert library.codes() is library.codes()
    assert isinstance(library.features(), np.memmap) and not library.features().flags.writeable
    assert library.ids().tolist() == [image.id for image in library.list()]


def test_export_leaves_files(library, tmp_path):
    arrays = library.export(tmp_path / "out")
    assert np.array_equal(arrays.codes, library.codes())
    again = hashlens.load_export(tmp_path / "out")
    assert np.array_equal(again.ids, arrays.ids) and pathlib.Path(tmp_path / "out" / "images.jsonl").exists()


@pytest.mark.parametrize("strategy", ["auto", "scan", "distinct", "balls", "mih"])
def test_every_strategy_finds_the_same(made, strategy):
    with hashlens.open(made, prepare=True) as library:
        found = library.search(9, k=12, rerank=False, strategy=strategy)
        assert [(hit.hamming, hit.id) for hit in found] == by_code(library, 9)[:12]
