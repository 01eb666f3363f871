#!/usr/bin/env python3
"""Times FAISS IndexBinaryFlat on uniform random codes and prints one JSON object.

    pip install faiss-cpu==1.15.1 numpy
    python faiss_flat.py --n 2500000 --bits 128 --k 1000 --threads 1

Times are wall-clock milliseconds for one query: `single` searches the queries one by one, `batch` hands 64
of them over at once. Of all timed searches the least and the median are given.
"""
import argparse
import json
import statistics
import time

import faiss
import numpy

BATCH = 64


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=2_500_000, help="codes in the index")
    parser.add_argument("--bits", type=int, default=128, help="a multiple of 8")
    parser.add_argument("--k", type=int, default=1000)
    parser.add_argument("--queries", type=int, default=BATCH, help="single queries that are timed")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=5, help="how often each query and each batch is searched")
    args = parser.parse_args()
    if args.bits % 8 != 0 or min(args.n, args.bits, args.k, args.queries, args.threads, args.repeat) < 1:
        parser.error("all counts must be positive, and --bits a multiple of 8")
    return args


def time_ms(work):
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def summary(times):
    return {"min": round(min(times), 4), "median": round(statistics.median(times), 4)}


def main():
    args = arguments()
    faiss.omp_set_num_threads(args.threads)
    random = numpy.random.default_rng(args.seed)
    codes = random.integers(0, 256, (args.n, args.bits // 8), dtype=numpy.uint8)
    queries = random.integers(0, 256, (max(args.queries, BATCH), args.bits // 8), dtype=numpy.uint8)
    index = faiss.IndexBinaryFlat(args.bits)
    index.add(codes)

    index.search(queries[:1], args.k)  # the first search of a process pays for page faults and threads
    single = [
        time_ms(lambda i=i: index.search(queries[i : i + 1], args.k))
        for _ in range(args.repeat)
        for i in range(args.queries)
    ]
    batch = [time_ms(lambda: index.search(queries[:BATCH], args.k)) / BATCH for _ in range(args.repeat)]
    print(
        json.dumps(
            {
                "engine": "faiss IndexBinaryFlat",
                "version": faiss.__version__,
                "compile_options": faiss.get_compile_options().strip(),
                "n": args.n,
                "bits": args.bits,
                "k": args.k,
                "threads": args.threads,
                "single_ms": summary(single),
                "batch64_ms_per_query": summary(batch),
            }
        )
    )


if __name__ == "__main__":
    main()
