"""Judges what an engine found against the exact hits that `hashlens bench search --save` wrote.

A row counts as found when its true distance is not above the distance of the k-th exact hit, so that an engine is free to
choose among rows that tie there. Rows that an engine could not fill are -1.
"""

import numpy

NO_ROW = numpy.uint64(2**64 - 1)


def exact_distances(hits, k):
    """For each query the ascending distances of its k exact hits: fewer than k where fewer rows exist. `hits` is (queries, >= k, 2)."""
    return [query[query[:, 0] != NO_ROW, 1].astype(numpy.int64) for query in hits[:, :k]]


def true_distances(codes, query, rows):
    """Hamming distances of `rows` of `codes` to one query."""
    return numpy.bitwise_count(codes[rows] ^ query).sum(axis=1, dtype=numpy.int64)


def judge(codes, queries, found, exact):
    """Recall, and the first thing that an exact engine must not do.

    `found` is (distances, rows), each (queries, k), as the engine reported them; `exact` comes from exact_distances().
    Returns (recall, difference): `difference` is None when every query's sorted distances are those of the exact hits.
    Raises ValueError when a row comes twice, does not exist, or has another distance than the engine says.
    """
    counted = wanted = 0
    difference = None
    for number, (distances, rows) in enumerate(zip(*found)):
        filled = rows >= 0
        rows = rows[filled]
        if len(rows) and rows.max() >= len(codes):
            raise ValueError(f"query {number}: row {rows.max()} of {len(codes)}")
        if len(numpy.unique(rows)) != len(rows):
            raise ValueError(f"query {number}: a row comes twice")
        true = true_distances(codes, queries[number], rows)
        if not numpy.array_equal(true, distances[filled]):
            raise ValueError(f"query {number}: a reported distance is not the true one")
        counted += numpy.count_nonzero(true <= exact[number][-1])
        wanted += len(exact[number])
        if difference is None and not numpy.array_equal(numpy.sort(true), exact[number]):
            difference = f"query {number}: the distances are not those of the exact hits"
    return counted / wanted, difference
