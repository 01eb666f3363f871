#!/usr/bin/env python3
"""Times one engine on the codes that `hashlens bench search --save FOLDER` wrote, and judges what it finds.

    tools/setup.sh --bench
    build/release/bin/hashlens bench search --n 100000 --k 1000 --save FOLDER
    .deps/venv/bin/python bench/peers/binary_search.py FOLDER --engine faiss-flat

Prints one JSON line for each setting of the engine: `single_ms` is the median time of a query searched by itself,
`batch_query_ms` that of all queries handed over at once, a query; `index_bytes` is what the index added to resident memory.
An exact engine that does not find the exact distances is an error. What cannot be measured within the limits has `skipped`.
With `--keep` a built index is kept, and loaded by a later run with the same codes, library and parameters: the figures of
building are then those of when it was built. `build_load`, the machine's load at the end of that, tells whether others were at work.
"""

import argparse
import ctypes
import gc
import importlib
import json
import os
import pathlib
import statistics
import sys
import time

import numpy

import recall
from engine import BUILD_THREADS, Limits, Skipped
from keep import Kept
from patience import patience

EXIT_UNREADABLE = 5
ENGINES = {
    "faiss-flat": ("engines_faiss", "Flat"),
    "faiss-multihash": ("engines_faiss", "MultiHash"),
    "faiss-hnsw": ("engines_faiss", "Hnsw"),
    "faiss-ivf": ("engines_faiss", "Ivf"),
    "usearch-exact": ("engines_usearch", "Exact"),
    "usearch": ("engines_usearch", "Graph"),
    "hnswlib": ("engines_hnswlib", "Graph"),
}


def fail(message, code=1):
    print(f"binary_search: {message}", file=sys.stderr)
    sys.exit(code)


def make_folder(folder):
    """Makes the folder for built indexes, when one is wanted."""
    try:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder}: {error.strerror or error}", EXIT_UNREADABLE)


def load(folder, name, dtype, dimensions):
    """One array of the folder, in memory."""
    path = folder / name
    try:
        array = numpy.load(path)
    except OSError as error:
        fail(f"{path}: {error.strerror or error}", EXIT_UNREADABLE)
    except (EOFError, ValueError):
        fail(f"{path}: not an array in NumPy's format", EXIT_UNREADABLE)
    if array.dtype != dtype or array.ndim != dimensions or 0 in array.shape:
        fail(f"{path}: {array.dtype} {array.shape}, not {dtype} in {dimensions} dimensions", EXIT_UNREADABLE)
    return array


def load_all(folder):
    """(codes, queries, hits), whose shapes fit each other."""
    codes = load(folder, "codes.npy", "uint8", 2)
    queries = load(folder, "queries.npy", "uint8", 2)
    hits = load(folder, "hits.npy", "uint64", 3)
    if queries.shape[1] != codes.shape[1] or len(hits) != len(queries) or hits.shape[2] != 2:
        fail(f"{folder}: shapes {codes.shape}, {queries.shape} and {hits.shape} do not fit", EXIT_UNREADABLE)
    return codes, queries, hits


def make_engine(name):
    module, engine = ENGINES[name]
    try:
        return getattr(importlib.import_module(module), engine)()
    except ImportError as error:
        fail(f"{name}: {error}; run tools/setup.sh --bench", EXIT_UNREADABLE)


def resident_bytes():
    """Resident memory of this process, without what was freed and not yet given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    fields = pathlib.Path("/proc/self/smaps_rollup").read_text().split()
    return int(fields[fields.index("Rss:") + 1]) * 1024


def build(engine, codes, limits, patient):
    """Seconds and bytes that the index took, the processors' seconds among them, and the load of the machine."""
    before = resident_bytes()
    start, cpu_start = time.perf_counter(), time.process_time()
    with patient:
        engine.build(codes, limits)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    held = codes.nbytes if engine.borrows_codes else 0
    return {"build_s": round(seconds, 4), "build_cpu_s": round(cpu_seconds, 4), "build_threads": BUILD_THREADS,
            "build_load": round(os.getloadavg()[0], 2), "index_bytes": max(0, resident_bytes() - before) + held}


def give_up(common, kept, seconds):
    """Keeps for the next run that the index is not there after so many seconds, and prints it; the exit code."""
    try:
        if kept:
            kept.give_up(seconds)
    except OSError as error:
        print(f"binary_search: {kept.facts}: {error}", file=sys.stderr)
        return 1
    print_skipped(common, not_built(seconds))
    return 0


def not_built(seconds):
    return f"not built after {seconds:g} s of all cores"


def print_skipped(common, reason):
    print(json.dumps(common | {"skipped": str(reason)}), flush=True)


def build_or_load(engine, codes, bits, common, arguments):
    """What build() says, now or, of an index that was kept, then. May raise Skipped."""
    engine.plan(codes, bits)
    kept = Kept(arguments.keep, arguments.engine, engine, codes, bits) if arguments.keep and not engine.nothing_to_build else None
    seconds = arguments.build_seconds
    if kept and kept.given_up_after() >= seconds:
        raise Skipped(not_built(kept.given_up_after()))
    building = kept and kept.load(engine, codes)
    if not building:
        patient = patience(seconds, lambda: give_up(common, kept, seconds))
        building = build(engine, codes, Limits(arguments.memory_gb * 1e9), patient)
        if kept:
            try:
                kept.save(engine, building)
            except (OSError, RuntimeError) as error:
                fail(f"{kept.index}: {error}")
    return building


def median_ms(works, rounds, seconds):
    """Median time of all the works, done `rounds` times one after the other; of a slow engine only once `seconds` are over."""
    times = []
    end = time.perf_counter() + seconds
    for done in range(rounds):
        if done > 0 and time.perf_counter() > end:
            break
        for work in works:
            start = time.perf_counter()
            work()
            times.append((time.perf_counter() - start) * 1e3)
    return round(statistics.median(times), 5)


def measure(engine, queries, k, arguments):
    """Times of the setting that was applied, and what it finds; the search that finds it is the one that warms."""
    found = engine.search(queries, k)
    singles = [lambda i=i: engine.search(queries[i : i + 1], k) for i in range(len(queries))]
    single_ms = median_ms(singles, arguments.repeat, arguments.seconds)
    batch_ms = median_ms([lambda: engine.search(queries, k)], arguments.repeat, arguments.seconds)
    return found, {"single_ms": single_ms, "batch_query_ms": round(batch_ms / len(queries), 5)}


def judge(engine, codes, queries, found, exact):
    """Recall; ends the program when the engine's answer cannot be right."""
    try:
        share, difference = recall.judge(codes, queries, found, exact)
    except ValueError as error:
        fail(f"{engine.title}: {error}")
    if engine.exact and difference:
        fail(f"{engine.title}: {difference}")
    return {"recall": round(share, 6)}


def print_lines(engine, arrays, arguments):
    """Builds the index or loads it, and prints one line for each setting, or only one where nothing is measured."""
    codes, queries, hits = arrays
    bits = arguments.bits or codes.shape[1] * 8
    k = arguments.k or hits.shape[1]
    common = {"version": 1, "engine": arguments.engine, "title": engine.title, "engine_version": engine.version,
              "exact": engine.exact, "n": len(codes), "bits": bits, "k": k, "queries": len(queries), "threads": arguments.threads}
    exact = recall.exact_distances(hits, k)
    try:
        common |= build_or_load(engine, codes, bits, common, arguments)
    except Skipped as reason:
        print_skipped(common, reason)
        return
    if arguments.build_only:
        print(json.dumps(common | {"parameters": engine.parameters}))
        return
    wanted = min(k, len(codes))
    for setting in engine.settings(wanted):
        common["parameters"] = engine.parameters | setting
        engine.apply(setting, arguments.threads)
        try:
            found, times = measure(engine, queries, wanted, arguments)
        except Skipped as reason:
            print_skipped(common, reason)
            continue
        print(json.dumps(common | times | judge(engine, codes, queries, found, exact)), flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="with codes.npy, queries.npy and hits.npy")
    parser.add_argument("--engine", choices=ENGINES, required=True)
    parser.add_argument("--k", type=int, help="neighbours, at most as many as hits.npy has (the default)")
    parser.add_argument("--bits", type=int, help="that the codes use; 8 a byte unless given")
    parser.add_argument("--threads", type=int, default=1, help="of a search; an index is built by all cores")
    parser.add_argument("--repeat", type=int, default=5, help="rounds of timing")
    parser.add_argument("--seconds", type=float, default=20, help="after which no new round begins")
    parser.add_argument("--memory-gb", type=float, default=6, help="above which hnswlib's floats are not built")
    parser.add_argument("--build-seconds", type=float, default=3600, help="of all cores, after which an index is given up")
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="of built indexes: those that fit are loaded, others are built and kept")
    parser.add_argument("--build-only", action="store_true", help="build and keep, measure nothing")
    arguments = parser.parse_args()
    if arguments.build_only and not arguments.keep:
        parser.error("--build-only needs --keep FOLDER")
    for name in ("k", "bits", "threads", "repeat"):
        value = getattr(arguments, name)
        if value is not None and value < 1:
            parser.error(f"--{name} must be at least 1")
    return parser, arguments


def main():
    parser, arguments = parse_arguments()
    arrays = load_all(arguments.folder)
    make_folder(arguments.keep)
    codes, _, hits = arrays
    if arguments.k and arguments.k > hits.shape[1]:
        parser.error(f"--k must be at most the {hits.shape[1]} of hits.npy")
    if arguments.bits and not 0 <= codes.shape[1] * 8 - arguments.bits < 8:
        parser.error(f"--bits does not fit codes of {codes.shape[1]} bytes")
    print_lines(make_engine(arguments.engine), arrays, arguments)


if __name__ == "__main__":
    main()
