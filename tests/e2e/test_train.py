"""hashlens train: a small real training that must beat LSH, interruptions, full disks and input that makes no sense."""

import fcntl
import json
import math
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import unittest

import numpy
from PIL import Image, ImageDraw

from case import Case, PROGRAM
from databases import datum, write_lmdb

BACKBONE = pathlib.Path(os.environ["HASHLENS_DEPS"]) / "models/efficientnet-lite0-parts/weights.safetensors"
DEFAULT_MODEL = pathlib.Path(PROGRAM).parent.parent / "share/hashlens/models/efficientnet-lite0"
SHAPES = ("circle", "cross", "ring", "square", "star", "triangle")


def points(shape, x, y, size, turn):
    corners = {"square": 4, "star": 10, "triangle": 3}[shape]
    radius = lambda i: size * (0.4 if shape == "star" and i % 2 else 1)
    angle = lambda i: turn + 2 * math.pi * i / corners
    return [(x + radius(i) * math.cos(angle(i)), y + radius(i) * math.sin(angle(i))) for i in range(corners)]


def drawn(shape, seed, side=64):
    """One shape of any colour, size and place, on a background of any colours: only the shape tells the class."""
    generator = random.Random(f"{shape} {seed}")
    colour = lambda: tuple(generator.randrange(256) for _ in range(3))
    image = Image.new("RGB", (4, 4))
    image.putdata([colour() for _ in range(16)])
    image = image.resize((side, side), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    size = generator.uniform(0.2, 0.35) * side
    x, y = (generator.uniform(size, side - size) for _ in range(2))
    box = (x - size, y - size, x + size, y + size)
    fill = colour()
    if shape == "circle":
        draw.ellipse(box, fill=fill)
    elif shape == "ring":
        draw.ellipse(box, outline=fill, width=max(2, int(size / 3)))
    elif shape == "cross":
        draw.rectangle((x - size, y - size / 4, x + size, y + size / 4), fill=fill)
        draw.rectangle((x - size / 4, y - size, x + size / 4, y + size), fill=fill)
    else:
        draw.polygon(points(shape, x, y, size, generator.uniform(0, 2 * math.pi)), fill=fill)
    return image


def mean_average_precision(codes, labels, queries):
    """Of each query's ranking of all other rows by Hamming distance; equally near ones in a fixed random order."""
    order = numpy.random.default_rng(1).permutation(len(codes))
    total = 0
    for query in queries:
        rows = order[(order != query) & ~numpy.isin(order, queries)]
        distance = numpy.unpackbits(codes[rows] ^ codes[query], axis=1).sum(axis=1)
        relevant = (labels[rows] == labels[query])[numpy.argsort(distance, kind="stable")]
        precision = numpy.cumsum(relevant) / numpy.arange(1, len(relevant) + 1)
        total += (precision * relevant).sum() / relevant.sum()
    return total / len(queries)


class Train(Case):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "data"
        self.output = self.folder / "made"
        self.backbone = BACKBONE

    def draw(self, count, shapes=SHAPES, folder="data", first=0):
        for shape in shapes:
            (self.folder / folder / shape).mkdir(parents=True, exist_ok=True)
            for seed in range(first, first + count):
                drawn(shape, seed).save(self.folder / folder / shape / f"{seed:03}.png")

    def arguments(self, *more):
        return ("train", self.data, "-o", self.output, "--backbone", self.backbone, *map(str, more))

    def train(self, *more, exit_code=0):
        return self.run_program(*self.arguments("--image-size", 32, "--batch", 16, *more), exit_code=exit_code)

    def codes_of(self, model, fit=()):
        """Codes and classes of all drawn pictures, and which rows are queries."""
        library = self.folder / f"{pathlib.Path(model).name}.hashlens"
        self.run_program("index", library, self.folder / "data", self.folder / "queries", "--model", model)
        if fit:
            self.run_program("model", "fit", library, *fit)
        out = self.folder / f"{library.name}-export"
        self.run_program("export", library, out)
        paths = [pathlib.Path(json.loads(line)["path"]) for line in (out / "images.jsonl").read_text().splitlines()]
        labels = numpy.array([path.parent.name for path in paths])
        queries = numpy.array([i for i, path in enumerate(paths) if path.parent.parent.name == "queries"])
        return numpy.load(out / "codes.npy"), labels, queries

    def test_a_small_training_beats_lsh(self):
        self.assertTrue(DEFAULT_MODEL.exists(), f"{DEFAULT_MODEL} is not there: run `make model`")
        self.draw(60)
        self.draw(10, folder="queries", first=1000)
        out, err = self.run_program(*self.arguments("--image-size", 64, "--epochs", 12, "--bits", "12,48", "--json"))
        report = json.loads(out)
        self.assertEqual([head["bits"] for head in report["heads"]], [12, 48])
        self.assertEqual(len(report["epochs"]), 12)
        self.assertLess(report["epochs"][-1]["loss"], report["epochs"][0]["loss"])
        self.assertEqual(report["pictures"] + report["held_out"], 360)
        self.assertEqual(json.loads(pathlib.Path(f"{self.output}.json").read_text()), report)
        self.assertIn("<svg", pathlib.Path(f"{self.output}.html").read_text())
        self.assertIn(b"epoch 12", err)
        self.assertFalse(pathlib.Path(f"{self.output}.training").exists())

        lsh = mean_average_precision(*self.codes_of(DEFAULT_MODEL, fit=("--method", "lsh", "--bits", "48")))
        for bits in (12, 48):
            trained = mean_average_precision(*self.codes_of(f"{self.output}-{bits}"))
            print(f"mAP: {bits} trained bits {trained:.3f}, 48 bits by LSH {lsh:.3f}")
            self.assertGreater(trained, lsh + 0.15)
        (judged,) = self.json_lines("eval", "--model", f"{self.output}-48", "--database", self.data, "--queries",
                                    self.folder / "queries", "--json")
        self.assertEqual(judged["database"]["pictures"], 360)
        told = self.json_lines("classify", self.folder / "queries", "--model", f"{self.output}-48", "--top", "1", "--json")
        right = sum(row["categories"][0]["name"] == pathlib.Path(row["path"]).parent.name for row in told)
        print(f"classes: {right} of {len(told)} right")
        self.assertGreater(right, len(told) / 2)  # of 6 classes

        network = pathlib.Path(f"{self.output}-48") / "network.bin"
        data = bytearray(network.read_bytes())
        data[len(data) // 2] ^= 1
        network.write_bytes(data)
        _, err = self.run_program("index", self.library, self.data, "--model", f"{self.output}-48", exit_code=5)
        self.assertIn(b"network.bin", err)
        self.assertFalse(self.library.exists())

    def test_kill_9_and_ctrl_c_and_resume(self):
        self.draw(12, SHAPES[:3])
        more = ("--image-size", 32, "--batch", 8, "--epochs", 12, "--checkpoint-every", 0.3)
        process = self.start(*self.arguments(*more))
        checkpoint = pathlib.Path(f"{self.output}.training/checkpoint")
        self.wait_while_running(process, checkpoint.exists, "the first checkpoint")
        process.kill()
        process.communicate()
        self.assertEqual(process.returncode, -signal.SIGKILL)
        self.assertTrue(checkpoint.exists())
        self.assertFalse(self.output.exists())
        _, err = self.run_program(*self.arguments(*more), exit_code=2)
        self.assertIn(b"--resume", err)
        with open(checkpoint.parent / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for resume in ((), ("--resume",)):
                _, err = self.run_program(*self.arguments(*more, *resume), exit_code=5)
                self.assertIn(b"another process is training", err)
        _, err = self.run_program(*self.arguments(*more, "--resume", "--erase", 0.1), exit_code=2)
        self.assertIn(b"--erase", err)

        of_the_killed = checkpoint.stat().st_ino
        process = self.start(*self.arguments(*more, "--resume"))
        self.wait_while_running(process, lambda: checkpoint.stat().st_ino != of_the_killed, "a checkpoint of the resumed run")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=600)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn(b"--resume goes on from", err)
        self.assertFalse(self.output.exists())
        self.run_program(*self.arguments(*more, "--resume"))
        report = json.loads(pathlib.Path(f"{self.output}.json").read_text())
        self.assertEqual([epoch["epoch"] for epoch in report["epochs"]], list(range(1, 13)))
        self.run_program("index", self.library, self.data, "--model", self.output)
        self.assertEqual(self.info()["images"], 36)
        _, err = self.run_program(*self.arguments(*more), exit_code=2)
        for name in (b"made;", b"made.html", b"made.json"):
            self.assertIn(name, err)
        self.assertEqual(len(err.splitlines()), 1)

    def start_and_wait_for_a_checkpoint(self, *more, **options):
        process = self.start(*self.arguments("--image-size", 32, "--batch", 8, "--checkpoint-every", 0, *more), **options)
        checkpoint = pathlib.Path(f"{self.output}.training/checkpoint")
        self.wait_while_running(process, checkpoint.exists, "the first checkpoint")
        return process

    def test_what_comes_to_be_meanwhile_is_left_and_nothing_is_lost(self):
        self.draw(12, SHAPES[:2])
        more = ("--epochs", 6, "--bits", "12,20")
        process = self.start_and_wait_for_a_checkpoint(*more)
        other = pathlib.Path(f"{self.output}-20/notes.txt")
        with self.paused(process):
            other.parent.mkdir()
            other.write_text("mine")
        _, err = process.communicate(timeout=600)
        self.assertEqual(process.returncode, 2, err)
        self.assertIn(b"made-20: came to be", err.splitlines()[-1])
        self.assertEqual(other.read_text(), "mine")
        resume = self.arguments("--image-size", 32, "--batch", 8, *more, "--resume")
        _, err = self.run_program(*resume, exit_code=2)
        self.assertIn(b"already there: " + os.fsencode(other.parent) + b"; move it away", err)

        other.unlink()
        other.parent.rmdir()
        package = pathlib.Path(f"{self.output}-12/model.json")
        written = package.stat().st_mtime_ns
        killed = pathlib.Path(f"{self.output}-20.tmp-0")
        killed.mkdir()
        (killed / "network.bin").write_bytes(b"half")
        self.run_program(*resume)
        self.assertEqual(package.stat().st_mtime_ns, written)
        self.assertFalse(killed.exists())
        self.assertEqual(sorted(path.name for path in self.folder.iterdir() if "made" in path.name),
                         ["made-12", "made-20", "made.html", "made.json"])

    def test_the_report_takes_nobodys_place(self):
        self.draw(12, SHAPES[:2])
        process = self.start_and_wait_for_a_checkpoint("--epochs", 6)
        page = pathlib.Path(f"{self.output}.html")
        with self.paused(process):
            page.write_text("mine")
        _, err = process.communicate(timeout=600)
        self.assertEqual(process.returncode, 2, err)
        self.assertIn(b"made.html: came to be", err)
        self.assertEqual(page.read_text(), "mine")
        self.assertFalse(pathlib.Path(f"{self.output}.json").exists())
        page.unlink()
        self.run_program(*self.arguments("--image-size", 32, "--batch", 8, "--epochs", 6, "--resume"))
        self.assertIn("<svg", page.read_text())

    def test_signals_that_are_ignored_stay_so(self):
        def ignore():
            for number in (signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)

        self.draw(8, SHAPES[:2])
        process = self.start_and_wait_for_a_checkpoint("--epochs", 4, preexec_fn=ignore)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGHUP):
            with self.paused(process):
                process.send_signal(number)
        _, err = process.communicate(timeout=600)
        self.assertEqual(process.returncode, 0, err)

    def test_a_full_disk_keeps_the_last_good_checkpoint(self):
        disk = self.mount_small_disk("90m")
        self.output = disk / "made"
        self.draw(8, SHAPES[:2])
        _, err = self.train("--epochs", 3, "--bits", "12,20", exit_code=5)  # a checkpoint takes 54 MB, two do not fit
        self.assertIn(b"no checkpoint this time", err)
        self.assertIn(b"space", err)
        self.assertTrue((disk / "made.training/checkpoint").exists())
        subprocess.run(["mount", "-o", "remount,size=400m", disk], check=True)
        self.train("--epochs", 3, "--bits", "12,20", "--resume")
        self.assertTrue((disk / "made-12").exists() and (disk / "made-20").exists())

    def test_labels_teach_a_library_new_codes(self):
        self.draw(30)
        self.run_program("index", self.library, self.data, "--model", DEFAULT_MODEL)
        fit = ("model", "fit", self.library, "--supervised")
        (report,) = self.json_lines(*fit, self.data, "--bits", 64, "--json")
        self.assertEqual((report["pictures"] + report["held_out"], report["classes"]), (180, 6))
        self.assertGreater(report["map_after"], report["map_before"])
        self.assertEqual(self.info()["bits"], 64)
        self.verify()
        before = self.content()
        out, err = self.run_program(*fit, self.data, "--bits", 8, "--loss", "ssdh", "--dry-run", "--json")
        tried = json.loads(out)
        self.assertEqual(tried["map_before"], report["map_after"])
        self.assertLess(tried["map_after"], tried["map_before"])
        warning = b"worse than the old ones: %.4f, and it was %.4f" % (tried["map_after"], tried["map_before"])
        self.assertIn(warning, err)
        self.assertEqual(self.content(), before)
        before = self.content()
        shutil.copytree(self.data / "star", self.data / "stars")
        _, err = self.run_program(*fit, self.data, exit_code=2)
        self.assertIn(b'class "stars"', err)
        _, err = self.run_program(*fit, self.folder / "nosuch.csv", exit_code=5)
        self.assertIn(b"nosuch.csv", err)
        self.run_program(*fit, self.data, "--method", "lsh", exit_code=2)
        self.assertEqual(self.content(), before)

    def test_nothing_held_out_is_nothing_measured(self):
        self.draw(8, SHAPES[:2])
        out, err = self.train("--epochs", 1, "--holdout", 0, "--bits", "12,20", "--json")
        report = json.loads(out)
        self.assertEqual(report["held_out"], 0)
        self.assertEqual([epoch["held_out_accuracy"] for epoch in report["epochs"]], [None])
        self.assertEqual([(head["method"], head["latent_map"], head["refit_map"]) for head in report["heads"]],
                         [("latent-refit", None, None)] * 2)
        self.assertEqual(err.count(b"nothing is held out"), 1, err)
        self.assertIn(b"held out -", err)
        page = pathlib.Path(f"{self.output}.html").read_text()
        self.assertNotIn("pictures held out", page)
        self.assertEqual(page.count("<polyline"), 3)  # the key, accuracy and loss
        self.assertEqual(page.count("<circle"), 2)  # one epoch: a line of one point shows nothing
        self.assertEqual(re.findall(r'text-anchor="middle">([\d.]+)<', page), ["0", "1"] * 2)

        # The same network, other codes.
        _, err = self.run_program("index", self.library, self.data, "--model", f"{self.output}-12")
        self.assertNotIn(b"keeps its own", err)
        _, err = self.run_program("index", self.library, self.data, "--model", f"{self.output}-20")
        self.assertIn(b"keeps its own, which `hashlens model fit` changes", err)
        self.assertEqual(self.info()["bits"], 12)

    def test_data_that_makes_no_sense(self):
        def refused(expected, *more, exit_code=2):
            _, err = self.train("--epochs", 1, *more, exit_code=exit_code)
            self.assertIn(expected, err)
            self.assertEqual(len(err.strip().splitlines()), 1, err)
            self.assertEqual([path.name for path in self.folder.iterdir() if "made" in path.name], [])

        refused(b"data", exit_code=5)
        self.draw(4, SHAPES[:1])
        refused(b"only one class")
        (self.data / "empty").mkdir()
        refused(b"empty")
        (self.data / "empty").rmdir()
        self.draw(4, SHAPES[1:2])
        (self.data / SHAPES[0] / "broken.png").write_bytes(b"broken")
        refused(b"over a tenth")
        (self.data / SHAPES[0] / "broken.png").unlink()
        refused(b"--bits", "--bits", "7")
        refused(b"--bits", "--bits", "12,12")
        for option, value in (("--bits", "12,,48"), ("--bits", ""), ("--image-size", "32,"), ("--epochs", ""), ("--rate", "x"),
                              ("--checkpoint-every", "nan"), ("--checkpoint-every", "inf"), ("--checkpoint-every", ""),
                              ("--checkpoint-every", "-1"), ("--seed", 2**64)):
            _, err = self.run_program(*self.arguments(option, value), exit_code=2)
            self.assertIn(option.encode(), err)
        refused(b"checkpoint to resume from", "--resume", exit_code=5)
        refused(b"no device", "--device", "TPU")
        for option, value in (("--seed", -1), ("--input-size", 0), ("--time-budget", "1m")):
            _, err = self.train("--epochs", 1, option, value, exit_code=2)
            self.assertIn(option.encode(), err)
        for name in ("ma\nde", "made" * 60, os.fsdecode(b"made\xff")):
            _, err = self.run_program("train", self.data, "-o", self.folder / name, exit_code=2)
            self.assertIn(b"--output", err)
            self.assertEqual(len(err.splitlines()), 1)
        _, err = self.run_program("train", ".", "-o", "made", exit_code=2, cwd=self.data)
        self.assertIn(b"--output made: lies in .", err)
        self.backbone = self.folder / "nosuch"
        refused(b"nosuch", exit_code=5)
        self.backbone = BACKBONE

        rows = [f"data/{shape}/{i:03}.png,{shape}" for shape in SHAPES[:2] for i in range(4)]
        self.data = self.folder / "labels.csv"
        self.data.write_text("\n".join(rows + ["data/nosuch.png,cross"]))
        refused(b"(line 9)", exit_code=5)
        self.data.write_text("\n".join(rows + ["data/circle/001.png,circle,more"]))
        refused(b"labels.csv:9")
        self.data = self.folder / "labels.jsonl"
        self.data.write_text('{"path": "data/circle/001.png", "label": "circle"}\n{"path": "data/cr')
        refused(b"labels.jsonl:2")

    def test_several_labels_a_picture_and_one_unreadable(self):
        self.draw(12, SHAPES[:3])
        (self.data / "circle/broken.png").write_bytes(b"broken")
        lines = [{"path": f"data/{shape}/{i:03}.png", "labels": [shape, "even"] if i % 2 == 0 else [shape]}
                 for shape in SHAPES[:3] for i in range(12)]
        lines.append({"path": "data/circle/broken.png", "labels": ["circle"]})
        self.data = self.folder / "labels.jsonl"
        self.data.write_text("\n".join(map(json.dumps, lines)))
        out, err = self.train("--epochs", 1, "--loss", "csq", "--mirror", "--bits", "20", "--json", exit_code=3)
        self.assertIn(b"left out: ", err)
        report = json.loads(out)
        self.assertEqual(report["classes"], ["circle", "cross", "even", "ring"])
        self.assertEqual(report["pictures"] + report["held_out"], 36)
        self.run_program("index", self.library, self.folder / "data/ring", "--model", self.output)
        self.assertEqual(self.info()["bits"], 20)
        told = self.json_lines("classify", self.folder / "data/ring", "--model", self.output, "--top", "10", "--json")
        for row in told:
            self.assertEqual(sorted(c["name"] for c in row["categories"]), report["classes"])
            self.assertAlmostEqual(sum(c["probability"] for c in row["categories"]), 1, places=5)

    def test_a_database_in_the_place_of_folders(self):
        self.draw(12, SHAPES[:2])
        records = [(f"{label}_{i:04}".encode(), datum(data=path.read_bytes(), label=label, encoded=True))
                   for label, shape in enumerate(SHAPES[:2]) for i, path in enumerate(sorted((self.data / shape).iterdir()))]
        write_lmdb(self.folder / "lmdb", records + [(b"x", b"no Datum"), (b"y", datum(data=b"no picture", label=1, encoded=True))])
        self.data = self.folder / "lmdb"
        out, err = self.train("--epochs", 1, "--bits", "20", "--json", exit_code=3)
        report = json.loads(out)
        self.assertEqual((report["classes"], report["pictures"] + report["held_out"]), (["0", "1"], 24))
        self.assertIn(b"left out: " + os.fsencode(self.data / "x") + b": not a Datum", err)
        self.assertIn(b"left out: " + os.fsencode(self.data / "y") + b": ", err)
        self.run_program("index", self.library, self.data, "--model", self.output, exit_code=3)
        self.assertEqual(self.info()["images"], 24)
        (report,) = self.json_lines("model", "fit", self.library, "--supervised", self.data, "--bits", 16, "--json")
        self.assertEqual(report["pictures"] + report["held_out"], 24)


if __name__ == "__main__":
    unittest.main()
