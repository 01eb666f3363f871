"""What pictures show: `hashlens classify`, and the classifier that a model package keeps."""

import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

import numpy

from case import PARTS, PROGRAM, Case, picture
from databases import datum, write_lmdb
from server import ServeCase, Server

DIM = 32  # of the tiny model
CLASSES = 64  # rows of its directions
LENGTH = 14.1  # of a feature, where it is not known (PackOptions)
NAMES = [f"kind {i}" for i in range(CLASSES)]


def softmax(scores):
    powers = numpy.exp(scores - scores.max())
    return powers / powers.sum()


class WithClasses:
    """The tiny model with a classifier: its directions, other biases, and names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain = cls.model
        cls.parts = cls.shared / "parts"
        cls.parts.mkdir()
        for name in ("network.xml", "network.bin", "directions.f32", "mean.f32"):
            shutil.copy(pathlib.Path(PARTS) / name, cls.parts)
        rows = numpy.fromfile(cls.parts / "directions.f32", "<f4").reshape(CLASSES, DIM)
        mean = cls.mean_feature()
        # Without what all features have in common, so that pictures are of different classes.
        cls.rows = (rows - numpy.outer(rows @ mean, mean) / (mean @ mean)).astype("<f4") * 2
        (cls.parts / "directions.f32").write_bytes(cls.rows.tobytes())
        cls.bias = numpy.linspace(-1, 1, CLASSES, dtype="<f4")
        (cls.parts / "classifier_bias.f32").write_bytes(cls.bias.tobytes())
        nodes = [{"name": name, "id": f"k{i}", "upper": CLASSES + i % 2} for i, name in enumerate(NAMES)]
        cls.nodes = [*nodes, {"name": "even"}, {"name": "odd"}]
        cls.write_classes(cls.parts)
        cls.model = cls.shared / "classes"
        subprocess.run([PROGRAM, "-q", *cls.pack(cls.parts, cls.model)], check=True)

    @classmethod
    def mean_feature(cls):
        some = cls.shared / "some"
        some.mkdir()
        for seed in range(20):
            picture(seed).save(some / f"{seed:02}.png")
        made = subprocess.run([PROGRAM, "-q", "encode", some, "--model", cls.plain, "--feature"], check=True, capture_output=True)
        return numpy.mean([json.loads(line)["feature"] for line in made.stdout.splitlines()], axis=0)

    @staticmethod
    def pack(parts, model):
        return ["model", "pack", parts, "-o", model, "--name", "classes", "--input-size", "32", "--bits", "16,32"]

    @classmethod
    def write_classes(cls, parts, **changes):
        names = {"format": "hashlens-classes", "version": 1, "classes": CLASSES, "nodes": cls.nodes, **changes}
        (parts / "classes.json").write_text(json.dumps(names), encoding="utf-8")


class Classify(WithClasses, Case):
    def classify(self, *arguments, exit_code=0, **options):
        """(lines of JSON, lines on stderr)"""
        out, err = self.run_program("classify", "--json", *arguments, exit_code=exit_code, **options)
        return [json.loads(line) for line in out.splitlines()], err.decode().splitlines()

    def save_some(self, count=5):
        return [self.save(f"{i:02}.png", seed=i) for i in range(count)]

    def test_probabilities_are_the_softmax_of_the_classifiers_rows(self):
        files = self.save_some()
        lines, err = self.classify(self.pictures, "--top", CLASSES)
        self.assertEqual([line["path"] for line in lines], [str(file) for file in files])
        self.assertIn("5 classified in ", err[-1])
        for line, file in zip(lines, files):
            self.assertEqual(sorted(line), ["categories", "path", "version"])
            told = line["categories"]
            self.assertEqual(sorted(category["name"] for category in told), sorted(NAMES))
            self.assertEqual([c["id"] for c in told], ["k" + c["name"].removeprefix("kind ") for c in told])
            by_class = {c["id"]: c["probability"] for c in told}
            given = numpy.array([by_class[f"k{i}"] for i in range(CLASSES)])
            self.assertAlmostEqual(given.sum(), 1, places=5)
            self.assertEqual([c["probability"] for c in told], sorted(given.tolist(), reverse=True))
            # The network's output is length * unit: one length explains all probabilities.
            out, _ = self.run_program("encode", file, "--feature", "-q")
            unit = numpy.float64(json.loads(out)["feature"])
            scores = self.rows.astype(numpy.float64) @ unit
            logs = numpy.log(given) - self.bias
            length, _ = numpy.polyfit(scores, logs, 1)
            self.assertGreater(length, 0)
            self.assertLess(numpy.abs(softmax(length * scores + self.bias) - given).max(), 1e-4)

    def test_a_feature_of_unit_length_counts_as_one_of_the_typical_length(self):
        file = self.save("one.png", seed=1)
        out, _ = self.run_program("encode", file, "--feature", "-q")
        values = json.loads(out)["feature"]
        for factor, length in ((1, LENGTH), (3, 3)):
            features = self.folder / f"{factor}.lmdb"
            write_lmdb(features, [(b"one", datum(DIM, 1, 1, floats=[factor * value for value in values]))])
            (given,), _ = self.classify(features, "--top", CLASSES)
            wanted = softmax(length * (self.rows.astype(numpy.float64) @ numpy.float64(values)) + self.bias)
            by_class = {c["id"]: c["probability"] for c in given["categories"]}
            for i in range(CLASSES):
                self.assertAlmostEqual(by_class[f"k{i}"], wanted[i], places=3)

    def test_text_for_people(self):
        file = self.save("one.png", seed=1)
        (line,), _ = self.classify(file, "--top", "3")
        out, _ = self.run_program("classify", file, "--top", "3", "-q")
        heading, *rows = out.decode().splitlines()
        self.assertEqual(heading, str(file))
        self.assertEqual(rows, [f"  {100 * c['probability']:5.1f} %  {c['name']}" for c in line["categories"]])
        out, _ = self.run_program("classify", file, "-q")
        self.assertEqual(len(out.splitlines()), 1 + 5)

    def test_failures_in_the_middle(self):
        files = self.save_some(3)
        files[1].write_bytes(b"no picture")
        (self.pictures / "notes.txt").write_text("passed over")
        lines, err = self.classify(self.pictures, self.folder / "nosuch.png", exit_code=3)
        self.assertEqual(["error" in line for line in lines], [False, True, False, True])
        self.assertFalse(any("categories" in line and "error" in line for line in lines))
        self.assertEqual(sum(line.startswith("failed: ") for line in err), 2)
        self.assertIn("2 classified, 2 failed, 1 other files passed over in ", err[-1])
        out, err = self.run_program("classify", files[1], exit_code=5)
        self.assertEqual((out, err.decode().splitlines()[-1]), (b"", "hashlens: the only picture could not be classified"))
        empty = self.folder / "empty"
        empty.mkdir()
        _, err = self.run_program("classify", empty, "-q", exit_code=5)
        self.assertEqual(err.decode().splitlines(), [f"hashlens: no pictures in {empty}"])

    def test_labels_are_compared(self):
        files = self.save_some(4)
        best = [line["categories"][0] for line in self.classify(self.pictures, "--top", "1")[0]]
        labels = self.folder / "labels.csv"
        right = [best[0]["name"], best[1]["id"], "something else", best[3]["name"]]
        labels.write_text("path,label\n" + "".join(f"{file},{label}\n" for file, label in zip(files, right)))
        lines, err = self.classify(labels, "--top", "2")
        self.assertEqual([line["label"] for line in lines], right)
        self.assertEqual(err[-1], "of 4 labelled pictures the first category is the label for 75.0 %, one of the first 2 for 75.0 %")

    def test_a_model_without_a_classifier_is_refused(self):
        file = self.save("one.png", seed=1)
        out, err = self.run_program("classify", file, "--model", self.plain, exit_code=2)
        self.assertEqual(out, b"")
        self.assertEqual(err.decode().count("\n"), 1)
        self.assertIn("model tiny has no classifier", err.decode())
        self.assertIn("model list", err.decode())
        out, _ = self.run_program("model", "info", self.plain, "--json")
        self.assertEqual(json.loads(out)["classes"], 0)
        out, _ = self.run_program("model", "info", self.model, "--json")
        self.assertEqual(json.loads(out)["classes"], CLASSES)

    def test_what_is_wrong(self):
        file = self.save("one.png", seed=1)
        for arguments, code, said in (
            ((file, "--top", "0"), 2, "--top"),
            ((file, "--model", "nosuch"), 5, "no such model"),
            ((), 2, "PATH"),
        ):
            _, err = self.run_program("classify", *arguments, exit_code=code)
            self.assertIn(said, err.decode())
        _, err = self.run_program("classify", "-", exit_code=2)
        self.assertIn("no names on standard input", err.decode())

    def test_parts_that_do_not_fit_make_no_model(self):
        for change, code, said in (
            (lambda p: self.write_classes(p, classes=CLASSES - 1), 5, "class names"),
            (lambda p: self.write_classes(p, version=2), 5, "version 2"),
            (lambda p: (p / "classes.json").write_text("{"), 5, "classes.json"),
            (lambda p: (p / "classifier_bias.f32").write_bytes(self.bias[1:].tobytes()), 5, "class names"),
            (lambda p: (p / "classifier_bias.f32").write_bytes((self.bias * numpy.nan).tobytes()), 5, "not finite"),
            (lambda p: (p / "classifier_bias.f32").unlink(), 5, "classifier_bias.f32"),
        ):
            parts = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
            shutil.copytree(self.parts, parts, dirs_exist_ok=True)
            change(parts)
            _, err = self.run_program(*self.pack(parts, self.folder / "made"), exit_code=code)
            self.assertEqual(err.decode().count("\n"), 1, err)
            self.assertIn(said, err.decode())
            self.assertFalse((self.folder / "made").exists())

    def test_a_damaged_classifier_is_found(self):
        file = self.save("one.png", seed=1)
        self.index()
        for name in ("classifier.hlc", "classes.json"):
            broken = self.folder / f"broken-{name}"
            shutil.copytree(self.model, broken)
            data = bytearray((broken / name).read_bytes())
            data[len(data) // 2] ^= 1
            (broken / name).write_bytes(data)
            _, err = self.run_program("classify", file, "--model", broken, exit_code=5)
            self.assertIn(f"{name}: SHA-256 differs", err.decode())
            self.run_program("encode", file, "--model", broken)  # which needs no classifier
        kept = self.library / "model" / "classifier.hlc"
        kept.write_bytes(kept.read_bytes()[:-1])
        self.assertIn(b"classifier.hlc", b"".join(self.run_program("verify", self.library, exit_code=5)))

    def test_ctrl_c_ends_it(self):
        for i in range(200):
            self.save(f"{i:03}.png", image=picture(i, (200, 200)))
        process = self.start("classify", self.pictures, "--json", "-j", 1, bufsize=0)
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        self.assertEqual(process.returncode, 130, err)
        lines = [json.loads(line) for line in (first + out).splitlines()]
        self.assertEqual([line["path"] for line in lines], [str(self.pictures / f"{i:03}.png") for i in range(len(lines))])
        self.assertLess(len(lines), 200)
        self.assertIn("interrupted", err.decode())


class CategoryTags(WithClasses, Case):
    KEY = "hashlens:category"

    def wanted(self, file):
        """The tags of a picture, by numpy: classes of 0.5 or more, and those above them."""
        out, _ = self.run_program("encode", file, "--feature", "-q")
        unit = numpy.float64(json.loads(out)["feature"])
        given = softmax(LENGTH * (self.rows.astype(numpy.float64) @ unit) + self.bias)
        sums = dict(zip(NAMES, given))
        sums["even"], sums["odd"] = given[::2].sum(), given[1::2].sum()
        return sorted(name for name, value in sums.items() if value >= 0.5) or ["unsure"]

    def tags(self):
        """path -> tags"""
        out, _ = self.run_program("list", self.library, "--json")
        return {row["path"]: row["tags"] for row in map(json.loads, out.splitlines())}

    def judged(self, *more):
        out, _ = self.run_program("index", self.library, self.pictures, "--model", self.model, "--categories", "--json", *more)
        return json.loads(out)["categories"]

    def test_likely_classes_become_tags_until_they_are_removed(self):
        files = [self.save(f"{i:02}.png", seed=i) for i in range(12)]
        self.index("--tag", "kind=x")
        self.assertEqual(set(map(json.dumps, self.tags().values())), {'{"kind": ["x"]}'})
        wanted = {str(file): self.wanted(file) for file in files}
        unsure = sum(names == ["unsure"] for names in wanted.values())
        self.assertEqual(self.judged(), {"judged": 12, "unsure": unsure})
        self.assertEqual(self.tags(), {path: {"kind": ["x"], self.KEY: names} for path, names in wanted.items()})
        self.assertEqual(self.judged(), {"judged": 0, "unsure": 0})
        even = [path for path, names in wanted.items() if "even" in names]
        out, _ = self.run_program("list", self.library, "--filter", f"{self.KEY}=even", "--json")
        self.assertEqual([json.loads(line)["path"] for line in out.splitlines()], even)
        out, _ = self.run_program("info", self.library, "--tags")
        self.assertIn(f"{self.KEY}=odd".encode(), out)
        _, err = self.run_program("tag", self.library, "--id", "1", "--add", f"{self.KEY}=even", exit_code=2)
        self.assertIn(b"kept for hashlens", err)
        self.run_program("tag", self.library, "--under", "/", "--remove", self.KEY)
        self.assertEqual(set(map(json.dumps, self.tags().values())), {'{"kind": ["x"]}'})
        self.assertEqual(self.judged()["judged"], 12)
        self.run_program("verify", self.library)

    def test_a_changed_file_is_judged_again(self):
        files = [self.save(f"{i:02}.png", seed=i) for i in range(3)]
        self.assertEqual(self.judged("--tag", "kind=x")["judged"], 3)
        self.save("01.png", seed=77)
        self.index()
        self.assertEqual(self.tags()[str(files[1])], {"kind": ["x"]})
        self.assertEqual(self.judged()["judged"], 1)
        self.assertEqual(self.tags()[str(files[1])], {"kind": ["x"], self.KEY: self.wanted(files[1])})

    def test_a_model_without_a_classifier_makes_no_library(self):
        self.save("one.png", seed=1)
        _, err = self.run_program("index", self.library, self.pictures, "--model", self.plain, "--categories", exit_code=2)
        self.assertIn("--categories: model tiny has no classifier", err.decode())
        self.assertFalse(self.library.exists())


class ServeCategories(WithClasses, ServeCase):
    def test_an_image_of_a_library(self):
        server = self.serve()
        base = "/v1/libraries/test/images/1/categories"
        answer = server.get(f"{base}?top={CLASSES}")
        self.assertEqual((answer.status, answer.json["id"]), (200, 1))
        path = server.get("/v1/libraries/test/images/1").json["path"]
        out, _ = self.run_program("encode", path, "--feature", "-q")
        unit = numpy.float64(json.loads(out)["feature"])
        wanted = softmax(LENGTH * (self.rows.astype(numpy.float64) @ unit) + self.bias)
        told = answer.json["categories"]
        self.assertEqual([c["probability"] for c in told], sorted((c["probability"] for c in told), reverse=True))
        for category in told:
            self.assertAlmostEqual(category["probability"], wanted[int(category["id"].removeprefix("k"))], places=5)
        self.assertEqual(server.get(base).json["categories"], told[:5])
        self.assertEqual(server.get(base + "?top=1").json["categories"], told[:1])
        for wrong, status in (("?top=0", 400), ("?top=x", 400), ("?top=1001", 400), ("?other=1", 400)):
            self.problem(server.get(base + wrong), status)
        self.problem(server.get("/v1/libraries/test/images/99/categories"), 404)

    def test_reduced_features_tell_nearly_the_same(self):
        server = self.serve()
        address = f"/v1/libraries/test/images/1/categories?top={CLASSES}"
        before = {c["id"]: c["probability"] for c in server.get(address).json["categories"]}
        self.run_program("compact", self.library, "--features", "int8")
        answer = self.wait_for(lambda: (made := server.get(address).json["categories"]) and made, "an answer")
        after = {c["id"]: c["probability"] for c in answer}
        self.assertAlmostEqual(sum(after.values()), 1, places=5)
        self.assertLess(sum(abs(after[key] - before[key]) for key in before), 0.3)

    def test_a_model_without_a_classifier(self):
        plain = self.folder / "plain.hashlens"
        self.run_program("index", plain, self.pictures, "--model", self.plain)
        server = Server(self, plain)
        answer = server.get("/v1/libraries/plain/images/1/categories")
        self.problem(answer, 400)
        self.assertIn("has no classifier", answer.json["detail"])


if __name__ == "__main__":
    unittest.main()
