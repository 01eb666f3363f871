"""Searches, against brute force over the library's own arrays."""

import concurrent.futures
import copy
import datetime
import pathlib
import pickle

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


def test_whole_shells_buckets_and_scans(library):
    everything = library.search(5, k=COUNT)
    ranked = by_code(library, 5)
    cut = next(n for n in range(5, COUNT) if ranked[n - 1][0] == ranked[n][0])
    last = ranked[cut][0]
    shell = [hit.id for hit in everything if hit.hamming <= last]
    whole = library.search(5, k=3, candidates=cut)
    assert list(whole.ids) == shell[:3]
    assert (whole.candidates, whole.ties_cut, whole.exact) == (len(shell), 0, True)
    part = library.search(5, k=3, candidates=cut, most_candidates=cut)
    assert (part.candidates, part.ties_cut, part.exact) == (cut, len(shell) - cut, False)
    assert "left out" in part.promise
    assert pickle.loads(pickle.dumps(part)).ties_cut == part.ties_cut
    bucket = library.search([5, 7], k=3, bucket=last)
    assert list(bucket[0].ids) == shell[:3] and bucket[0].candidates == len(shell)
    scan = library.search(5, k=7, scan=True)
    assert list(scan.ids) == list(everything.ids[:7])
    assert scan.promise == f"the best 7 by feature of all {COUNT} images"
    with pytest.raises(hashlens.InvalidArgumentError):
        library.search(5, bucket=2, radius=1)


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


def pil_images() -> dict[str, tuple[str, dict[str, object], object]]:
    """Images of many modes: the format and options of the file, and the image."""
    Image = pytest.importorskip("PIL.Image")
    colour = Image.fromarray(pixels(90))
    grey = np.asarray(colour.convert("L")).astype(np.uint16) * 257
    clear = colour.copy()
    clear.putalpha(colour.convert("L"))
    exif = Image.Exif()
    exif[274] = 6
    return {
        "1": ("PNG", {}, colour.convert("1")),
        "L": ("PNG", {}, colour.convert("L")),
        "LA": ("PNG", {}, clear.convert("LA")),
        "P": ("PNG", {}, colour.quantize(50)),
        "transparent": ("PNG", {"transparency": 3}, colour.quantize(50)),
        "RGB": ("PNG", {}, colour),
        "RGBA": ("PNG", {}, clear),
        "I;16": ("PNG", {}, Image.fromarray(grey)),
        "CMYK": ("TIFF", {}, colour.convert("CMYK")),
        "turned": ("JPEG", {"exif": exif, "quality": 95}, colour),
        "turned TIFF": ("TIFF", {"tiffinfo": {274: 6}}, colour),
    }


def test_pil_images_are_read_as_their_files(library, tmp_path):
    Image = pytest.importorskip("PIL.Image")
    for name, (kind, options, image) in pil_images().items():
        path = tmp_path / name
        image.save(path, kind, **options)
        by_file = library.search(path, k=COUNT)
        for form in (Image.open(path), path.read_bytes()):
            result = library.search(form, k=COUNT)
            assert list(result.ids) == list(by_file.ids), name
            assert result.distances == pytest.approx(by_file.distances, abs=1e-5), name


def test_deep_pixels_are_their_files(library, tmp_path):
    Image = pytest.importorskip("PIL.Image")
    grey = pixels(91)[:, :, 0].astype(np.uint16) * 257
    path = tmp_path / "16.png"
    Image.fromarray(grey).save(path)
    expected = library.search(path, k=5)
    wide = Image.fromarray(grey.astype(np.int32))
    assert wide.mode == "I"
    for form in (grey, wide, Image.fromarray(grey.astype(np.float32) / 65535)):
        result = library.search(form, k=5)
        assert list(result.ids) == list(expected.ids)
        assert result.distances == pytest.approx(expected.distances, abs=1e-3)
    colour = np.dstack([grey] * 3)
    assert library.search(colour, k=5).distances == pytest.approx(expected.distances, abs=1e-3)
    for bad in (Image.fromarray(grey.astype(np.int32) * 1000), Image.fromarray(grey.astype(np.float32)), grey.astype(np.int64)):
        with pytest.raises(hashlens.InvalidArgumentError, match=r"0\.\."):
            library.search(bad)


def test_results_can_be_pickled_and_copied(library):
    result = library.search(3, k=4)
    page = library.search(3, k=4, rerank=False)
    (image,) = [image for image in library.list() if image.id == 3]
    for value in (result, result[0], page, page.next, image, library.info()):
        for again in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
            assert type(again) is type(value)
            assert repr(again) == repr(value)
    again = pickle.loads(pickle.dumps(page))
    assert list(again.ids) == list(page.ids) and again.strategy == page.strategy and again.query == page.query
    assert [hit.as_dict() for hit in again] == [hit.as_dict() for hit in page]
    assert pickle.loads(pickle.dumps(image)).as_dict() == image.as_dict()


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
