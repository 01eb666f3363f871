"""Features, activations and codes without a library: `hashlens encode`."""

import csv
import json
import os
import pathlib
import signal
import unittest

import h5py
import numpy
from PIL import Image

from case import Case, picture
from databases import datum, read_lmdb, write_hdf5, write_lmdb

DIM = 32  # of the tiny model


def bits_of(code):
    return numpy.unpackbits(numpy.frombuffer(bytes.fromhex(code), numpy.uint8), bitorder="little")


def json_of(file):
    return [json.loads(line) for line in pathlib.Path(file).read_text(encoding="utf-8").splitlines()]


class Encode(Case):
    def encode(self, *arguments, exit_code=0, **options):
        """(lines of JSON, lines on stderr)"""
        out, err = self.run_program("encode", *arguments, exit_code=exit_code, **options)
        return [json.loads(line) for line in out.splitlines()], err.decode().splitlines()

    def save_some(self, count=7):
        return [self.save(f"{i:02}.png", seed=i) for i in range(count)]

    def test_lines_are_what_a_library_has(self):
        files = self.save_some()
        self.index()
        self.run_program("export", self.library, self.folder / "out")
        codes = numpy.load(self.folder / "out/codes.npy")
        features = numpy.load(self.folder / "out/features.npy")
        rows, _ = self.encode(self.pictures, "--feature", "--activations", "--code", "--bits", 32)
        self.assertEqual([row["path"] for row in rows], [str(path) for path in files])
        for row, code, feature in zip(rows, codes, features):
            self.assertEqual(row["version"], 1)
            self.assertEqual(row["code"], code.tobytes().hex())
            self.assertEqual(numpy.float32(row["feature"]).tolist(), feature.astype(numpy.float32).tolist())
            self.assertEqual((numpy.float32(row["activations"]) >= 0.5).tolist(), (bits_of(row["code"]) == 1).tolist())
        (row,), _ = self.encode(files[0], "-q")
        self.assertEqual(sorted(row), ["code", "feature", "path", "version"])
        self.assertEqual(len(bits_of(row["code"])), 32)  # the longest of a model without 128 bits

    def test_formats_agree(self):
        self.save_some()
        self.save("05.png").write_bytes(b"no picture")
        everything = ("--feature", "--activations", "--code")
        lines, _ = self.encode(self.pictures, *everything, exit_code=3)
        self.assertIn("error", lines[5])
        rows = [row for row in lines if "error" not in row]
        paths = [row["path"] for row in rows]
        for part, key in (("--feature", "feature"), ("--activations", "activations")):
            file = self.folder / f"{key}.npy"
            out, _ = self.encode(self.pictures, part, "-o", file, exit_code=3)
            self.assertEqual(out, [])
            array = numpy.load(file)
            self.assertEqual((array.dtype, array.shape[0]), (numpy.float32, 6))
            self.assertEqual(array.tolist(), numpy.float32([row[key] for row in rows]).tolist())
            named = json_of(f"{file}.rows.jsonl")
            self.assertEqual([row["path"] for row in named], paths)
        self.encode(self.pictures, "--code", "-o", self.folder / "code.npy", exit_code=3)
        codes = numpy.load(self.folder / "code.npy")
        self.assertEqual([code.tobytes().hex() for code in codes], [row["code"] for row in rows])
        self.encode(self.pictures, *everything, "-o", self.folder / "all.h5", exit_code=3)
        with h5py.File(self.folder / "all.h5") as file:
            self.assertEqual(sorted(file), ["activations", "code", "feature", "path"])
            self.assertEqual([path.decode() for path in file["path"]], paths)
            self.assertEqual(file["feature"][:].tolist(), numpy.load(self.folder / "feature.npy").tolist())
            self.assertEqual(file["activations"][:].tolist(), numpy.load(self.folder / "activations.npy").tolist())
            self.assertEqual(file["code"][:].tolist(), codes.tolist())
        self.encode(self.pictures, *everything, "-o", self.folder / "all.csv", exit_code=3)
        with open(self.folder / "all.csv", newline="", encoding="utf-8") as file:
            heading, *table = csv.reader(file)
        self.assertEqual(heading[:4], ["path", "label", "code", "activation_0"])
        self.assertEqual([line[0] for line in table], paths)
        self.assertEqual([line[2] for line in table], [row["code"] for row in rows])
        numbers = numpy.float32([[float(text) for text in line[3:]] for line in table])
        self.assertEqual(numbers.tolist(), numpy.float32([row["activations"] + row["feature"] for row in rows]).tolist())
        self.encode(self.pictures, *everything, "-o", self.folder / "all.jsonl", exit_code=3)
        self.assertEqual(json_of(self.folder / "all.jsonl"), lines)
        self.encode(self.pictures, "-o", self.folder / "f.lmdb", exit_code=3)
        records = read_lmdb(self.folder / "f.lmdb")
        self.assertEqual([key.decode() for key, _ in records], [f"{i:010}_{path}" for i, path in enumerate(paths)])
        for (_, value), row in zip(records, rows):
            self.assertEqual(value, datum(DIM, 1, 1, floats=row["feature"]))
        self.run_program("index", self.library, self.folder / "f.lmdb", "--bits", "16")  # features that it takes

    def test_failures_in_the_middle_leave_the_order_as_it_is(self):
        files = self.save_some(4)
        files[1].write_bytes(b"no picture")
        (self.pictures / "notes.txt").write_text("passed over")
        rows, err = self.encode(files[3], files[1], self.folder / "nosuch.png", self.pictures, files[0], "--code", exit_code=3)
        named = [files[3], files[1], self.folder / "nosuch.png", *files, files[0]]
        self.assertEqual([row["path"] for row in rows], [str(path) for path in named])
        self.assertEqual(["error" in row for row in rows], [False, True, True, False, True, False, False, False])
        self.assertEqual(rows[0]["code"], rows[6]["code"])
        failed = [line for line in err if line.startswith("failed: ")]
        self.assertEqual(len(failed), 3, err)
        self.assertIn(f"failed: {self.folder}/nosuch.png: ", failed[1])
        self.assertIn("1 other files passed over", err[-1])
        _, err = self.encode(files[1], "--code", exit_code=5)
        self.assertEqual(err[-1], "hashlens: the only picture could not be encoded")
        _, err = self.encode(files[1], files[1], "-o", self.folder / "x.npy", exit_code=5)
        self.assertEqual(err[-1], "hashlens: none of 2 pictures could be encoded; nothing was written")
        empty = self.folder / "empty"
        empty.mkdir()
        _, err = self.encode(empty, "-q", exit_code=5)
        self.assertEqual(err, [f"hashlens: no pictures in {empty}"])
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["empty", "pictures"])

    def test_what_makes_no_sense_gets_one_line(self):
        (file,) = self.save_some(1)
        self.index()
        out = self.folder / "out.npy"
        for arguments, code, said in (
            ((file, "-o", self.folder / "out.xyz"), 2, "there are .jsonl, .csv, .npy, .h5 and .lmdb"),
            ((file, "--code", "--feature", "-o", out), 2, "holds one of feature, activations and code"),
            ((file, "-o", self.folder / "nosuch/out.npy"), 5, "nosuch"),
            ((file, "--model", self.folder / "nosuch"), 5, "no such model"),
            ((file, "--bits", "64"), 2, "only 16, 32"),
            ((file, "--feature", "--bits", "16"), 2, "--bits is of codes and activations"),
            ((file, "--layer", "nosuch"), 2, "near it are "),
            ((file, "--layer", "image", "--code"), 2, "codes and activations are of the model's feature"),
            ((file, "--dataset", "data"), 2, "a dataset can only be chosen in an HDF5 file, and no path is one"),
            ((file, "--root", file.parent), 2, "a root is only for the relative paths of a list"),
            ((file, "--root", ""), 2, "--root: an empty value names nothing"),
            ((file, "--dataset", ""), 2, "--dataset: an empty value names nothing"),
            ((file, "--layer", ""), 2, "--layer: an empty value names nothing"),
            ((file, "-o", ""), 2, "--output: an empty value names nothing"),
            ((file, "--model", ""), 2, "--model: an empty value names nothing"),
            (("",), 2, "an empty value names nothing"),
            ((self.library,), 2, "`hashlens export`"),
            (("-",), 2, "no names on standard input"),
            ((), 2, "PATH is required"),
        ):
            with self.subTest(said=said):
                rows, err = self.encode(*arguments, "-q", exit_code=code)
                self.assertEqual(rows, [])
                self.assertEqual(len(err), 1, err)
                self.assertIn(said, err[0])
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["pictures", "test.hashlens"])

    def test_nothing_that_is_there_is_overwritten(self):
        (file,) = self.save_some(1)
        for name in ("out.npy", "out.npy.rows.jsonl", "out.h5", "out.csv"):
            (self.folder / name).write_bytes(b"mine")
            target = name.removesuffix(".rows.jsonl")
            _, err = self.encode(file, "--code", "-o", self.folder / target, "-q", exit_code=2)
            self.assertIn(f"{name}: already there", err[0])
            self.assertEqual((self.folder / name).read_bytes(), b"mine")
            (self.folder / name).unlink()

    def test_a_full_disk_leaves_nothing(self):
        disk = self.mount_small_disk("2m")
        files = self.save_some(3)
        self.fill_disk(disk)
        for name in ("out.npy", "out.h5", "out.csv", "out.lmdb"):
            _, err = self.encode(*files, "--feature", "-o", disk / name, "-q", exit_code=5)
            self.assertEqual(len(err), 1, err)
            self.assertIn(f"{disk / name}: No space left on device; free some space", err[0])
            self.assertEqual([path.name for path in disk.iterdir()], ["filler"])

    def test_labels_come_along(self):
        files = self.save_some(4)
        write_lmdb(self.folder / "db", [(b"%d" % i, datum(data=path.read_bytes(), label=i, encoded=True)) for i, path in enumerate(files)])
        (self.folder / "list.txt").write_text("pictures/00.png 3\npictures/nosuch.png 1\npictures/03.png 0\n")
        (self.folder / "labels.csv").write_text("path,labels\npictures/01.png,cat;dog\npictures/02.png,cat\n")
        rows, _ = self.encode(self.folder / "db", self.folder / "list.txt", self.folder / "labels.csv", files[0], exit_code=3)
        self.assertEqual([row.get("label") for row in rows], ["0", "1", "2", "3", "3", "1", "0", None, "cat", None])
        self.assertEqual(rows[7]["labels"], ["cat", "dog"])
        self.assertEqual(rows[0]["path"], str(self.folder / "db/0"))
        self.assertEqual(rows[0]["code"], rows[4]["code"])
        names = self.folder / "names.txt"
        names.write_text("a\nb\nc\nd\n")
        rows, _ = self.encode(self.folder / "db", "--label-names", names)
        self.assertEqual([row["label"] for row in rows], list("abcd"))
        self.encode(files[0], self.folder / "db", "-o", self.folder / "out.h5", "--code")
        with h5py.File(self.folder / "out.h5") as file:
            self.assertEqual(file["label"][:].tolist(), [-1, 0, 1, 2, 3])
        features = numpy.random.default_rng(1).normal(size=(5, DIM)).astype(numpy.float32)
        write_hdf5(self.folder / "f.h5", features=features)
        rows, _ = self.encode(self.folder / "f.h5", "--feature", "--code")
        unit = features / numpy.linalg.norm(features, axis=1, keepdims=True)
        numpy.testing.assert_allclose([row["feature"] for row in rows], unit, atol=1e-3)

    def test_names_on_stdin_and_names_that_are_odd(self):
        self.save("a\nb.png", seed=1)
        odd = os.fsencode(self.pictures) + b"/\xff.png"
        self.save("c.png", seed=2).rename(pathlib.Path(os.fsdecode(odd)))
        rows, _ = self.encode("-0", "-", "--code", stdin=os.fsencode(self.pictures / "a\nb.png") + b"\0" + odd + b"\0")
        self.assertEqual(rows[0]["path"], str(self.pictures / "a\nb.png"))
        self.assertEqual(bytes.fromhex(rows[1]["path_hex"]), odd)
        self.encode(self.pictures, "--code", "-o", self.folder / "out.npy")
        named = json_of(self.folder / "out.npy.rows.jsonl")
        self.assertEqual([row["path"] for row in named], [row["path"] for row in rows])

    def test_damage_is_told(self):
        whole = self.save("whole.jpg", image=Image.effect_noise((64, 64), 80), quality=95)
        half = self.pictures / "half.jpg"
        half.write_bytes(whole.read_bytes()[: -whole.stat().st_size // 8])
        (row,), err = self.encode(half)
        self.assertIn("damaged", row)
        self.assertTrue(any(line.startswith("damaged: ") for line in err), err)
        (row,), _ = self.encode(half, "--strict", exit_code=5)
        self.assertIn("error", row)

    def test_an_interrupted_run_keeps_whole_rows(self):
        for i in range(200):
            self.save(f"{i:03}.png", image=picture(i, (200, 200)))
        process = self.start("encode", self.pictures, "-j", 1, bufsize=0)
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        self.assertEqual(process.returncode, 130, err)
        rows = [json.loads(line) for line in (first + out).splitlines()]
        self.assertEqual([row["path"] for row in rows], [str(self.pictures / f"{i:03}.png") for i in range(len(rows))])
        self.assertLess(len(rows), 200)
        out = self.folder / "out.npy"
        process = self.start("encode", self.pictures, "-o", out, "-j", 1)
        beside = f"out.npy.tmp-{process.pid}-*"
        self.wait_while_running(process, lambda: any(self.folder.glob(beside)), "the file is begun")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        self.assertEqual(process.returncode, 130, err)
        if out.exists():  # some pictures were done by then
            array = numpy.load(out)
            self.assertEqual(len(json_of(self.folder / "out.npy.rows.jsonl")), len(array))
            self.assertLess(len(array), 200)
            self.assertIn(f"interrupted; wrote {len(array)} picture".encode(), err)
        else:
            self.assertIn(b"interrupted; nothing was written", err)
        self.assertEqual([path.name for path in self.folder.iterdir() if "tmp" in path.name], [])

    def test_what_a_killed_run_left_goes_with_the_next(self):
        for i in range(200):
            self.save(f"{i:03}.png", image=picture(i, (200, 200)))
        for name in ("out.npy", "out.h5", "out.lmdb"):
            out = self.folder / name
            process = self.start("encode", self.pictures, "-o", out, "-j", 1)
            beside = f"{name}.tmp-{process.pid}-*"
            self.wait_while_running(process, lambda: any(self.folder.glob(beside)), "the file is begun")
            process.kill()
            process.communicate()
            self.assertTrue(any(self.folder.glob(beside)))
            self.encode(self.pictures / "000.png", "-o", out)
            self.assertEqual([path.name for path in self.folder.iterdir() if "tmp" in path.name], [])

    def test_a_closed_pipe_ends_it(self):
        self.save_some(20)
        read, write = os.pipe()
        os.close(read)
        process = self.start("encode", self.pictures, "-q", stdout=write)
        os.close(write)
        process.communicate()
        self.assertNotEqual(process.returncode, 0)

    def test_progress_is_told_and_quiet_is_quiet(self):
        files = self.save_some(3)
        _, err = self.encode(*files)
        self.assertTrue(err[-1].startswith("3 encoded in "), err)
        _, err = self.encode(*files, "-q")
        self.assertEqual(err, [])


if __name__ == "__main__":
    unittest.main()
