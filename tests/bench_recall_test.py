"""Tests of how bench/ judges what an engine found."""

import pathlib
import sys
import unittest

import numpy

BENCH = pathlib.Path(__file__).resolve().parent.parent / "bench"
sys.path[:0] = [str(BENCH), str(BENCH / "peers")]
import compare_scale  # noqa: E402
import compare_search  # noqa: E402
import recall  # noqa: E402

# Distances to the query 0: 0, 1, 1, 1, 8.
CODES = numpy.array([[0], [1], [2], [4], [255]], numpy.uint8)
QUERIES = numpy.zeros((1, 1), numpy.uint8)
NONE = 2**64 - 1


def judge(rows, distances, hits):
    exact = recall.exact_distances(numpy.array([hits], numpy.uint64), len(hits))
    return recall.judge(CODES, QUERIES, (numpy.array([distances]), numpy.array([rows])), exact)


class Recall(unittest.TestCase):
    def test_any_of_the_rows_that_tie_at_the_end_will_do(self):
        self.assertEqual(judge([3, 0], [1, 0], [(0, 0), (1, 1)]), (1.0, None))

    def test_a_row_beyond_the_last_exact_hit_does_not_count(self):
        share, difference = judge([0, 4], [0, 8], [(0, 0), (1, 1)])
        self.assertEqual(share, 0.5)
        self.assertIn("query 0", difference)

    def test_near_rows_that_leave_out_a_nearer_one_are_found_but_not_exact(self):
        share, difference = judge([1, 2], [1, 1], [(0, 0), (1, 1)])
        self.assertEqual(share, 1.0)
        self.assertIsNotNone(difference)

    def test_places_that_were_not_filled_do_not_count(self):
        share, difference = judge([0, -1], [0, 0], [(0, 0), (1, 1)])
        self.assertEqual(share, 0.5)
        self.assertIsNotNone(difference)

    def test_fewer_hits_than_k(self):
        hits = [(0, 0), (1, 1), (2, 1), (3, 1), (4, 8), (NONE, NONE)]
        self.assertEqual(judge([0, 1, 2, 3, 4], [0, 1, 1, 1, 8], hits), (1.0, None))

    def test_impossible_answers_are_errors(self):
        for rows, distances in (([0, 0], [0, 0]), ([0, 5], [0, 1]), ([0, 4], [0, 7])):
            with self.subTest(rows=rows), self.assertRaises(ValueError):
                judge(rows, distances, [(0, 0), (1, 1)])

    def test_against_a_sort_of_all_rows(self):
        random = numpy.random.default_rng(3)
        codes = random.integers(0, 256, (300, 3), numpy.uint8)
        queries = random.integers(0, 256, (9, 3), numpy.uint8)
        distances = numpy.unpackbits(codes[None] ^ queries[:, None], axis=2).sum(axis=2, dtype=numpy.int64)
        rows = numpy.argsort(distances, axis=1, kind="stable")[:, :20]
        near = numpy.take_along_axis(distances, rows, axis=1)
        exact = recall.exact_distances(numpy.stack([rows, near], axis=2).astype(numpy.uint64), 20)
        self.assertEqual(recall.judge(codes, queries, (near, rows), exact), (1.0, None))
        half = rows.copy()
        half[:, 10:] = -1
        self.assertEqual(recall.judge(codes, queries, (near, half), exact)[0], 0.5)


class Cases(unittest.TestCase):
    def test_two_threads_are_compared_with_one(self):
        self.assertEqual(compare_search.cases_of("threads,short"), ("uniform", "threads", "short"))

    def test_the_flat_index_is_always_measured(self):
        self.assertEqual(compare_search.peers_of("hnswlib"), ("faiss-flat", "hnswlib"))
        self.assertEqual(compare_search.peers_of("flat"), ("faiss-flat",))
        self.assertEqual(compare_search.peers_of("all"), compare_search.PEER_NAMES)

    def test_each_time_is_the_least_of_all_settings(self):
        settings = [{"engine": "x", "single_ms": 1, "batch_query_ms": 4}, {"engine": "x", "single_ms": 2, "batch_query_ms": 3}]
        self.assertEqual(compare_search.best("x", settings), {"single_ms": 1, "batch_query_ms": 3})
        self.assertIsNone(compare_search.best("x", [{"engine": "x", "skipped": "why"}]))

    def test_sizes_reach_both_ends(self):
        self.assertEqual(compare_scale.sizes(100, 1000), [100, 300, 1000])
        self.assertEqual(compare_scale.sizes(200, 2000), [200, 300, 1000, 2000])
        self.assertEqual(compare_scale.sizes(5, 5), [5])


if __name__ == "__main__":
    unittest.main()
