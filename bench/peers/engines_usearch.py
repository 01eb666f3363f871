"""USearch: exact search of an array, and its graph index, over bits by Hamming distance."""

import numpy

from engine import BUILD_THREADS, Engine, add_in_chunks


def unpack(matches):
    """(distances, rows), each (queries, k), -1 behind the rows that were found. One query comes as a flat list of those."""
    rows = matches.keys.astype(numpy.int64)
    if rows.ndim == 1:
        return matches.distances[None], rows[None]
    rows[numpy.arange(rows.shape[1]) >= numpy.asarray(matches.counts)[:, None]] = -1
    return matches.distances, rows


class Exact(Engine):
    title = "USearch exact search"
    exact = True
    borrows_codes = True
    nothing_to_build = True

    def __init__(self):
        import usearch.index

        self.usearch = usearch.index
        self.version = usearch.__version__

    def build(self, codes, limits):
        self.codes = codes

    def apply(self, setting, threads):
        self.threads = threads

    def search(self, queries, k):
        metric = self.usearch.MetricKind.Hamming
        return unpack(self.usearch.search(self.codes, queries, k, metric, exact=True, threads=self.threads, dtype="b1"))


class Graph(Engine):
    title = "USearch HNSW b1x8"
    parameters = {"connectivity": 16, "expansion_add": 64}

    def __init__(self):
        import usearch.index

        self.usearch = usearch.index
        self.version = usearch.__version__

    def make(self, codes):
        return self.usearch.Index(ndim=codes.shape[1] * 8, metric="hamming", dtype="b1", **self.parameters)

    def build(self, codes, limits):
        self.index = self.make(codes)
        keys = numpy.arange(len(codes), dtype=numpy.uint64)
        add_in_chunks(codes, lambda first, chunk: self.index.add(keys[first : first + len(chunk)], chunk, threads=BUILD_THREADS))

    def save(self, path):
        self.index.save(str(path))

    def load(self, path, codes):
        self.index = self.make(codes)
        self.index.load(str(path))

    def settings(self, k):
        # Below k the library takes k.
        return [{"expansion_search": k * factor} for factor in (1, 2, 4, 8)]

    def apply(self, setting, threads):
        self.threads = threads
        self.index.expansion_search = setting["expansion_search"]

    def search(self, queries, k):
        return unpack(self.index.search(queries, k, threads=self.threads))
