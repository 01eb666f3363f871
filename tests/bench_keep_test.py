"""Tests of how bench/ keeps the indexes that other engines built."""

import contextlib
import importlib.util
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy

PEERS = pathlib.Path(__file__).resolve().parent.parent / "bench/peers"
sys.path.insert(0, str(PEERS))
import binary_search  # noqa: E402
from engine import Engine  # noqa: E402
from keep import Kept  # noqa: E402

CODES = numpy.random.default_rng(5).integers(0, 256, (3000, 4), numpy.uint8)
BUILDING = {"build_s": 1.5, "index_bytes": 7}
BUILT = ("build_s", "build_cpu_s", "build_threads", "build_load", "index_bytes")


class Bytes(Engine):
    """Its index is what it is told to be."""

    title, version = "bytes", "1.0"

    def __init__(self, index=b""):
        self.index, self.parameters = index, {"M": 16}

    def save(self, path):
        path.write_bytes(self.index)

    def load(self, path, codes):
        self.index = path.read_bytes()


class OneIndex(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def kept(self, engine, codes=CODES, bits=32):
        return Kept(self.folder, "bytes", engine, codes, bits)

    def load(self, engine, codes=CODES, bits=32):
        """(figures of building, what was said)."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            return self.kept(engine, codes, bits).load(engine, codes), said.getvalue()

    def test_what_was_built_is_loaded_with_the_figures_of_building(self):
        engine = Bytes()
        self.assertEqual(self.load(engine), (None, ""))
        self.kept(engine).save(Bytes(b"index"), BUILDING)
        self.assertEqual(self.load(engine), (BUILDING, ""))
        self.assertEqual(engine.index, b"index")
        self.assertEqual({path.suffix for path in self.folder.iterdir()}, {".index", ".json"})

    def test_what_does_not_fit_is_not_loaded(self):
        self.kept(Bytes()).save(Bytes(b"index"), BUILDING)
        newer, denser = Bytes(), Bytes()
        newer.version, denser.parameters = "1.1", {"M": 32}
        self.assertEqual(self.load(newer), (None, ""))
        self.assertEqual(self.load(denser), (None, ""))
        self.assertEqual(self.load(Bytes(), CODES ^ 1), (None, ""))
        self.assertEqual(self.load(Bytes(), CODES.reshape(-1, 2)), (None, ""))
        self.assertEqual(self.load(Bytes(), bits=31), (None, ""))

    def test_a_damaged_file_is_told_and_not_loaded(self):
        for suffix, damage in ((".index", b"inde"), (".index", b"Index"), (".json", b"{"), (".json", b"[]"), (".json", b"{}"), (".json", b"\xff")):
            with self.subTest(suffix=suffix, damage=damage):
                self.kept(Bytes()).save(Bytes(b"index"), BUILDING)
                self.kept(Bytes()).index.with_suffix(suffix).write_bytes(damage)
                figures, said = self.load(Bytes())
                self.assertIsNone(figures)
                self.assertRegex(said, r"\.index: .*; built anew\n$")

    def test_half_of_a_pair_is_not_loaded(self):
        for suffix in (".index", ".json"):
            self.kept(Bytes()).save(Bytes(b"index"), BUILDING)
            self.kept(Bytes()).index.with_suffix(suffix).unlink()
            self.assertEqual(self.load(Bytes()), (None, ""))

    def test_what_was_given_up_is_remembered_until_it_is_built(self):
        self.assertEqual(self.kept(Bytes()).given_up_after(), 0)
        self.kept(Bytes()).give_up(30)
        self.assertEqual(self.kept(Bytes()).given_up_after(), 30)
        self.assertEqual(self.kept(Bytes(), bits=31).given_up_after(), 0)
        self.assertEqual(self.load(Bytes()), (None, ""))
        self.kept(Bytes()).save(Bytes(b"index"), BUILDING)
        self.assertEqual(self.kept(Bytes()).given_up_after(), 0)


class Patience(unittest.TestCase):
    def run_for(self, body, seconds):
        """(exit code, what was printed) of a body with so much patience."""
        script = "from patience import patience\nwith patience(%r, lambda: print('given up', flush=True) or 7):\n    %s\nprint('done')" % (seconds, body)
        done = subprocess.run([sys.executable, "-c", script], cwd=PEERS, stdout=subprocess.PIPE, text=True, timeout=120)
        return done.returncode, done.stdout

    def test_only_what_takes_too_long_ends_the_process(self):
        self.assertEqual(self.run_for("pass", 1000), (0, "done\n"))
        self.assertEqual(self.run_for("while True: pass", 0.1), (7, "given up\n"))


# Two engines that need no library: one builds an index, the other has nothing to build. "builds" tells each time that it does.
OWN_ENGINES = """
import sys
import numpy
from engine import Engine

class Builds(Engine):
    title, version, exact = "builds", "1.0", True

    def plan(self, codes, bits):
        self.parameters = {"bits": bits}

    def build(self, codes, limits):
        print("building", file=sys.stderr)
        self.codes = codes.copy()

    def save(self, path):
        with open(path, "wb") as file:
            numpy.save(file, self.codes)

    def load(self, path, codes):
        with open(path, "rb") as file:
            self.codes = numpy.load(file)

    def search(self, queries, k):
        distances = numpy.bitwise_count(self.codes[None] ^ queries[:, None]).sum(axis=2, dtype=numpy.int64)
        rows = numpy.argsort(distances, axis=1, kind="stable")[:, :k]
        return numpy.take_along_axis(distances, rows, axis=1), rows

class Scans(Builds):
    title, nothing_to_build = "scans", True
"""
OWN = {"builds": ("own_engines", "Builds"), "scans": ("own_engines", "Scans")}
WITH_OWN = f"import binary_search; binary_search.ENGINES |= {OWN}; binary_search.main()"


class Engines(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        queries = CODES[:3] ^ 1
        distances = numpy.bitwise_count(CODES[None] ^ queries[:, None]).sum(axis=2, dtype=numpy.uint64)
        rows = numpy.argsort(distances, axis=1, kind="stable")[:, :10]
        hits = numpy.stack([rows.astype(numpy.uint64), numpy.take_along_axis(distances, rows, axis=1)], axis=2)
        for name, array in (("codes", CODES), ("queries", queries), ("hits", hits)):
            numpy.save(self.folder / f"{name}.npy", array)
        (self.folder / "own_engines.py").write_text(OWN_ENGINES)

    def run_engine(self, engine, *more, said=None):
        command = [sys.executable, "-c", WITH_OWN, self.folder, "--engine", engine, "--repeat", "1", "--keep", self.folder / "kept", *more]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (PEERS, self.folder)))}
        done = subprocess.run(command, env=environment, capture_output=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        if said is not None:
            self.assertEqual(done.stderr.decode(), said)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_a_kept_index_is_not_built_again(self):
        for engine, later in (("builds", ""), ("scans", "building\n")):
            with self.subTest(engine=engine):
                self.run_engine(engine, said="building\n")
                self.run_engine(engine, "--build-only", said=later)
                self.run_engine(engine, said=later)

    def test_an_index_finds_the_same_when_it_was_kept(self):
        # Those of others only where `tools/setup.sh --bench` has installed them.
        others = [engine for engine in binary_search.ENGINES if importlib.util.find_spec(engine.split("-")[0])]
        for engine in (*OWN, *others):
            with self.subTest(engine=engine):
                measured, built, loaded = self.run_engine(engine), self.run_engine(engine, "--build-only"), self.run_engine(engine)
                self.assertEqual([line.keys() for line in measured], [line.keys() for line in loaded])
                self.assertEqual([line["recall"] for line in measured], [line["recall"] for line in loaded])
                self.assertEqual(len(built), 1)
                self.assertNotIn("single_ms", built[0])
                files = list((self.folder / "kept").glob(f"{engine}-????????????????.*"))
                self.assertTrue(measured)
                if engine in ("scans", "faiss-flat", "usearch-exact"):
                    self.assertEqual(files, [])
                else:
                    self.assertEqual({path.suffix for path in files}, {".index", ".json"})
                    for line in built + loaded:
                        self.assertEqual([line[key] for key in BUILT], [measured[0][key] for key in BUILT])

    def test_building_alone_wants_a_folder(self):
        command = [sys.executable, PEERS / "binary_search.py", self.folder, "--engine", "faiss-flat", "--build-only"]
        self.assertEqual(subprocess.run(command, stderr=subprocess.DEVNULL).returncode, 2)


if __name__ == "__main__":
    unittest.main()
