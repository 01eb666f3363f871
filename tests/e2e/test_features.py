"""Features stored reduced: by index, by compact, through crashes and full disks, and what is refused."""

import json
import os
import random
import shutil
import signal
import unittest

import numpy

from case import Case
from disk_changes import DiskChanges, count_changes, kill_at_change

KILLS = int(os.environ.get("HASHLENS_KILLS", "10"))
DIM = 32  # of the tiny model


class Features(Case):
    @classmethod
    def setUpClass(cls):
        """A library of 1000 pictures, which each test gets a copy of."""
        super().setUpClass()
        maker = cls("make_library")
        maker.folder = cls.shared
        maker.pictures = cls.shared / "pictures"
        maker.pictures.mkdir()
        maker.library = cls.shared / "test.hashlens"
        maker.make_library()

    def make_library(self):
        for i in range(1000):
            self.save(f"{i:04}.png", seed=i)
        self.index("--batch", "300")

    def setUp(self):
        super().setUp()
        self.pictures = self.shared / "pictures"
        self.whole = self.shared / "test.hashlens"

    def copy(self):
        shutil.rmtree(self.library, ignore_errors=True)
        shutil.copytree(self.whole, self.library)

    def compact(self, form, **options):
        out, err = self.run_program("compact", self.library, "--features", form, "--json", **options)
        return (json.loads(out) if out else None), err.decode()

    def hits(self, *query):
        (result,) = self.json_lines("search", self.library, "--json", *query)
        return [(hit["path"], hit["distance"]) for hit in result["hits"]]

    def features(self):
        self.content()
        return numpy.load(self.folder / "export" / "features.npy").astype(numpy.float64)

    def assert_found(self, *pictures):
        for picture in pictures:
            path, distance = self.hits(self.pictures / picture)[0]
            self.assertTrue(path.endswith(picture), path)
            self.assertLess(distance, 1e-6)

    def test_compact_reduces_and_tells_what_is_lost(self):
        for form, dim, row in (("pca:24", 24, 52), ("int8", DIM, 40)):
            self.copy()
            self.assertEqual((self.info()["features"], self.info()["dim"]), ("full", DIM))
            before = [path for path, _ in self.hits("--id", 5)]
            report, err = self.compact(form)
            reduction = report["reduction"]
            self.assertEqual((reduction["features"], reduction["images"]), (form, 1000))
            self.assertEqual((reduction["dim_before"], reduction["dim_after"]), (DIM, dim))
            self.assertEqual(reduction["bytes_after"], 64 + 1000 * row)
            self.assertEqual((reduction["queries"], reduction["sample"]), (1000, 1000))
            self.assertGreater(reduction["overlap_at_10"], 0.8)
            self.assertLess(reduction["distance_change"], 0.05)
            self.assertIn(f"stored as {form}", err)
            self.assertIn("loss:", err)
            info = self.info()
            self.assertEqual((info["features"], info["dim"], info["model_dim"], info["images"]), (form, dim, DIM, 1000))
            self.assertEqual(info["bytes"]["features"], reduction["bytes_after"])
            self.assertIn(form.encode(), self.run_program("info", self.library)[0])
            self.assertGreater(len(set(before) & {path for path, _ in self.hits("--id", 5)}), 7)
            self.verify()
            self.assert_found("0007.png", "0999.png")
            self.assertEqual(self.features().shape, (1000, dim))

    def test_the_numbers_are_those_that_the_format_says(self):
        self.copy()
        full = self.features()
        self.compact("pca:10")
        (file,) = (self.library / "model").glob("reduction-*.hlr")
        numbers = numpy.frombuffer(file.read_bytes()[24:-4], "<f4").astype(numpy.float64)
        mean, directions = numbers[:DIM], numbers[DIM:].reshape(10, DIM)
        self.assertLess(abs(directions @ directions.T - numpy.eye(10)).max(), 1e-5)
        self.assertLess(abs(full.mean(axis=0) - mean).max(), 1e-5)
        expected = (full - mean) @ directions.T
        self.assertLess(abs(self.features() - expected).max(), 1e-3)
        variances = expected.var(axis=0)
        self.assertTrue((variances[:-1] >= variances[1:] * 0.9999).all())

    def test_the_loss_is_what_a_scan_of_the_features_says(self):
        self.copy()
        self.run_program("model", "fit", self.library, "--method", "pca", "--bits", 16)  # its mean is the library's
        full = self.features()
        report, _ = self.compact("pca:6")
        reduced = self.features()

        def nearest(features):
            centred = features - full.mean(axis=0) if features.shape[1] == DIM else features
            centred /= numpy.linalg.norm(centred, axis=1, keepdims=True)
            cosines = centred @ centred.T
            numpy.fill_diagonal(cosines, -2)
            return numpy.argsort(-cosines, axis=1)[:, :10], numpy.sqrt(2 - 2 * cosines)

        before, distance_before = nearest(full)
        after, distance_after = nearest(reduced)
        overlap = numpy.mean([len(set(a) & set(b)) / 10 for a, b in zip(before, after)])
        change = numpy.abs(numpy.take_along_axis(distance_before - distance_after, before, 1)).mean()
        self.assertAlmostEqual(report["reduction"]["overlap_at_10"], overlap, delta=0.003)
        self.assertAlmostEqual(report["reduction"]["distance_change"], change, delta=0.0005)

    def test_index_reduces_a_new_library_at_its_end(self):
        (report,) = self.json_lines("index", self.library, self.pictures, "--features", "pca:16", "--json")
        self.assertTrue(report["fitted"])
        self.assertEqual(report["reduction"]["features"], "pca:16")
        self.assertEqual((report["added"], report["interrupted"]), (1000, False))
        before = self.content()
        (report,) = self.json_lines("index", self.library, self.pictures, "--features", "pca:16", "--model", self.model, "--json")
        self.assertEqual((report["unchanged"], "reduction" in report), (1000, False))
        self.assertEqual(self.content(), before)
        more = self.folder / "more"
        more.mkdir()
        for i in range(3):
            shutil.copy(self.pictures / f"{i:04}.png", more / f"{i}.png")
        self.run_program("index", self.library, more)
        features = self.features()
        self.assertEqual(features.shape, (1003, 16))
        self.assertTrue((features[:3] == features[1000:]).all())
        self.verify()
        report, err = self.compact("pca:16")  # merges, and has nothing to reduce
        self.assertNotIn("reduction", report)
        self.assertEqual((self.features() == features).all(), True)

    def test_too_few_pictures_stay_full_with_a_word_on_what_to_do(self):
        few = self.folder / "few"
        few.mkdir()
        for i in range(20):
            shutil.copy(self.pictures / f"{i:04}.png", few)
        _, err = self.run_program("index", self.library, few, "--features", "pca:16", exit_code=3)
        self.assertIn(b"pca:16 needs 1000 images", err)
        self.assertIn(b"hashlens compact", err)
        self.assertEqual((self.info()["features"], self.info()["images"]), ("full", 20))
        _, err = self.compact("pca:16", exit_code=2)
        self.assertIn("1000 images", err)
        self.run_program("index", self.library, few, "--features", "int8")
        self.assertEqual(self.info()["features"], "int8")

    def test_forms_that_are_none_are_refused_and_no_library_is_made(self):
        for form in ("pca:0", "pca:x", "pca:", "pca:-3", "pca", "int4", "", "pca:1.5", f"pca:{DIM}", "pca:1280", "pca:99999999999"):
            _, err = self.run_program("index", self.library, self.pictures, "--features", form, exit_code=2)
            self.assertEqual(len(err.strip().splitlines()), 1, err)
            self.assertFalse(self.library.exists())
        self.copy()
        for form in ("pca:0", "int4", f"pca:{DIM}", "pca:1280"):
            self.compact(form, exit_code=2)
        self.assertEqual(self.info()["features"], "full")

    def test_a_reduced_library_takes_no_other_form(self):
        self.copy()
        self.compact("pca:16")
        before = self.content()
        for form in ("full", "int8", "pca:8", "pca:24"):
            for verb in (("compact", self.library), ("index", self.library, self.pictures)):
                _, err = self.run_program(*verb, "--features", form, exit_code=2)
                self.assertIn(b"stored as pca:16", err)
                self.assertEqual(len(err.strip().splitlines()), 1)
        self.assertEqual(self.content(), before)

    def test_another_model_is_refused_and_the_own_one_not(self):
        other = self.folder / "other"
        parts = self.folder / "parts"
        shutil.copytree(os.environ["HASHLENS_TEST_PARTS"], parts)
        weights = bytearray((parts / "network.bin").read_bytes())
        weights[40] ^= 1
        (parts / "network.bin").write_bytes(weights)
        self.run_program("model", "pack", parts, "-o", other, "--name", "other", "--input-size", "32", "--bits", "16,32")
        self.copy()
        self.compact("int8")
        _, err = self.index("--model", other, exit_code=4)
        self.assertIn(b"not of other", err)
        _, err = self.index("--model", self.model)
        self.assertNotIn(b"other codes", err)

    def test_codes_can_be_changed_afterwards(self):
        self.copy()
        self.compact("pca:20")
        for method, bits in (("itq", 16), ("lsh", 64), ("pca", 20)):
            self.run_program("model", "fit", self.library, "--method", method, "--bits", bits)
            self.verify()
            self.assert_found("0100.png")
        _, err = self.run_program("model", "fit", self.library, "--bits", 24, exit_code=2)
        self.assertIn(b"20 dimensions", err)
        self.run_program("remove", self.library, "--id", 4)
        self.run_program("compact", self.library)
        self.assertEqual(self.info()["images"], 999)
        self.verify()

    def test_kill_9_in_the_middle(self):
        self.copy()
        before = self.content()
        compact = ("compact", self.library, "--features", "pca:16")
        whole = count_changes(self, *compact)
        after = self.content()
        generator = random.Random(4)
        self.copy()
        rounds = max(KILLS // 4, 3)
        killed = kept = 0
        for done in range(10 * rounds):
            if done >= rounds and killed > 0 and kept > 0:
                break
            was_killed = kill_at_change(self, generator.randrange(whole), *compact)
            killed += was_killed
            self.verify()
            if self.info()["features"] == "full":
                self.assertTrue(was_killed)
                self.assertEqual(self.content(), before)
                kept += 1
                continue
            self.assertEqual(self.content(), after)
            self.copy()
        self.assertGreater(killed, 0)
        self.assertGreater(kept, 0)
        self.compact("pca:16")
        self.assertEqual(self.content(), after)
        self.assertEqual(len(list((self.library / "model").glob("*.hlr"))), 1)
        self.assertEqual(len(list((self.library / "segments").iterdir())), 2)

    def test_ctrl_c_leaves_the_library_as_it_was(self):
        self.copy()
        before = self.content()
        self.compact("int8")
        after = self.content()
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name):
                self.interrupt_compaction(number, before, after)

    def interrupt_compaction(self, number, before, after):
        """Interrupts one compaction after the other when it has begun to write, until one was not quicker."""
        for _ in range(50):
            self.copy()
            with DiskChanges(self.library) as changes:
                process = self.start("compact", self.library, "--features", "int8")
                if changes.wait_for(lambda path: os.path.basename(path).startswith("reduction-"), process):
                    process.send_signal(number)
                _, err = process.communicate()
            self.verify()
            if process.returncode == 0:
                self.assertEqual(self.content(), after)
                continue
            self.assertEqual(process.returncode, 130, err)
            self.assertIn(b"the library is as it was", err)
            self.assertEqual(self.content(), before)
            self.assertEqual(list((self.library / "model").glob("reduction-*")), [])
            return
        self.fail("no compaction could be interrupted")

    def test_a_full_disk_is_an_error_that_loses_nothing(self):
        disk = self.mount_small_disk("4m")
        self.library = disk / "test.hashlens"
        self.copy()
        before = self.content()
        filler = self.fill_disk(disk)
        for form in ("pca:16", "int8"):
            _, err = self.compact(form, exit_code=5)
            self.assertIn("space", err)
            self.assertEqual(len(err.strip().splitlines()), 1)
        filler.unlink()
        self.assertEqual(self.content(), before)
        self.verify()
        self.compact("pca:16")
        self.assertEqual(self.info()["features"], "pca:16")
        self.verify()


if __name__ == "__main__":
    unittest.main()
