#!/usr/bin/env python3
"""Makes a file of n codes out of another: its rows in a random order, again and again where n is more than it has.

    .deps/venv/bin/python bench/resample_codes.py CODES.npy OUT.npy --n 2500000

Prints one JSON object. Codes repeat as they do in the original, so that n codes are as crowded as those.
"""

import argparse
import json
import sys

import numpy


def load(path):
    """The array; ValueError says in one line why there is none."""
    try:
        return numpy.load(path)
    except OSError as error:
        raise ValueError(error.strerror or error) from error
    except (EOFError, ValueError) as error:
        raise ValueError("not an array in NumPy's format") from error


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("codes", help="uint8, rows x bytes")
    parser.add_argument("out")
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    try:
        codes = load(arguments.codes)
        if codes.dtype != numpy.uint8 or codes.ndim != 2 or 0 in codes.shape:
            raise ValueError(f"{codes.dtype} {codes.shape} are not codes: uint8, rows x bytes")
    except ValueError as error:
        print(f"resample_codes: {arguments.codes}: {error}", file=sys.stderr)
        sys.exit(5)
    random = numpy.random.default_rng(arguments.seed)
    rounds = -(-arguments.n // len(codes))
    rows = numpy.concatenate([random.permutation(len(codes)) for _ in range(rounds)])[: arguments.n]
    numpy.save(arguments.out, codes[rows])
    print(json.dumps({"version": 1, "rows": len(rows), "of": len(codes), "bits": codes.shape[1] * 8}))


if __name__ == "__main__":
    main()
