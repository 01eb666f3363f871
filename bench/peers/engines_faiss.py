"""FAISS's indexes of binary codes."""

import math

from engine import BUILD_THREADS, Engine, add_in_chunks


class Faiss(Engine):
    def __init__(self):
        import faiss

        self.faiss = faiss
        self.version = faiss.__version__
        self.index = None

    def build(self, codes, limits):
        self.faiss.omp_set_num_threads(BUILD_THREADS)
        self.make(codes, codes.shape[1] * 8)
        add_in_chunks(codes, lambda first, chunk: self.index.add(chunk))

    def make(self, codes, dimensions):
        """Sets `index`, empty and trained, with `parameters`."""
        raise NotImplementedError

    def save(self, path):
        self.faiss.write_index_binary(self.index, str(path))

    def load(self, path, codes):
        self.index = self.faiss.read_index_binary(str(path))

    def apply(self, setting, threads):
        self.faiss.omp_set_num_threads(threads)
        for name, value in setting.items():
            setattr(self.index, name, value)

    def search(self, queries, k):
        return self.index.search(queries, k)


class Flat(Faiss):
    title = "FAISS IndexBinaryFlat"
    exact = True
    nothing_to_build = True

    def make(self, codes, dimensions):
        self.index = self.faiss.IndexBinaryFlat(dimensions)

    def settings(self, k):
        # Choosing the k by counting distances is not FAISS's default, and much faster for a large k.
        return [{"use_heap": True}, {"use_heap": False}]


class MultiHash(Faiss):
    title = "FAISS IndexBinaryMultiHash"

    def plan(self, codes, bits):
        # Tables that cover all bits, each with few rows a bucket where the codes are long enough.
        width = min(16, bits // 2)
        self.parameters = {"nhash": bits // width, "b": width}

    def make(self, codes, dimensions):
        self.index = self.faiss.IndexBinaryMultiHash(dimensions, self.parameters["nhash"], self.parameters["b"])

    def settings(self, k):
        return [{"nflip": nflip} for nflip in (0, 1, 2, 3)]


class Hnsw(Faiss):
    title = "FAISS IndexBinaryHNSW"

    parameters = {"M": 16, "efConstruction": 64}

    def make(self, codes, dimensions):
        self.index = self.faiss.IndexBinaryHNSW(dimensions, self.parameters["M"])
        self.index.hnsw.efConstruction = self.parameters["efConstruction"]

    def settings(self, k):
        # Below k the library takes k.
        return [{"efSearch": k * factor} for factor in (1, 2, 4, 8)]

    def apply(self, setting, threads):
        self.faiss.omp_set_num_threads(threads)
        self.index.hnsw.efSearch = setting["efSearch"]


class Ivf(Faiss):
    title = "FAISS IndexBinaryIVF"

    def plan(self, codes, bits):
        # About 4 sqrt(n) lists, as a power of two, trained on at most 64 rows each.
        self.parameters = {"nlist": max(1, min(2 ** round(math.log2(4 * math.sqrt(len(codes)))), len(codes) // 39))}

    def make(self, codes, dimensions):
        self.quantizer = self.faiss.IndexBinaryFlat(dimensions)
        self.index = self.faiss.IndexBinaryIVF(self.quantizer, dimensions, self.parameters["nlist"])
        self.index.cp.max_points_per_centroid = 64
        self.index.train(codes)

    def settings(self, k):
        lists = self.parameters["nlist"]
        return [{"nprobe": probes} for probes in (1, 4, 16, 64, 256, 1024) if probes <= max(1, lists // 2)]
