"""Filters of search, list and remove, what a library holds, and a query on standard input."""

import datetime
import io
import json
import os
import pathlib
import pty
import re
import shlex
import subprocess
import time
import unittest

from case import Case, PROGRAM, picture


class Filters(Case):
    def setUp(self):
        super().setUp()
        for i in range(12):
            self.save(f"{'ab'[i % 2]}/{i:02}.png", seed=i)

    def names(self, *filters, verb="list"):
        arguments = ("search", self.library, "--id", 1, "-k", 50) if verb == "search" else ("list", self.library)
        found = [row["path"] for row in self.rows(arguments, filters)]
        return sorted("/".join(pathlib.Path(path).parts[-2:]) for path in found)

    def rows(self, arguments, filters):
        rows = self.json_lines(*arguments, *filters, "--json")
        return rows[0]["hits"] if arguments[0] == "search" else rows

    def expect(self, names, *filters):
        for verb in ("list", "search"):
            self.assertEqual(self.names(*filters, verb=verb), sorted(names), (verb, filters))

    def all_of(self, folder):
        return [f"{folder}/{i:02}.png" for i in range(12) if "ab"[i % 2] == folder]

    def test_labels_are_tags(self):
        self.index()
        for folder in sorted(self.pictures.iterdir()):
            self.run_program("index", self.library, folder, "--tag", f"label={folder.name}")
        self.expect(self.all_of("a"), "--filter", "label=a")
        self.expect([], "--filter", "label=a", "--filter", "label=b")
        (result,) = self.json_lines("search", self.library, "--id", 2, "-k", 3, "--filter", "label=a", "--json")
        self.assertEqual((result["images"], len(result["hits"])), (6, 3))
        (tags,) = self.json_lines("info", self.library, "--tags", "--json")
        self.assertEqual(tags["distinct_tags"], 2)
        self.assertEqual(tags["tags"], [{"key": "label", "value": v, "images": 6} for v in "ab"])
        self.run_program("index", self.library, self.pictures / "b" / "01.png", "--tag", "label=one", "--tag", "with=Zoe")
        out, _ = self.run_program("info", self.library, "--tags", "--limit", 3)
        self.assertEqual(out.decode().split("\n")[-2], "and 1 more; --limit 4 shows all")

    def test_under_takes_folders_and_files_any_of_several(self):
        self.index()
        self.expect(self.all_of("a"), "--under", self.pictures / "a")
        self.expect(self.all_of("a") + ["b/03.png"], "--under", self.pictures / "a", "--under", self.pictures / "b" / "03.png")
        self.expect(self.all_of("a") + self.all_of("b"), "--under", self.folder)
        for missing in (self.pictures / "c", "/nowhere"):
            for verb in (("search", self.library, "--id", 1), ("list", self.library), ("remove", self.library)):
                out, err = self.run_program(*verb, "--under", missing, exit_code=5)
                self.assertEqual((out, err.count(b"\n")), (b"", 1))
                self.assertIn(b"nothing of it is in the library", err)
        self.run_program("list", self.library, "--under", "", exit_code=2)
        out, _ = self.run_program("list", self.library, "--under", "a", "--paths", cwd=self.pictures)
        self.assertEqual(len(out.splitlines()), 6)

    def test_added_since(self):
        self.index()
        before = max(row["added_at_ms"] for row in self.json_lines("list", self.library, "--json"))
        self.wait_for(lambda: time.time_ns() // 1_000_000 > before, "the next millisecond")
        self.save("c/new.png", seed=99)
        self.index()
        old = self.all_of("a") + self.all_of("b")
        for everything in ("1h", "7d", "2w", "1970-01-01", "2001-02-03T04:05", "2001-02-03T04:05:06"):
            self.expect(old + ["c/new.png"], "--added-since", everything)
        tomorrow = datetime.date.today() + datetime.timedelta(days=1)
        self.expect([], "--added-since", tomorrow.isoformat())
        now = datetime.datetime.now()
        self.expect(old + ["c/new.png"], "--added-since", (now - datetime.timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M"))
        for nonsense in ("", "yesterday", "7", "d", "-7d", "7dd", "2026-02-30", "2026-13-01", "2026-01-01T25:00", "99999999999999d", "0x7d"):
            out, err = self.run_program("list", self.library, "--added-since", nonsense, exit_code=2)
            self.assertEqual((out, err.count(b"\n")), (b"", 1), nonsense)

    def test_remove_takes_the_same_filters(self):
        self.index("--tag", "kind=x")
        self.run_program("remove", self.library, "--under", self.pictures / "a", "--filter", "kind=none")
        self.assertEqual(self.info()["images"], 12)
        self.run_program("remove", self.library, "--under", self.pictures / "a", "--filter", "kind=x")
        self.assertEqual(self.names(), self.all_of("b"))
        self.run_program("remove", self.library, "--added-since", "1h")
        self.assertEqual(self.names(), [])

    def test_list_says_what_is_there(self):
        self.index("--tag", "kind=x", "--tag", "kind=y")
        rows = self.json_lines("list", self.library, "--json")
        self.assertEqual([row["id"] for row in rows], list(range(1, 13)))
        row = rows[0]
        self.assertEqual(row["bytes"], os.path.getsize(row["path"]))
        self.assertEqual((row["width"], row["height"], row["format"], row["tags"]), (24, 24, "png", {"kind": ["x", "y"]}))
        self.assertLess(abs(row["added_at_ms"] / 1000 - time.time()), 3600)
        self.assertEqual(len(self.json_lines("list", self.library, "--json", "--limit", 5)), 5)
        out, _ = self.run_program("list", self.library, "--paths", "-0")
        self.assertEqual(out.split(b"\0")[:-1], [os.fsencode(row["path"]) for row in rows])
        out, _ = self.run_program("list", self.library)
        self.assertEqual(len(out.splitlines()), 13)
        self.assertIn(b"24x24", out)
        self.assertIn(b"kind=y", out)
        # What is listed needs no codes.
        next(self.library.glob("segments/*.codes")).unlink()
        self.run_program("list", self.library)

    def test_odd_names_are_listed_safely(self):
        odd = self.save("odd\x1b[31m\n.png", image=picture(77))
        self.index()
        out, _ = self.run_program("list", self.library, "--under", odd)
        self.assertNotIn(b"\x1b", out)
        self.assertEqual(len(out.splitlines()), 2)

    def test_a_query_on_standard_input(self):
        self.index()
        file = self.pictures / "a" / "04.png"
        page = self.folder / "hits.html"
        out, _ = self.run_program("search", self.library, "-", "--json", "--html", page, stdin=file.read_bytes())
        result = json.loads(out)
        self.assertEqual((result["query"], result["hits"][0]["path"]), ("-", str(file)))
        self.assertLess(result["hits"][0]["distance"], 1e-5)
        self.assertEqual(page.read_text().count("data:image/jpeg;base64,"), 11)
        out, _ = self.run_program("search", self.library, file, "-", "--id", 3, "--json", stdin=file.read_bytes())
        by_file, by_bytes, by_id = map(json.loads, out.splitlines())
        self.assertEqual(by_file["hits"], by_bytes["hits"])
        self.assertEqual(by_id["query"], "id:3")

    def test_a_page_of_both_stages(self):
        self.index()
        page = self.folder / "hits.html"
        query = ("search", self.library, "--id", 5, "-k", 4)
        (before,) = self.json_lines(*query, "--no-rerank", "--json")
        out, _ = self.run_program(*query, "--json", "--html", page, "--stages")
        (after,) = map(json.loads, out.splitlines())
        text = page.read_text()
        by_code, by_feature = text.split("<h3>")[1:]
        for part, result in ((by_code, before), (by_feature, after)):
            listed = re.findall(r'<figure title="([^"]+)"', part)
            self.assertEqual(listed, [hit["path"] for hit in result["hits"]])
        ranks = {hit["id"]: hit["rank"] for hit in before["hits"]}
        for hit, words in zip(after["hits"], re.findall(r"bits differ; ([^<]+)<", by_feature), strict=True):
            expected = f"{ranks[hit['id']]}. by code" if hit["id"] in ranks else "not among the first 4 by code"
            self.assertEqual(words, expected)
        (bits,) = re.findall(r"its code, (\d+) bits", text)
        self.assertEqual(text.count('width="1" height="1"'), int(bits))
        _, err = self.run_program("search", self.library, "--id", 5, "--stages", exit_code=2)
        self.assertIn(b"--html", err)

    def test_standard_input_that_is_no_picture(self):
        self.index()
        for bytes_, exit_code in ((b"", 5), (b"no picture", 5)):
            _, err = self.run_program("search", self.library, "-", stdin=bytes_, exit_code=exit_code)
            self.assertEqual((err[:13], err.count(b"\n")), (b"hashlens: -: ", 1))
        whole = io.BytesIO()
        picture(1, (300, 300)).save(whole, "bmp")
        _, err = self.run_program("search", self.library, "-", "--max-bytes", 1000, stdin=whole.getvalue(), exit_code=2)
        self.assertIn(b"over the limit of 1000 bytes", err)
        _, err = self.run_program("search", self.library, "-", "-", exit_code=2)
        self.assertIn(b"once", err)
        done = subprocess.run(f'exec {shlex.quote(PROGRAM)} search {shlex.quote(str(self.library))} - <&-', shell=True,
                              env=self.environment(), capture_output=True)
        self.assertEqual(done.returncode, 5, done.stderr)

    def test_a_terminal_is_no_picture(self):
        self.index()
        ours, theirs = pty.openpty()
        try:
            process = self.start("search", self.library, "-", stdin=theirs)
            _, err = process.communicate(timeout=60)
        finally:
            os.close(ours)
            os.close(theirs)
        self.assertEqual((process.returncode, err.count(b"\n")), (2, 1))
        self.assertIn(b"terminal", err)

    def test_options_that_would_be_ignored_are_refused(self):
        self.index()
        search = ("search", self.library, "--id", 1)
        for arguments in ((*search, "-0"), (*search, "--null", "--json"), (*search, "--candidates", 100, "--no-rerank"),
                          (*search, "--candidates", 5, "-k", 10), (*search, "--json", "--paths"),
                          ("list", self.library, "-0"), ("list", self.library, "--json", "--paths"),
                          ("info", self.library, "--limit", 3), ("info", self.library, "--tags", "--formats")):
            with self.subTest(arguments=arguments):
                out, err = self.run_program(*arguments, exit_code=2)
                self.assertEqual((out, err.count(b"\n")), (b"", 1))
                self.assertTrue(err.startswith(b"hashlens: "), err)
        self.run_program(*search, "--candidates", 10, "-k", 10)


if __name__ == "__main__":
    unittest.main()
