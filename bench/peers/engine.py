"""What binary_search.py asks of an engine."""

import dataclasses
import os

BUILD_THREADS = os.cpu_count() or 1
CHUNK = 50_000


class Skipped(Exception):
    """The engine cannot be measured within the limits; the message says why."""


@dataclasses.dataclass(frozen=True)
class Limits:
    memory_bytes: float


class Engine:
    """One index over packed binary codes, built once and searched with several settings.

    Subclasses import their library in __init__, so that no other one is in the process, and set:
    """

    title = ""  # as a table shows it
    version = ""  # of the library
    exact = False  # whether every setting must find the true neighbours
    borrows_codes = False  # whether it searches the caller's array instead of a copy
    nothing_to_build = False  # whether an index is made in so little time that none is worth keeping
    parameters = {}  # of the index; set by plan()

    def plan(self, codes, bits):
        """Sets the parameters with which codes (rows x bytes, uint8), of which `bits` bits are used, will be indexed."""

    def build(self, codes, limits):
        """Indexes the codes that were planned for, with all cores. May raise Skipped."""
        raise NotImplementedError

    def save(self, path):
        """Writes the index into a file, with a RuntimeError or OSError where that fails."""
        raise NotImplementedError

    def load(self, path, codes):
        """Takes the index of the codes that were planned for from a file, instead of building it; errors as of save()."""
        raise NotImplementedError

    def settings(self, k):
        """Search parameters to measure one after the other, from fast to thorough."""
        return [{}]

    def apply(self, setting, threads):
        """Makes one of settings() and a number of threads what search() uses."""

    def search(self, queries, k):
        """(distances, rows) of the k nearest, each (queries, k), rows int64 with -1 where none was found."""
        raise NotImplementedError


def add_in_chunks(codes, add):
    """Calls add(first, chunk) for all codes."""
    for first in range(0, len(codes), CHUNK):
        add(first, codes[first : first + CHUNK])
