"""The scripts of examples/, on small pictures. The programs there are built by test_install.py."""

import csv
import io
import os
import pathlib
import shutil
import subprocess
import unittest

from case import PROGRAM, Case, picture

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


class Examples(Case):
    def example(self, name, *arguments, exit_code=0, stdin=None):
        """(stdout, stderr) of a script."""
        environment = {**self.environment(), "HASHLENS_PROGRAM": PROGRAM}
        done = subprocess.run(
            [EXAMPLES / name, *map(str, arguments)], env=environment, input=stdin, capture_output=True, text=True, timeout=600
        )
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def test_near_duplicates(self):
        for number in range(6):
            self.save(f"{number}.png")
        self.save("copy of 2.png", seed="2.png")
        self.save("again 2.png", seed="2.png")
        self.index()
        out, _ = self.example("near_duplicates.py", self.library, "--below", "0.001")
        rows = [line.split("\t") for line in out.splitlines()]
        found = {frozenset(pathlib.Path(path).name for path in row[1:]) for row in rows}
        names = ("2.png", "copy of 2.png", "again 2.png")
        self.assertEqual(found, {frozenset((one, other)) for one in names for other in names if one != other})
        self.assertEqual([row[0] for row in rows], ["0.0000"] * 3)
        # A wide limit takes every pair, once, the nearest first.
        out, _ = self.example("near_duplicates.py", self.library, "--below", "3", "-k", "8")
        distances = [float(line.split("\t")[0]) for line in out.splitlines()]
        self.assertEqual(len(distances), 8 * 7 // 2)
        self.assertEqual(distances, sorted(distances))
        self.example("near_duplicates.py", self.folder / "gone", exit_code=5)

    def test_copies_whose_names_are_awkward(self):
        self.save("a.png")
        for name in (b"b\nkeep.txt.png", b"c\td.png", b"e\xff.png"):
            shutil.copy(self.pictures / "a.png", os.fsencode(self.pictures) + b"/" + name)
        self.index()
        program = [EXAMPLES / "near_duplicates.py", self.library, "--below", "0.001"]
        environment = {**self.environment(), "HASHLENS_PROGRAM": PROGRAM}
        done = subprocess.run([*program, "--copies"], env=environment, stdout=subprocess.PIPE, check=True)
        copies = {os.path.basename(path) for path in done.stdout.split(b"\0")[:-1]}
        self.assertEqual(copies, {b"b\nkeep.txt.png", b"c\td.png", b"e\xff.png"})
        done = subprocess.run(program, env=environment, stdout=subprocess.PIPE, check=True)
        rows = [line.split(b"\t") for line in done.stdout.splitlines()]
        self.assertEqual([len(row) for row in rows], [3] * 6)
        self.assertIn(b"b\\nkeep.txt.png", done.stdout)

    def test_folders_to_tags(self):
        for name in ("cat/1.png", "cat/2.png", "big dog/1.png"):
            self.save(name)
        self.example("folders_to_tags.sh", self.library, self.pictures)
        self.example("folders_to_tags.sh", self.library, self.pictures, "kind")
        tags = {pathlib.Path(image["path"]).parent.name: image["tags"] for image in self.json_lines("list", self.library, "--json")}
        self.assertEqual(tags, {name: {"label": [name], "kind": [name]} for name in ("cat", "big dog")})
        self.example("folders_to_tags.sh", exit_code=2)

    def test_contact_sheet(self):
        for number in range(3):
            self.save(f"{number}.png")
        self.index()
        queries = self.folder / "queries"
        queries.mkdir()
        shutil.copy(self.pictures / "1.png", queries / "first one.png")
        picture("new").save(queries / "second.png")
        page = self.folder / "hits.html"
        self.example("contact_sheet.sh", self.library, queries, page)
        text = page.read_text()
        for name in ("first one.png", "second.png", "0.png", "1.png", "2.png"):
            self.assertIn(name, text)

    @unittest.skipUnless(shutil.which("jq"), "jq is not installed; tools/setup.sh --tests brings it")
    def test_compare_models(self):
        for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
            self.save(name, seed=name[0] + str(int(name[2]) % 2))
        out, _ = self.example("compare_models.sh", self.pictures, self.pictures, self.model, self.model)
        heading, *rows = [line.split("\t") for line in out.splitlines()]
        self.assertEqual(heading, ["model", "bits", "mAP@k", "method"])
        self.assertEqual(len(rows) % 2, 0)
        self.assertEqual(rows[: len(rows) // 2], rows[len(rows) // 2 :])
        self.assertIn(["tiny", "16", "codes"], [[row[0], row[1], row[3]] for row in rows])
        self.example("compare_models.sh", self.folder / "gone", self.pictures, self.model, exit_code=5)

    def test_hits_to_csv(self):
        self.save('with, "comma".png')
        self.save("other.png")
        self.index()
        query = self.pictures / 'with, "comma".png'
        out, _ = self.run_program("search", self.library, query, self.folder / "gone.png", "--json", exit_code=3)
        out, err = self.example("hits_to_csv.py", stdin=out.decode())
        heading, first, *_ = csv.reader(io.StringIO(out))
        self.assertEqual(heading, ["query", "rank", "distance", "hamming", "path"])
        self.assertEqual((first[0], first[1], first[3], first[4]), (str(query), "1", "0", str(query)))
        self.assertIn("gone.png", err)


if __name__ == "__main__":
    unittest.main()
