"""`hashlens eval`: figures from coloured pictures in class folders, label files, and what is wrong with them."""

import json
import random
import unittest

from case import Case
from PIL import Image

COLOURS = {"red": (200, 40, 40), "green": (40, 180, 60), "blue": (40, 60, 210)}


def coloured(colour, seed):
    """Noise around one colour."""
    generator = random.Random(seed)
    image = Image.new("RGB", (24, 24))
    image.putdata([tuple(min(255, max(0, c + generator.randrange(-40, 40))) for c in colour) for _ in range(24 * 24)])
    return image


class Eval(Case):
    def setUp(self):
        super().setUp()
        self.database = self.pictures / "database"
        self.queries = self.pictures / "queries"
        for seed, (name, colour) in enumerate(COLOURS.items()):
            for i in range(10):
                self.save(f"database/{name}/{i}.png", image=coloured(colour, 100 * seed + i))
            for i in range(3):
                self.save(f"queries/{name}/{i}.png", image=coloured(colour, 1000 + 100 * seed + i))

    def eval(self, *arguments, database=None, queries=None, exit_code=0):
        return self.run_program("eval", "--database", database or self.database, "--queries", queries or self.queries,
                                *arguments, exit_code=exit_code)

    def eval_json(self, *arguments, exit_code=0, **sides):
        out, _ = self.eval("--json", *arguments, exit_code=exit_code, **sides)
        return json.loads(out)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def test_json_has_the_documented_shape(self):
        report = self.eval_json("--k", 10)
        self.assertEqual(report["version"], 1)
        self.assertEqual(report["model"]["name"], "tiny")
        self.assertEqual(report["model"]["dim"], 32)
        self.assertEqual((report["database"]["pictures"], report["queries"]["pictures"]), (30, 9))
        self.assertEqual((report["classes"], report["multi_label"], report["k"]), (3, False, 10))
        self.assertEqual(report["database_order"], "shuffled")
        self.assertEqual([(m["name"], m["bits"]) for m in report["methods"]],
                         [("codes", 16), ("codes + re-rank", 16), ("codes", 32), ("codes + re-rank", 32), ("features", None)])
        for method in report["methods"]:
            for figure in ("map_at_k", "map_all"):
                self.assertTrue(0 < method[figure] <= 1)
            self.assertEqual([point["k"] for point in method["at"]], [1, 2, 5, 10, 20])
            self.assertEqual(len(method["precision_at_recall"]), 101)
            self.assertFalse(method["baseline"])
            self.assertGreaterEqual(method["search_ms"], 0)
        codes = report["methods"][0]
        self.assertTrue(0 <= codes["empty_radius2"] <= 1)
        self.assertTrue(1 <= codes["distinct_codes"] <= 30)
        self.assertAlmostEqual(codes["map_at_k"], codes["expected_map_at_k"], delta=0.2)
        # Pictures of one colour are alike in any network's eyes.
        self.assertGreater(report["methods"][-1]["map_all"], 0.8)

    def test_the_same_again_gives_the_same(self):
        def figures():
            report = self.eval_json("--bits", 16, "--sample-database", 5, "--sample-queries", 2, "--seed", 3)
            self.assertEqual((report["database"]["pictures"], report["queries"]["pictures"]), (15, 6))
            self.assertEqual(report["database"]["sample_per_class"], 5)
            return [(m["map_at_k"], m["map_all"], m["expected_map_all"], m["at"]) for m in report["methods"]]

        self.assertEqual(figures(), figures())

    def test_label_files_give_what_folders_give(self):
        rows = [(path, path.parent.name) for path in sorted(self.database.glob("*/*.png"))]
        csv = self.write("labels.csv", "path,label\n" + "".join(f"{path},{label}\n" for path, label in rows))
        lines = self.write("labels.jsonl", "".join(json.dumps({"path": f"pictures/database/{label}/{path.name}", "labels": [label]}) + "\n"
                                                   for path, label in rows))
        wanted = self.eval_json()["methods"][0]["map_all"]
        self.assertEqual(self.eval_json(database=csv)["methods"][0]["map_all"], wanted)
        self.assertEqual(self.eval_json(database=lines)["methods"][0]["map_all"], wanted)

    def test_text_is_a_table_and_the_page_stands_alone(self):
        page = self.folder / "eval.html"
        out, err = self.eval("--bits", 32, "--html", page)
        lines = out.decode().splitlines()
        heading = next(i for i, line in enumerate(lines) if line.startswith("method"))
        self.assertIn("mAP@1000", lines[heading])
        self.assertEqual([line.split("  ")[0] for line in lines[heading + 1:]], ["codes", "codes + re-rank", "features"])
        self.assertIn(b"eval.html", err)
        html = page.read_text()
        self.assertEqual(html.count("<polyline"), 3 * 3)  # two charts and the key
        for foreign in ("<script", "http:", "https:", "src="):
            self.assertNotIn(foreign, html)

    def test_baselines_are_in_the_same_table_or_a_note_says_what_the_build_lacks(self):
        report = self.eval_json("--baselines", "--k", 10, "--bits", 16)
        baselines = {m["name"]: m for m in report["methods"] if m["baseline"]}
        notes = "\n".join(report["notes"])
        for name in ("LSH", "PCA signs", "ITQ", "IsoHash", "spherical hashing", "k-d forest", "box tree", "HSV histogram", "GIST", "SIFT words"):
            with self.subTest(name=name):
                if name not in baselines:
                    self.assertIn(name, notes)
                    self.assertIn("tools/setup.sh --baselines", notes)
                    continue
                self.assertTrue(0 < baselines[name]["map_at_k"] <= 1)
                self.assertGreater(baselines[name]["bytes_per_image"], 0)
                self.assertGreater(baselines[name]["search_ms"], 0)
        self.assertEqual(baselines["ITQ"]["bits"], 16)
        if "HSV histogram" in baselines:  # pictures of one colour each: it cannot miss
            self.assertGreater(baselines["HSV histogram"]["map_at_k"], 0.99)

    def test_the_same_pictures_on_both_sides(self):
        report = self.eval_json(queries=self.database)
        self.assertEqual(report["in_both"], 30)

    def test_unreadable_pictures_are_counted_and_too_many_are_an_error(self):
        (self.database / "red" / "broken.png").write_bytes(b"no picture")
        out, err = self.eval("--json", exit_code=3)
        report = json.loads(out)
        self.assertEqual((report["database"]["pictures"], report["database"]["failed"]), (30, 1))
        self.assertIn(b"broken.png", err)
        for i in range(5):
            (self.database / "red" / f"broken{i}.png").write_bytes(b"no picture")
        out, err = self.eval(exit_code=5)
        self.assertEqual(out, b"")
        self.assertIn(b"6 of 36 pictures cannot be read", err)

    def test_what_is_not_there_exits_with_5(self):
        _, err = self.eval(database=self.folder / "nothing", exit_code=5)
        self.assertIn(b"no such file or folder", err)
        _, err = self.eval("--model", self.folder / "nothing", exit_code=5)
        self.assertIn(b"hashlens model list", err)
        labels = self.write("labels.csv", "pictures/database/red/0.png,a\nnowhere.png,b\n")
        _, err = self.eval(database=labels, exit_code=5)
        self.assertIn(b"nowhere.png (line 2)", err)

    def test_labels_that_make_no_sense_exit_with_2(self):
        red = "pictures/database/red/0.png"
        green = "pictures/database/green/0.png"
        for name, text, why in (
            ("broken.csv", f"{red},a\n{green}\n", "broken.csv:2: "),
            ("quote.csv", f'{red},a\n{green},"b\n', "quote.csv:2: "),
            ("broken.jsonl", f'{{"path": "{red}", "label": "a"}}\n{{"path": \n', "broken.jsonl:2: "),
            ("twice.csv", f"{red},a\n{green},b\n{red},b\n", "twice.csv:3: "),
            ("one.csv", f"{red},a\n{green},a\n", "only one label"),
            ("none.csv", "path,label\n", "names no pictures"),
            ("labels.xml", f"{red},a\n{green},b\n", "labels are read from"),
        ):
            with self.subTest(name=name):
                out, err = self.eval(database=self.write(name, text), exit_code=2)
                self.assertEqual(out, b"")
                self.assertIn(why, err.decode())
        (self.database / "empty").mkdir()
        _, err = self.eval(exit_code=2)
        self.assertIn(b"empty: this class folder holds no pictures", err)
        _, err = self.eval(database=self.database / "red", exit_code=2)
        self.assertTrue(err)

    def test_usage_errors_exit_with_2(self):
        for arguments in (("--bits", 64), ("--bits", 7), ("--k", 0), ("--sample-database", 0), ("--no-such-option",), ("extra",)):
            with self.subTest(arguments=arguments):
                out, err = self.eval(*arguments, exit_code=2)
                self.assertEqual(out, b"")
                self.assertTrue(err)
        self.run_program("eval", "--database", self.database, exit_code=2)

    def test_help_has_examples(self):
        out, _ = self.run_program("eval", "--help")
        self.assertIn(b"Example", out)

    def test_a_page_that_cannot_be_written_is_an_error(self):
        _, err = self.eval("--html", "/no/such/folder/x.html", exit_code=5)
        self.assertIn(b"No such file", err)


if __name__ == "__main__":
    unittest.main()
