"""Tests of bench/paper.py: its data, its steps and its page. What they measure is measured by `hashlens train` and `eval`."""

import gzip
import hashlib
import io
import pathlib
import stat
import struct
import subprocess
import sys
import tarfile
import tempfile
import types
import unittest

import numpy
from PIL import Image

BENCH = pathlib.Path(__file__).resolve().parent.parent / "bench"
sys.path.insert(0, str(BENCH / "paper"))
import data  # noqa: E402
import page  # noqa: E402
import steps  # noqa: E402

PROGRAM = """#!/bin/sh
echo "$@" >> "$0.calls"
if [ -e "$0.fails" ]; then exit 4; fi
echo '{"heads": [{"bits": 48, "path": "made-48"}]}'
"""


def quiet(_message):
    pass


def idx(array):
    """A file as MNIST has them."""
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes())


class WithFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)


class DataTest(WithFolder):
    def publish(self, name, files):
        """Takes the place of the publisher: {file name: bytes}."""
        published = self.folder / "published"
        published.mkdir(exist_ok=True)
        for file_name, content in files.items():
            (published / file_name).write_bytes(content)
        archives = tuple(
            data.Archive(f"file://{published}/{file_name}", hashlib.sha256(content).hexdigest()) for file_name, content in files.items()
        )
        self.addCleanup(data.ARCHIVES.__setitem__, name, data.ARCHIVES[name])
        data.ARCHIVES[name] = archives
        return published

    def test_mnist_becomes_class_folders(self):
        pixels = numpy.arange(3 * 4 * 4, dtype=numpy.uint8).reshape(3, 4, 4)
        self.publish(
            "mnist",
            {
                "train-images-idx3-ubyte.gz": idx(pixels),
                "train-labels-idx1-ubyte.gz": idx(numpy.array([7, 1, 7], numpy.uint8)),
                "t10k-images-idx3-ubyte.gz": idx(pixels[:1]),
                "t10k-labels-idx1-ubyte.gz": idx(numpy.array([3], numpy.uint8)),
            },
        )
        made = data.prepare("mnist", None, self.folder / "downloads", quiet)
        self.assertEqual(sorted(str(path.relative_to(made)) for path in made.rglob("*.png")), ["test/3/00000.png", "train/1/00001.png", "train/7/00000.png", "train/7/00002.png"])
        numpy.testing.assert_array_equal(numpy.asarray(Image.open(made / "train/7/00002.png")), pixels[2])

    def test_cifar_becomes_class_folders(self):
        planes = numpy.random.default_rng(1).integers(0, 256, (3, 32, 32), numpy.uint8)
        record = bytes([1]) + planes.tobytes()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            batches = {f"data_batch_{number}.bin": record for number in range(1, 6)} | {"test_batch.bin": record, "batches.meta.txt": b"plane\ncar\n\n"}
            for name, content in batches.items():
                entry = tarfile.TarInfo("cifar-10-batches-bin/" + name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        self.publish("cifar10", {"cifar-10-binary.tar.gz": packed.getvalue()})
        made = data.prepare("cifar10", None, self.folder / "downloads", quiet)
        self.assertEqual(len(list((made / "train/car").iterdir())), 5)
        numpy.testing.assert_array_equal(numpy.asarray(Image.open(made / "test/car/00000.png")), planes.transpose(1, 2, 0))

    def test_other_bytes_than_the_publishers_are_refused(self):
        published = self.publish("cifar10", {"cifar-10-binary.tar.gz": b"right"})
        (published / "cifar-10-binary.tar.gz").write_bytes(b"wrong")
        with self.assertRaisesRegex(data.DataError, "SHA-256 differs"):
            data.prepare("cifar10", None, self.folder / "downloads", quiet)
        self.assertEqual(list((self.folder / "downloads").iterdir()), [])

    def test_without_the_network_a_folder_of_ones_own_is_named(self):
        published = self.publish("cifar10", {"cifar-10-binary.tar.gz": b"right"})
        (published / "cifar-10-binary.tar.gz").unlink()
        with self.assertRaisesRegex(data.DataError, "--data NAME=FOLDER"):
            data.prepare("cifar10", None, self.folder / "downloads", quiet)

    def test_a_folder_of_ones_own_needs_both_sides(self):
        (self.folder / "train").mkdir()
        with self.assertRaisesRegex(data.DataError, "has no folder test"):
            data.prepare("mnist", self.folder, self.folder / "downloads", quiet)
        (self.folder / "test").mkdir()
        self.assertEqual(data.prepare("mnist", self.folder, self.folder / "downloads", quiet), self.folder)


class StepsTest(WithFolder):
    def setUp(self):
        super().setUp()
        self.program = self.folder / "hashlens"
        self.program.write_text(PROGRAM)
        self.program.chmod(stat.S_IRWXU)
        self.steps = steps.Steps(self.program, "mnist", pathlib.Path("pictures"), self.folder / "out", quiet)
        self.arguments = types.SimpleNamespace(time_budget="1m", sample_database=5, sample_queries=2)

    def calls(self):
        path = self.folder / "hashlens.calls"
        return path.read_text().splitlines() if path.exists() else []

    def test_each_step_runs_once(self):
        figures = steps.all_figures(self.steps, self.arguments)
        called = self.calls()
        self.assertEqual([line.split()[0] for line in called], ["train", "eval", "eval"])
        self.assertIn("--model made-48 --bits 48 --database pictures/train --queries pictures/test", called[1])
        self.assertIn("--baselines", called[2])
        self.assertEqual(steps.all_figures(self.steps, self.arguments), figures)
        self.assertEqual(self.calls(), called)

    def test_a_run_that_was_ended_goes_on_from_its_checkpoint(self):
        # Without a checkpoint there is nothing to go on from.
        (self.folder / "out/model.training").mkdir()
        self.steps.train("1m")
        self.assertNotIn("--resume", self.calls()[0])
        (self.folder / "out/train.json").unlink()
        (self.folder / "out/model.training/checkpoint").touch()
        self.steps.train("1m")
        self.assertIn("--resume", self.calls()[1])
        self.steps.train("1m")
        self.assertEqual(len(self.calls()), 2)

    def test_figures_of_other_options_are_not_taken(self):
        self.steps.train("1m")
        with self.assertRaisesRegex(steps.OtherRunError, "other options"):
            self.steps.train("2m")

    def test_a_failure_has_the_programs_code_and_leaves_no_figures(self):
        (self.folder / "hashlens.fails").touch()
        with self.assertRaises(steps.StepError) as failed:
            self.steps.train("1m")
        self.assertEqual(failed.exception.code, 4)
        self.assertEqual(list((self.folder / "out").iterdir()), [])


def method(name, bits, value, **more):
    return {"name": name, "bits": bits, "map_at_k": value, "expected_map_at_k": value + 0.001, "about": "", **more}


def report(*methods, sample=None):
    side = {"pictures": 1200, "sample_per_class": sample}
    return {"seconds": 90, "command": ["hashlens", "eval"], "report": {"methods": list(methods), "database": side, "queries": side}}


class PageTest(unittest.TestCase):
    figures = {
        "name": "cifar10",
        "train": {"command": ["hashlens", "train"], "report": {"train_seconds": 120, "finish_seconds": 60}},
        "eval": [
            report(method("codes", 12, 0.91), method("codes + re-rank", 12, 0.92), method("features", None, 0.93)),
            report(method("codes", 48, 0.94), method("codes + re-rank", 48, 0.95), method("features", None, 0.93)),
        ],
        "baselines": report(method("LSH", 48, 0.2), method("GIST <untrained>", None, 0.6), sample=50),
    }

    def rows(self, table):
        """The cells of each row, as text."""
        rows = table.replace("</td>", "|").replace("</th>", "|").split("</tr>")
        return [[cell.rsplit(">", 1)[1] for cell in row.split("|")[:-1]] for row in rows if "|" in row]

    def test_values_stand_under_their_length_and_beside_their_network(self):
        rows = {row[0]: row[1:] for row in self.rows(page.map_table(self.figures))}
        self.assertEqual(rows["mAP by the first 1000"], ["network or features", "12 bits", "48 bits"])
        self.assertEqual(rows["hashlens, by code"], ["EfficientNet-Lite0", "0.9100", "0.9400"])
        self.assertEqual(rows["hashlens, code and re-rank"], ["EfficientNet-Lite0", "0.9200", "0.9500"])
        self.assertEqual(rows["Lin et al. 2015, the paper"], ["AlexNet", "0.893", "0.897"])
        self.assertEqual(rows["GreedyHash 2018"], ["AlexNet", "", "0.944"])

    def test_other_methods_stand_best_first(self):
        rows = self.rows(page.baseline_table(self.figures))
        self.assertEqual([row[0] for row in rows[1:]], ["GIST &lt;untrained&gt;", "LSH, 48 bits"])

    def test_the_page_says_machine_sample_and_networks(self):
        busy = {"processor": "a processor", "cores": 2, "load": 1.5}
        text = page.page(busy, "2026-01-02", [page.section(self.figures, ["<svg></svg>"])])
        for words in ("a processor, 2 cores, 2026-01-02", "the machine had other work", "at most 50 of each class", "the paper&#x27;s is AlexNet"):
            self.assertIn(words.replace("&#x27;", "'"), text)
        idle = page.page(busy | {"load": 0.1}, "2026-01-02", [])
        self.assertNotIn("other work", idle)


class CommandTest(unittest.TestCase):
    def test_wrong_words_are_told(self):
        for words, message in ((["--data", "mnist"], "is not NAME=FOLDER"), (["--sets", "mnist,imagenet"], "'imagenet' is not one of mnist, cifar10")):
            done = subprocess.run([sys.executable, BENCH / "paper.py", *words], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()
