"""Index runs over files that change, break, move and go, and over lists of names."""

import os
import pathlib
import resource
import subprocess
import unittest

from case import Case, PROGRAM, heed_permissions, picture


class Changes(Case):
    def setUp(self):
        super().setUp()
        for i in range(4):
            self.save(f"{i}.png", seed=i)

    def without_rights(self, *arguments, exit_code):
        """Runs the program as a user who is not above the permissions of files."""
        return self.run_program(*arguments, exit_code=exit_code, preexec_fn=heed_permissions)

    def tagged(self, tag):
        (result,) = self.json_lines("search", self.library, "--id", 1, "--filter", tag, "--json")
        return {pathlib.Path(hit["path"]).name for hit in result["hits"]}

    def test_a_changed_file_that_cannot_be_read_keeps_its_place(self):
        self.without_rights("index", self.library, self.pictures, "--tag", "kind=old", exit_code=0)
        self.save("2.png", seed=20).chmod(0)
        _, err = self.without_rights("index", self.library, self.pictures, "--json", exit_code=3)
        self.assertIn(b"2.png: opening: Permission denied; the library keeps", err)
        self.assertEqual(err.count(b"2.png"), 1)
        self.assertIn("Permission denied", self.failures()["2.png"])
        self.assertEqual(self.tagged("kind=old"), {"0.png", "1.png", "2.png", "3.png"})
        (self.pictures / "2.png").chmod(0o644)
        (report,) = self.json_lines("index", self.library, self.pictures, "--json")
        self.assertEqual((report["replaced"], report["failed"]), (1, 0))
        self.assertEqual(self.failures(), {})
        self.assertEqual(self.tagged("kind=old"), {"0.png", "1.png", "2.png", "3.png"})
        self.verify()

    def test_other_bytes_of_the_same_size_and_time_are_read_when_asked(self):
        first, second = (self.save(f"same{i}.bmp", seed=70 + i) for i in range(2))
        self.index("--tag", "kind=old")
        self.assertEqual(first.stat().st_size, second.stat().st_size)
        time = first.stat().st_mtime_ns
        first.write_bytes(second.read_bytes())
        os.utime(first, ns=(time, time))
        (report,) = self.json_lines("index", self.library, self.pictures, "--json")
        self.assertEqual((report["added"], report["unchanged"]), (0, 6))
        (row,) = self.json_lines("search", self.library, second, "-k", 2, "--json")
        self.assertGreater(row["hits"][1]["distance"], 1e-3)
        (report,) = self.json_lines("index", self.library, self.pictures, "--reread", "--json")
        self.assertEqual((report["replaced"], report["unchanged"], report["failed"]), (6, 0, 0))
        (row,) = self.json_lines("search", self.library, second, "-k", 2, "--json")
        self.assertLess(row["hits"][1]["distance"], 1e-3)
        self.assertEqual(len(self.json_lines("list", self.library, "--filter", "kind=old", "--json")), 6)
        self.verify()

    def test_names_in_another_form_of_unicode_get_a_hint(self):
        composed, decomposed = "Caf\u00e9", "Cafe\u0301"
        self.save(f"{decomposed}/1.png", seed=80)
        self.index()
        self.run_program("list", self.library, "--under", self.pictures / decomposed)
        for verb in (("list", self.library, "--under"), ("remove", self.library)):
            _, err = self.run_program(*verb, self.pictures / composed, exit_code=5)
            self.assertIn("another form of Unicode", err.decode())

    def test_a_library_that_may_not_be_read_says_so(self):
        self.index()
        self.library.chmod(0)
        for verb in (("info", self.library), ("search", self.library, "--id", 1), ("verify", self.library),
                     ("index", self.library, self.pictures)):
            _, err = self.without_rights(*verb, exit_code=5)
            self.assertIn(b"Permission denied", err)
        self.library.chmod(0o755)

    def test_too_few_threads_are_the_reason_that_is_told(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to become a user without other processes")
        # A user without other processes, to whom no folder is closed.
        rights = "+dac_override,+dac_read_search"
        user = ("setpriv", "--reuid=54329", "--clear-groups", f"--inh-caps={rights}", f"--ambient-caps={rights}")
        for threads in range(1, 5):
            limit = lambda: resource.setrlimit(resource.RLIMIT_NPROC, (threads, threads))
            with self.subTest(threads):
                done = subprocess.run([*user, PROGRAM, "index", self.folder / f"{threads}.hashlens", self.pictures],
                                      env=self.environment(), capture_output=True, preexec_fn=limit, timeout=600)
                self.assertEqual(done.returncode, 5, done.stderr)
                self.assertRegex(done.stderr, rb"more threads|temporarily unavailable")
                self.assertNotIn(b"no device", done.stderr)

    def test_failures_are_pointed_to_only_when_they_list_something(self):
        self.index()
        _, err = self.run_program("index", self.library, self.pictures / "tpyo.png", exit_code=3)
        self.assertNotIn(b"`hashlens failures", err)
        self.assertEqual(err.count(b"tpyo.png"), 1)
        (self.pictures / "broken.png").write_bytes(b"broken")
        _, err = self.run_program("index", self.library, self.pictures / "tpyo.png", self.pictures, exit_code=3)
        self.assertIn(b"`hashlens failures", err)
        self.assertEqual(set(self.failures()), {"broken.png"})

    def test_a_named_file_that_is_gone_is_pruned(self):
        self.index()
        (self.pictures / "1.png").unlink()
        _, err = self.run_program("index", self.library, self.pictures / "1.png")
        self.assertIn(b"gone: ", err)
        (report,) = self.json_lines("index", self.library, self.pictures / "1.png", "--prune", "--json")
        self.assertEqual((report["vanished"], report["pruned"]), (1, 1))
        self.assertEqual(self.info()["images"], 3)

    def test_tags_given_to_known_pictures_are_reported(self):
        self.index()
        out, err = self.index("--tag", "kind=new", "--json")
        self.assertIn(b"4 unchanged (4 of them tagged)", err)
        self.assertIn(b'"tagged":4', out)

    def info_tags(self):
        (info,) = self.json_lines("info", self.library, "--tags", "--json")
        return {f"{tag['key']}={tag['value']}": tag["images"] for tag in info["tags"]}

    def test_tags_are_given_and_taken(self):
        self.index("--tag", "a=1", "--tag", "a=2", "--tag", "b=1")
        (report,) = self.json_lines("tag", self.library, self.pictures / "0.png", "--id", 2, "--remove", "a", "--add", "c=x=y", "--json")
        self.assertEqual(report["changed"], 2)
        self.assertEqual(self.info_tags(), {"a=1": 2, "a=2": 2, "b=1": 4, "c=x=y": 2})
        (report,) = self.json_lines("tag", self.library, "--filter", "c=x=y", "--under", self.pictures / "0.png", "--remove", "b=1", "--json")
        self.assertEqual((report["changed"], self.info_tags()["b=1"]), (1, 3))
        (report,) = self.json_lines("tag", self.library, self.pictures, "--remove", "b=none", "--remove", "nokey", "--json")
        self.assertEqual(report["changed"], 0)
        self.verify()

    def test_what_cannot_be_tagged_is_told_and_nothing_is_changed(self):
        self.index("--tag", "a=1")
        for arguments, code, said in (
            (("--add", "b=1"), 2, b"PATH"),
            (("--id", 1), 2, b"--add or --remove"),
            (("--id", 1, "--id", 99, "--add", "b=1"), 5, b"id 99"),
            ((self.folder / "nowhere", "--add", "b=1"), 5, b"nowhere"),
            (("--id", 1, "--add", "=1"), 2, b"KEY=VALUE"),
        ):
            with self.subTest(arguments=arguments):
                _, err = self.run_program("tag", self.library, *arguments, exit_code=code)
                self.assertIn(said, err)
        self.assertEqual(self.info_tags(), {"a=1": 4})

    def test_lists_of_the_other_kind_are_told(self):
        names = sorted(self.pictures.glob("*.png"))
        zeros = b"\0".join(map(os.fsencode, names)) + b"\0"
        _, err = self.run_program("index", self.library, "-", stdin=zeros, exit_code=2)
        self.assertIn(b"-0", err)
        _, err = self.run_program("index", self.library, "-0", "-", stdin=zeros.replace(b"\0", b"\n"), exit_code=2)
        self.assertIn(b"leave out -0", err)
        _, err = self.run_program("index", self.library, "-0", self.pictures, exit_code=2)
        self.assertIn(b"give - as a PATH", err)
        self.assertFalse(self.library.exists())
        odd = self.save("new\nline.png", image=picture(9))
        self.run_program("index", self.library, "-0", "-", stdin=os.fsencode(odd))
        self.assertEqual(self.info()["images"], 1)

    def test_an_unknown_device_or_model_leaves_no_library(self):
        _, err = self.index("--device", "FOO", exit_code=2)
        self.assertIn(b"FOO", err)
        _, err = self.index("--model", "nosuch", exit_code=5)
        self.assertIn(b"hashlens model list", err)
        _, err = self.run_program("model", "info", "nosuch", exit_code=5)
        self.assertIn(b"hashlens model list", err)
        self.assertFalse(self.library.exists())

    def test_codes_that_are_lost_are_made_again(self):
        self.index("--tag", "kind=old")
        self.save("5.png", seed=5)
        self.index()
        self.run_program("remove", self.library, "--id", 2)
        before = self.content()
        first, second = sorted((self.library / "segments").glob("*.codes"))
        first.unlink()
        second.write_bytes(second.read_bytes()[:-1])
        for verb in (("info", self.library), ("search", self.library, "--id", 1), ("verify", self.library),
                     ("compact", self.library), ("index", self.library, self.pictures)):
            with self.subTest(verb=verb[0]):
                _, err = self.run_program(*verb, exit_code=5)
                self.assertIn(b"model fit LIB --rebuild", err)
                self.assertIn(b".codes", err)
        _, err = self.run_program("model", "fit", self.library, "--rebuild")
        self.assertIn(b"2 ", err)
        self.assertEqual(self.content(), before)
        self.verify()
        first.unlink()
        self.run_program("model", "fit", self.library, "--method", "lsh", "--bits", 64)
        self.verify()
        next((self.library / "segments").glob("*.features")).unlink()
        _, err = self.index(exit_code=5)
        self.assertIn(b"restore it from a copy", err)


if __name__ == "__main__":
    unittest.main()
