"""hnswlib, which knows no bits: vectors of 0 and 1, whose squared Euclidean distance is the Hamming distance."""

import importlib.metadata

import numpy

from engine import BUILD_THREADS, Engine, Skipped, add_in_chunks

GIGABYTE = 1e9


def floats(codes):
    """Packed codes as one float a bit."""
    return numpy.unpackbits(codes, axis=1).astype(numpy.float32)


class Graph(Engine):
    title = "hnswlib, floats"
    parameters = {"M": 16, "ef_construction": 64}

    def __init__(self):
        import hnswlib

        self.hnswlib = hnswlib
        self.version = importlib.metadata.version("hnswlib")

    def build(self, codes, limits):
        dimensions = codes.shape[1] * 8
        # A row: its floats, 2 M links on the lowest level, sizes and label, and a share of the levels above.
        memory = len(codes) * (4 * dimensions + 8 * self.parameters["M"] + 48)
        if memory > limits.memory_bytes:
            raise Skipped(f"would take {memory / GIGABYTE:.1f} GB, over the limit of {limits.memory_bytes / GIGABYTE:.1f}")
        self.index = self.hnswlib.Index("l2", dimensions)
        self.index.init_index(len(codes), **self.parameters)
        add_in_chunks(
            codes,
            lambda first, chunk: self.index.add_items(floats(chunk), numpy.arange(first, first + len(chunk)), BUILD_THREADS),
        )

    def save(self, path):
        self.index.save_index(str(path))

    def load(self, path, codes):
        self.index = self.hnswlib.Index("l2", codes.shape[1] * 8)
        self.index.load_index(str(path))

    def settings(self, k):
        # Below k the library takes k.
        return [{"ef": k * factor} for factor in (1, 2, 4, 8)]

    def apply(self, setting, threads):
        self.index.set_ef(setting["ef"])
        self.threads = threads

    def search(self, queries, k):
        """Raises Skipped when the graph leads to fewer than k rows, which hnswlib cannot express."""
        try:
            rows, distances = self.index.knn_query(floats(queries), k, self.threads)
        except RuntimeError as error:
            raise Skipped(f"finds fewer than {k} rows ({error})") from error
        return distances, rows.astype(numpy.int64)
