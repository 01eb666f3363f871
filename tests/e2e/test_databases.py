"""Databases and lists in the places of pictures: index, search, train, eval and convert."""

import json
import os
import pathlib
import random
import signal
import unittest

import h5py
import numpy
from PIL import Image

from case import DEADLINE_S, Case, heed_permissions, picture
from databases import datum, raw, read_lmdb, write_hdf5, write_leveldb, write_lmdb

COLOURS = {0: (200, 40, 40), 3: (40, 180, 60), 12: (40, 60, 210)}


def coloured(colour, seed):
    """Noise around one colour."""
    generator = random.Random(seed)
    image = Image.new("RGB", (24, 24))
    image.putdata([tuple(min(255, max(0, c + generator.randrange(-40, 40))) for c in colour) for _ in range(24 * 24)])
    return image


class Databases(Case):
    """Twelve pictures as PNG files, with labels 0 and 1."""

    def setUp(self):
        super().setUp()
        self.images = [picture(i) for i in range(12)]
        self.files = [self.save(f"{i:08}.png", image=image) for i, image in enumerate(self.images)]
        self.database = self.folder / "db"

    def raw_records(self):
        return [(f"{i:08}".encode(), raw(image, i % 2)) for i, image in enumerate(self.images)]

    def encoded_records(self):
        return [(f"{i:08}".encode(), datum(data=path.read_bytes(), label=i % 2, encoded=True)) for i, path in enumerate(self.files)]

    def index_database(self, *arguments, library=None, exit_code=0, database=None):
        out, err = self.run_program("index", library or self.library, database or self.database, *arguments, "--json", exit_code=exit_code)
        return (json.loads(out) if out else None), err

    def hits(self, library):
        """For each picture file its hits: names and distances."""
        rows = self.json_lines("search", library, *self.files, "-k", 12, "--json")
        return [[(pathlib.Path(hit["path"]).name.removesuffix(".png"), hit["hamming"], hit["distance"]) for hit in row["hits"]] for row in rows]

    def assert_finds_what_files_find(self):
        other = self.folder / "files.hashlens"
        self.run_program("index", other, self.pictures)
        report, _ = self.index_database()
        self.assertEqual((report["added"], report["failed"]), (12, 0))
        found = self.hits(self.library)
        self.assertEqual(found, self.hits(other))
        self.assertEqual([row[0][0] for row in found], [path.stem for path in self.files])
        tags = self.json_lines("info", self.library, "--tags", "--json")
        self.assertEqual(json.dumps(tags).count('"label"'), 2)
        self.assertEqual(len(self.json_lines("list", self.library, "--filter", "label=1", "--json")), 6)
        self.verify()
        report, _ = self.index_database()
        self.assertEqual((report["added"], report["unchanged"]), (0, 12))

    def test_lmdb_of_raw_pixels(self):
        write_lmdb(self.database, self.raw_records())
        self.assert_finds_what_files_find()

    def test_lmdb_of_encoded_pictures(self):
        write_lmdb(self.database, self.encoded_records())
        self.assert_finds_what_files_find()

    def test_leveldb(self):
        write_leveldb(self.database, self.raw_records())
        names = sorted(path.name for path in self.database.iterdir())
        self.assert_finds_what_files_find()
        self.assertEqual(sorted(path.name for path in self.database.iterdir()), names)

    def test_hdf5_of_pictures(self):
        self.database = self.folder / "set.h5"
        pixels = numpy.stack([numpy.asarray(image)[:, :, ::-1].transpose(2, 0, 1) for image in self.images])
        write_hdf5(self.database, data=pixels.astype(numpy.float32), label=numpy.arange(12, dtype=numpy.float32) % 2)
        library = self.folder / "hdf5.hashlens"
        report, _ = self.index_database(library=library)
        self.assertEqual(report["added"], 12)
        (row,) = self.json_lines("search", library, self.files[7], "-k", 1, "--json")
        self.assertEqual(row["hits"][0]["path"], str(self.database / "7"))
        self.assertAlmostEqual(row["hits"][0]["distance"], 0, places=6)
        write_hdf5(self.folder / "other.h5", pictures=pixels, y=numpy.arange(12))
        report, _ = self.index_database("--dataset", "pictures", "--labels", "y", database=self.folder / "other.h5")
        self.assertEqual(report["added"], 12)
        self.assertEqual(len(self.json_lines("list", self.library, "--filter", "label=11", "--json")), 1)

    def test_features_need_no_network(self):
        features = numpy.random.default_rng(1).normal(size=(30, 32)).astype(numpy.float32)
        write_hdf5(self.folder / "f.h5", features=features)
        report, _ = self.index_database(database=self.folder / "f.h5")
        self.assertEqual((report["added"], report["network_seconds"]), (30, 0))
        write_lmdb(self.database, [(b"%d" % i, datum(32, 1, 1, label=5, floats=row)) for i, row in enumerate(features)])
        report, _ = self.index_database()
        self.assertEqual(report["added"], 30)
        (row,) = self.json_lines("search", self.library, "--id", 8, "-k", 2, "--json")
        self.assertEqual({hit["path"] for hit in row["hits"]}, {str(self.folder / "f.h5/7"), str(self.database / "7")})
        write_hdf5(self.folder / "wrong.h5", features=features[:, :31])
        report, err = self.index_database(database=self.folder / "wrong.h5", exit_code=3)
        self.assertEqual((report["added"], report["failed"]), (0, 30))
        self.assertIn(b"wrong.h5/0: ", err)

    def test_lists_are_of_files(self):
        (self.pictures / "a").mkdir()
        self.files[0].rename(self.pictures / "a/with blank.png")
        lines = ["a/with blank.png 0"] + [f"{path.name} {i % 2}" for i, path in enumerate(self.files) if i > 0]
        names = self.folder / "names.txt"
        names.write_text("even\nodd\n")
        self.database = self.folder / "train.txt"
        self.database.write_text("\n".join(lines) + "\n")
        report, _ = self.index_database("--root", self.pictures, "--label-names", names)
        self.assertEqual((report["added"], report["tagged"]), (12, 12))
        odd = self.json_lines("list", self.library, "--filter", "label=odd", "--json")
        self.assertEqual([row["path"] for row in odd], [str(path) for path in self.files[1::2]])
        self.assertEqual(len(self.info()["roots"]), 1)
        self.database.write_text("\n".join(lines + ["nosuch.png 1"]) + "\n")
        report, err = self.index_database("--root", self.pictures, "--label-names", names, exit_code=3)
        self.assertEqual((report["added"], report["unchanged"]), (0, 12))
        self.assertIn(b"nosuch.png", err)
        self.database.write_bytes(b"\xef\xbb\xbf" + "\n".join(lines + ["no label", "7"]).encode())
        report, err = self.index_database("--root", self.pictures, "--label-names", names, exit_code=3)
        self.assertEqual((report["added"], report["unchanged"], report["failed"]), (0, 12, 2))
        self.assertIn(b"train.txt:13: the label, which comes last, is not a whole number: label", err)
        self.assertIn(b"train.txt:14: a line is a path, a blank and a label", err)
        self.assertNotIn(b"hashlens failures", err)
        # A folder is no picture, and a list without numbers says why it is none; three labels want three names.
        self.database.write_text("\n".join([*lines, "a 1"]) + "\n")
        report, err = self.index_database("--root", self.pictures, "--label-names", names, exit_code=3)
        self.assertEqual((report["added"], report["unchanged"], report["failed"]), (0, 12, 1))
        self.assertIn(b"a folder; a list names pictures", err)
        self.database.write_text("\n".join([*lines[1:], "a/with blank.png 2"]) + "\n")
        report, err = self.index_database("--root", self.pictures, "--label-names", names, exit_code=3)
        self.assertIn(b"has no name for the label 2", err)
        self.database.write_text(self.files[1].name + " odd\n")
        report, err = self.index_database(exit_code=3)
        self.assertIn(b"train.txt:1: the label, which comes last, is not a whole number: odd", err)

    def test_names_of_labels_and_keys(self):
        keys = [b"00000000_a/b c.jpg", b"00000001_100%", b"\x00\xff", "ü".encode()]
        records = self.raw_records()
        write_lmdb(self.database, [(key, records[i][1]) for i, key in enumerate(keys)])
        names = self.folder / "names.txt"
        names.write_text("cat\ndog\n")
        self.index_database("--label-names", names, "--tag", "set=train")
        rows = self.json_lines("list", self.library, "--filter", "label=dog", "--filter", "set=train", "--json")
        paths = {row["path"] for row in self.json_lines("list", self.library, "--json")}
        self.assertEqual(paths, {f"{self.database}/{name}" for name in ("00000000_a/b c.jpg", "00000001_100%25", "%00%FF", "ü")})
        self.assertEqual(len(rows), 2)
        _, err = self.index_database("--label-names", self.folder / "nosuch.txt", exit_code=5)
        self.assertIn(b"nosuch.txt", err)

    def test_what_changed_is_replaced_and_broken_records_are_named(self):
        records = self.raw_records()
        write_lmdb(self.database, records[:6])
        self.index_database()
        records[0] = (records[0][0], raw(picture("other"), 0))
        records[7] = (records[7][0], b"no Datum")
        records[8] = (records[8][0], datum(3, 24, 24, b"short", 1))
        records[9] = (records[9][0], datum(data=b"no picture", label=1, encoded=True))
        write_lmdb(self.database, records)
        report, err = self.index_database(exit_code=3)
        self.assertEqual((report["added"], report["replaced"], report["unchanged"], report["failed"]), (4, 1, 5, 3))
        self.assertIn(f"{self.database}/00000007: not a Datum".encode(), err)
        self.assertIn(f"{self.database}/00000008: data has 5 values in the place of 1728".encode(), err)
        self.assertIn(f"{self.database}/00000009: ".encode(), err)

    def test_a_label_takes_the_place_of_the_one_before(self):
        records = self.raw_records()
        write_lmdb(self.database, records[:4])
        self.index_database("--tag", "set=train")
        changed = [(key, raw(picture(f"{i}"), 7)) for i, (key, _) in enumerate(records[:4])]
        write_lmdb(self.database, [records[0], *changed[1:]])
        self.index_database()
        rows = self.json_lines("list", self.library, "--filter", "label=7", "--filter", "set=train", "--json")
        self.assertEqual(len(rows), 3)
        everything = self.json_lines("list", self.library, "--json")
        self.assertTrue(all(len(row["tags"]["label"]) == 1 for row in everything), everything)

    def test_broken_records_are_listed_until_they_are_whole(self):
        records = self.raw_records()
        write_lmdb(self.database, [records[0], (records[1][0], b"no Datum")])
        _, err = self.index_database(exit_code=3)
        self.assertIn(b"`hashlens failures", err)
        (failure,) = self.json_lines("failures", self.library, "--json")
        self.assertEqual(failure["path"], f"{self.database}/{records[1][0].decode()}")
        write_lmdb(self.database, records[:2])
        report, _ = self.index_database()
        self.assertEqual((report["added"], report["failed"]), (1, 0))
        self.assertEqual(self.json_lines("failures", self.library, "--json"), [])

    def test_options_of_what_is_not_there_are_refused(self):
        write_lmdb(self.database, self.raw_records()[:2])
        for options, said in ((("--root", self.pictures), b"a root"), (("--exclude", "*.png"), b"exclude"), (("--dataset", "x"), b"a dataset")):
            with self.subTest(options=options):
                _, err = self.index_database(*options, exit_code=2)
                self.assertIn(said, err)
        _, err = self.index_database("--label-names", self.folder / "names.txt", database=self.pictures, exit_code=2)
        self.assertIn(b"names of labels", err)
        self.assertFalse(self.library.exists())

    def test_a_long_key_is_a_picture_like_others(self):
        self.database = self.folder / "level"
        write_leveldb(self.database, [(b"\x01" * 2000, datum(data=self.files[0].read_bytes(), label=1, encoded=True)),
                                      (b"b", datum(data=self.files[1].read_bytes(), label=1, encoded=True))])
        report, _ = self.index_database()
        self.assertEqual((report["added"], report["failed"]), (2, 0))

    def test_a_list_of_hdf5_files_stands_for_them(self):
        features = numpy.random.default_rng(1).normal(size=(30, 32)).astype(numpy.float32)
        for number in range(3):
            write_hdf5(self.folder / f"{number}.h5", features=features[number * 10:number * 10 + 10])
        self.database = self.folder / "train_h5_list.txt"
        self.database.write_text(f"0.h5\n\n {self.folder}/1.h5 \n2.h5\n")
        report, _ = self.index_database("--dataset", "features")
        self.assertEqual((report["added"], report["failed"]), (30, 0))
        paths = {row["path"] for row in self.json_lines("list", self.library, "--json")}
        self.assertEqual(paths, {str(self.folder / f"{file}.h5/{row}") for file in range(3) for row in range(10)})
        self.database.write_text("0.h5\nnone.h5\n")
        _, err = self.index_database(exit_code=5)
        self.assertIn(b"none.h5", err)

    def test_hdf5_leads_to_no_other_file_and_labels_are_what_they_are(self):
        pixels = numpy.zeros((3, 8, 8), numpy.uint8)
        write_hdf5(self.folder / "other.h5", secret=pixels)
        with h5py.File(self.folder / "soft.h5", "w") as file:
            file["away"] = h5py.ExternalLink("other.h5", "/secret")
            file["data"] = h5py.SoftLink("/away")
        _, err = self.index_database(database=self.folder / "soft.h5", exit_code=2)
        self.assertIn(b"dataset data: ", err)
        self.assertFalse(self.library.exists())
        write_hdf5(self.folder / "large.h5", data=pixels, label=numpy.array([5, 2**63, 2**64 - 1], "u8"))
        _, err = self.index_database(database=self.folder / "large.h5", exit_code=5)
        self.assertIn(b"9223372036854775808 is over", err)

    def test_damage_is_one_line_and_makes_no_library(self):
        write_lmdb(self.database, self.raw_records())
        data = self.database / "data.mdb"
        whole = data.read_bytes()
        for name, text, code, why in (
            ("empty", b"", 2, "data.mdb: not an LMDB"),
            ("other", b"x" * 20_000, 2, "data.mdb: not an LMDB"),
            ("short", whole[:4200], 5, "data.mdb: "),
            ("newer", whole[:20] + b"\x02" + whole[21:], 5, "data format 2"),
        ):
            with self.subTest(name=name):
                data.write_bytes(text)
                _, err = self.index_database(exit_code=code)
                self.assertIn(why, err.decode())
                self.assertEqual(len(err.splitlines()), 1, err)
                self.assertFalse(self.library.exists())
        data.write_bytes(whole[: len(whole) // 2])
        _, err = self.index_database(exit_code=5)
        self.assertIn(b"data.mdb: ", err)
        (self.folder / "broken.h5").write_bytes(b"no HDF5")
        _, err = self.index_database(database=self.folder / "broken.h5", exit_code=5)
        self.assertIn(b"broken.h5: not an HDF5 file", err)
        _, err = self.index_database("--dataset", "x", exit_code=2)
        self.assertIn(b"a dataset can only be chosen in an HDF5 file, and no path is one", err)

    def test_a_read_only_database_stays_as_it_is(self):
        write_lmdb(self.database, self.raw_records())
        (self.database / "lock.mdb").unlink()
        before = (self.database / "data.mdb").read_bytes()
        os.chmod(self.database, 0o555)
        self.addCleanup(os.chmod, self.database, 0o755)
        self.index_database()
        self.run_program("index", self.folder / "other.hashlens", self.database, preexec_fn=heed_permissions)
        self.assertEqual([path.name for path in self.database.iterdir()], ["data.mdb"])
        self.assertEqual((self.database / "data.mdb").read_bytes(), before)


class LabelledDatabases(Case):
    """The same labelled pictures in class folders and in databases."""

    def setUp(self):
        super().setUp()
        self.records = {"database": [], "queries": []}
        for label, colour in COLOURS.items():
            for side, count in (("database", 10), ("queries", 3)):
                for i in range(count):
                    path = self.save(f"{side}/{label}/{i}.png", image=coloured(colour, f"{side} {label} {i}"))
                    self.records[side].append((f"{label:02}_{i:04}".encode(), datum(data=path.read_bytes(), label=label, encoded=True)))

    def eval(self, database, queries, *arguments, exit_code=0):
        out, err = self.run_program("eval", "--database", database, "--queries", queries, "--k", 10, "--json", *arguments, exit_code=exit_code)
        return (json.loads(out) if out else None), err

    @staticmethod
    def figures(report):
        return [(m["name"], m["bits"], m["expected_map_at_k"] if m["bits"] else m["map_all"]) for m in report["methods"]]

    def test_eval_gives_the_figures_of_folders(self):
        wanted, _ = self.eval(self.pictures / "database", self.pictures / "queries")
        write_lmdb(self.folder / "lmdb", self.records["database"])
        write_leveldb(self.folder / "leveldb", self.records["queries"])
        report, _ = self.eval(self.folder / "lmdb", self.folder / "leveldb")
        self.assertEqual((report["database"]["pictures"], report["queries"]["pictures"]), (30, 9))
        for got, want in zip(self.figures(report), self.figures(wanted), strict=True):
            self.assertEqual(got[:2], want[:2])
            self.assertAlmostEqual(got[2], want[2], places=9)
        report, _ = self.eval(self.folder / "lmdb", self.folder / "lmdb")
        self.assertEqual(report["in_both"], 30)

    def test_eval_reads_hdf5_and_lists(self):
        pixels, labels = [], []
        for label in COLOURS:
            for path in sorted((self.pictures / "database" / str(label)).iterdir()):
                pixels.append(numpy.asarray(Image.open(path)))
                labels.append(label)
        write_hdf5(self.folder / "set.h5", data=numpy.stack(pixels), label=numpy.array(labels))
        lines = [f"{label}/{i}.png {label}" for label in COLOURS for i in range(3)]
        (self.folder / "queries.txt").write_text("\n".join(lines))
        wanted, _ = self.eval(self.pictures / "database", self.pictures / "queries")
        report, _ = self.eval(self.folder / "set.h5", self.folder / "queries.txt", "--root", self.pictures / "queries")
        self.assertEqual(report["database"]["pictures"], 30)
        for got, want in zip(self.figures(report), self.figures(wanted), strict=True):
            self.assertAlmostEqual(got[2], want[2], places=9)
        _, err = self.eval(self.folder / "set.h5", self.folder / "queries.txt", exit_code=5)
        self.assertIn(b"pictures are not there", err)
        (self.folder / "list.txt").write_text("set.h5\n")
        _, err = self.eval(self.folder / "list.txt", self.folder / "queries.txt", exit_code=2)
        self.assertIn(b"a list of HDF5 files", err)

    def test_eval_counts_broken_records(self):
        records = self.records["database"]
        records[3] = (records[3][0], b"no Datum")
        records[5] = (records[5][0], datum(data=b"no picture", label=0, encoded=True))
        write_lmdb(self.folder / "lmdb", records)
        report, err = self.eval(self.folder / "lmdb", self.pictures / "queries", exit_code=3)
        self.assertEqual((report["database"]["pictures"], report["database"]["failed"]), (28, 2))
        self.assertIn(b"lmdb/00_0003: not a Datum", err)
        self.assertIn(b"lmdb/00_0005: ", err)

    def test_convert_and_back(self):
        out = self.folder / "out"
        stdout, err = self.run_program("convert", self.pictures / "database", "-o", out, "--json")
        self.assertEqual(json.loads(stdout)["written"], 30)
        self.assertEqual([path.name for path in out.iterdir()], ["data.mdb"])
        records = read_lmdb(out)
        paths = [path for label in sorted(map(str, COLOURS)) for path in sorted((self.pictures / "database" / label).iterdir())]
        self.assertEqual([key for key, _ in records], [f"{i:08}_{path.name}".encode() for i, path in enumerate(paths)])
        for (_, value), path in zip(records, paths, strict=True):
            self.assertEqual(value, datum(data=path.read_bytes(), label=int(path.parent.name), encoded=True)[6:])
        wanted, _ = self.eval(self.pictures / "database", self.pictures / "queries")
        report, _ = self.eval(out, self.pictures / "queries")
        for got, want in zip(self.figures(report), self.figures(wanted), strict=True):
            self.assertAlmostEqual(got[2], want[2], places=9)
        _, err = self.run_program("convert", self.pictures / "database", "-o", out, exit_code=2)
        self.assertIn(b"already there", err)
        (self.pictures / "database/0").rename(self.pictures / "database/cat")
        (self.pictures / "database/cat/broken.png").write_bytes(b"")
        stdout, err = self.run_program("convert", self.pictures / "database", "-o", self.folder / "named", "--json", exit_code=3)
        self.assertEqual(json.loads(stdout)["classes"], ["12", "3", "cat"])
        self.assertIn(b"broken.png", err)

    def test_an_interrupted_convert_leaves_nothing(self):
        big = self.folder / "big"
        for label in range(2):
            (big / str(label)).mkdir(parents=True)
            for i in range(100):  # 3 GB, of which nothing is on the disk: writing them takes seconds
                with open(big / str(label) / f"{i}.png", "wb") as file:
                    file.truncate(1 << 24)
        names = lambda: {path.name for path in self.folder.iterdir()}
        before = names()
        process = self.start("convert", big, "-o", self.folder / "out")
        self.wait_while_running(process, lambda: names() != before, "the folder that is written")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=DEADLINE_S)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn(b"nothing was written", err)
        self.assertEqual(names(), before)


if __name__ == "__main__":
    unittest.main()
