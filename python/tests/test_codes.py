"""CodeIndex against brute force, and the exchange with FAISS."""

import concurrent.futures

import faiss
import hashlens
import numpy as np
import pytest


def random_codes(rows: int, bits: int, seed: int) -> np.ndarray:
    codes = np.packbits(np.random.default_rng(seed).integers(0, 2, (rows, bits), np.uint8), axis=1, bitorder="little")
    return np.ascontiguousarray(codes)


def brute_force(codes, query, k, radius=None, allowed=None):
    distances = np.unpackbits(codes ^ query, axis=1).sum(axis=1).astype(np.int64)
    pairs = [
        (int(d), row)
        for row, d in enumerate(distances)
        if (radius is None or d <= radius) and (allowed is None or allowed[row])
    ]
    return sorted(pairs)[:k]


def listed(distances, rows):
    return [[(d, r) for d, r in zip(ds, rs) if r >= 0] for ds, rs in zip(distances.tolist(), rows.tolist())]


@pytest.mark.parametrize("bits", [8, 20, 64, 100, 128, 512])
@pytest.mark.parametrize("prepared", [False, True])
def test_search_is_brute_forces(bits, prepared):
    codes, queries = random_codes(700, bits, 1), random_codes(9, bits, 2)
    index = hashlens.CodeIndex(bits, codes)
    if prepared:
        index.prepare()
        assert index.prepared_rows > 0
    allowed = np.random.default_rng(3).random(700) < 0.3
    for options in ({"k": 13}, {"k": 13, "allowed": allowed}, {"k": None, "radius": bits // 3}, {"k": 5, "radius": 2}):
        for threads in (1, 2):
            found = listed(*index.search(queries, threads=threads, **options))
            assert found == [brute_force(codes, query, **options) for query in queries]


def test_shapes_and_types():
    index = hashlens.CodeIndex(32)
    distances, rows = index.search(random_codes(3, 32, 1))
    assert distances.shape == rows.shape == (3, 0)
    assert (distances.dtype, rows.dtype) == (np.int32, np.int64)
    index.add(random_codes(4, 32, 1))
    assert len(index) == 4 and np.array_equal(index.codes(), random_codes(4, 32, 1))
    distances, rows = index.search(random_codes(2, 32, 5), k=10)
    assert distances.shape == (2, 4)
    # Rows that are not next to each other in memory are taken as they are.
    index.add(random_codes(8, 64, 9)[::2, :4])
    assert len(index) == 8


@pytest.mark.parametrize(
    "codes, said",
    [
        (np.zeros((2, 3), np.uint8), "bytes"),
        (np.zeros((2, 4), np.int64), "uint8"),
        (np.zeros(4, np.uint8), "shape"),
    ],
)
def test_wrong_codes(codes, said):
    with pytest.raises(hashlens.InvalidArgumentError, match=said):
        hashlens.CodeIndex(32).add(codes)


def test_wrong_arguments():
    for bits in (7, 513):
        with pytest.raises(hashlens.InvalidArgumentError):
            hashlens.CodeIndex(bits)
    index = hashlens.CodeIndex(20, random_codes(4, 20, 1))
    with pytest.raises(hashlens.InvalidArgumentError, match="last byte"):
        index.add(np.full((1, 3), 255, np.uint8))
    with pytest.raises(hashlens.InvalidArgumentError, match="allowed"):
        index.search(random_codes(1, 20, 1), allowed=np.ones(3, bool))
    with pytest.raises(hashlens.InvalidArgumentError, match="radius"):
        index.search(random_codes(1, 20, 1), k=None)
    assert len(index) == 4


def test_faiss_finds_the_same():
    codes, queries = random_codes(500, 64, 4), random_codes(5, 64, 5)
    index = hashlens.CodeIndex(64, codes)
    flat = index.to_faiss()
    assert isinstance(flat, faiss.IndexBinaryFlat) and (flat.d, flat.ntotal) == (64, 500)
    distances, rows = index.search(queries, k=7)
    theirs, their_rows = flat.search(queries, 7)
    assert np.array_equal(distances, theirs)
    # Among equally near rows FAISS may take others.
    for query, row_list, found in zip(queries, their_rows, distances):
        assert np.array_equal(np.unpackbits(codes[row_list] ^ query, axis=1).sum(axis=1), found)
    assert rows.shape == their_rows.shape
    back = hashlens.CodeIndex.from_faiss(flat)
    assert back.bits == 64 and np.array_equal(back.codes(), codes)
    short = hashlens.CodeIndex(20, random_codes(6, 20, 1))
    assert hashlens.CodeIndex.from_faiss(short.to_faiss(), bits=20).bits == 20


def test_library_to_faiss(library):
    flat, ids = library.to_faiss()
    distances, rows = flat.search(np.ascontiguousarray(library.codes()[:4]), 10)
    for place, id in enumerate(ids[:4].tolist()):
        assert distances[place].tolist() == library.search(id, k=10, rerank=False).hamming.tolist()


def test_threads_add_and_search():
    codes = random_codes(2000, 64, 6)
    index = hashlens.CodeIndex(64, codes[:1000])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        added = [pool.submit(index.add, codes[i : i + 100]) for i in range(1000, 2000, 100)]
        found = [pool.submit(index.search, codes[i : i + 1], 1) for i in range(500)]
        for row, future in enumerate(found):
            distances, rows = future.result()
            assert distances[0, 0] == 0 and np.array_equal(codes[row], codes[rows[0, 0]])
        for future in added:
            future.result()
    assert len(index) == 2000
