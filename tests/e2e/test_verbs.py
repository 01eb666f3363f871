"""Every verb as a person or a script calls it: output, exit codes, streams."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import unittest
import unittest.mock

from case import DEADLINE_S, Case, PROGRAM, heed_permissions


class Verbs(Case):
    def setUp(self):
        super().setUp()
        for i in range(12):
            self.save(f"{'ab'[i % 2]}/{i:02}.png", seed=i)

    def test_search_json_has_the_documented_shape(self):
        self.index()
        query = self.pictures / "a" / "00.png"
        (result,) = self.json_lines("search", self.library, query, "-k", 3, "--json")
        self.assertEqual(result["version"], 1)
        self.assertEqual(result["query"], str(query))
        self.assertEqual(result["strategy"], "scan")
        self.assertEqual([hit["rank"] for hit in result["hits"]], [1, 2, 3])
        best = result["hits"][0]
        self.assertEqual((best["path"], best["hamming"]), (str(query), 0))
        self.assertLess(best["distance"], 1e-5)
        self.assertEqual(set(result["stages_ms"]), {"decode", "network", "codes", "rerank"})

    def test_batches_ids_and_failing_queries(self):
        self.index()
        broken = self.folder / "broken.jpg"
        broken.write_bytes(b"no picture")
        out, err = self.run_program(
            "search", self.library, self.pictures / "a" / "00.png", broken, "--id", 5, "--json", exit_code=3)
        results = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([r["query"] for r in results], [str(self.pictures / "a" / "00.png"), str(broken), "id:5"])
        self.assertIn("error", results[1])
        self.assertNotIn("error", results[0])
        self.assertEqual(results[2]["hits"][0]["id"], 5)
        self.assertIn(b"broken.jpg", err)
        (result,) = self.json_lines("search", self.library, "--id", 99, "--json", exit_code=5)
        self.assertEqual(result["query"], "id:99")
        odd = os.fsencode(self.folder) + b"/\xff.jpg"
        (result,) = self.json_lines("search", self.library, odd, "--json", exit_code=5)
        self.assertEqual(bytes.fromhex(result["query_hex"]), odd)

    def test_paths_are_bare_and_html_is_whole(self):
        self.index()
        out, _ = self.run_program("search", self.library, "--id", 1, "-k", 2, "--paths")
        self.assertEqual(len(out.splitlines()), 2)
        out, _ = self.run_program("search", self.library, "--id", 1, "-k", 2, "--paths", "-0")
        self.assertEqual(out.count(b"\0"), 2)
        page = self.folder / "hits.html"
        self.run_program("search", self.library, "--id", 1, "-k", 4, "--html", page)
        self.assertEqual(page.read_text().count("data:image/jpeg;base64,"), 5)
        self.assertNotIn("http", page.read_text())

    def test_exit_code_says_when_nothing_matches(self):
        self.index()
        query = ("search", self.library, "--id", 1, "--filter", "kind=none")
        self.run_program(*query)
        self.run_program(*query, "--exit-code", exit_code=1)

    def test_usage_errors_exit_with_2_and_touch_nothing(self):
        for arguments in [(), ("nonsense",), ("index",), ("index", self.library), ("search", self.library, "-k", "0", "x"),
                          ("search", self.library), ("index", self.library, self.pictures, "--bits", "7"),
                          ("index", self.library, self.pictures, "--bits", "100"),
                          ("index", self.library, self.pictures, "--tag", "novalue"),
                          ("index", self.library, self.pictures, "--no-such-option"),
                          ("search", self.library, "a", "--json", "--paths"), ("remove", self.library),
                          ("model", "fit", self.library, "--method", "magic"), ("model", "fit", self.library, "--seed", "-1"),
                          ("bench", "search", "--n", "0"), ("bench", "search", "--n", "1e3"), ("bench", "search", "--seed", "-1"),
                          ("search", self.library, "a", "-k", "2.5")]:
            with self.subTest(arguments=arguments):
                out, err = self.run_program(*arguments, exit_code=2)
                self.assertEqual(out, b"")
                self.assertTrue(err)
        self.assertFalse(self.library.exists())

    def test_an_unknown_verb_is_named(self):
        for words, line in ((("serach", "photos", "--id", "7"), "no verb 'serach'; did you mean 'search'?"),
                            (("-q", "inof"), "no verb 'inof'; did you mean 'info'?"),
                            (("model", "ift", "x"), "no verb 'model ift'; did you mean 'model fit'?"),
                            (("modle", "list"), "no verb 'modle'; did you mean 'model'?"),
                            (("serach", "--help"), "no verb 'serach'; did you mean 'search'?"),
                            (("photograph",), "no verb 'photograph'; `hashlens --help` lists them"),
                            (("bench", "a\nb"), "no verb 'bench a\\x0ab'; `hashlens bench --help` lists them")):
            _, err = self.run_program(*words, exit_code=2)
            self.assertEqual(err.decode(), f"hashlens: {line}\n")
        _, err = self.run_program("search", self.library, "x", "--no-such-option", exit_code=2)
        self.assertEqual((err[:10], err.count(b"\n")), (b"hashlens: ", 1))

    def test_no_library_is_made_by_a_typing_error(self):
        self.run_program("index", self.library, self.folder / "pictuers", exit_code=5)
        self.run_program("index", self.library, "", exit_code=2)
        self.run_program("index", "", self.pictures, exit_code=2, cwd=self.folder)
        self.run_program("index", ".", self.pictures, exit_code=2, cwd=self.folder)
        self.run_program("index", self.library, "/" + "x" * 5000, exit_code=5)
        self.assertEqual(list(self.folder.glob("*.hashlens")) + list(self.folder.glob(".*hashlens*")), [])

    def test_remove_wants_a_name_and_a_filter_narrows(self):
        self.index("--tag", "kind=all")
        self.run_program("remove", self.library, "", exit_code=2, cwd="/")
        self.assertEqual(self.info()["images"], 12)
        self.run_program("remove", self.library, self.pictures / "a", "--filter", "kind=none")
        self.assertEqual(self.info()["images"], 12)
        self.run_program("remove", self.library, self.pictures / "a", "--filter", "kind=all")
        self.assertEqual(self.info()["images"], 6)

    def test_exclude_takes_paths_of_every_form(self):
        for form in (str(self.pictures / "a"), "pictures/a", "./pictures/a/", "a", "a/*", "*/0?.png"):
            with self.subTest(form=form):
                library = self.folder / f"exclude-{abs(hash(form))}"
                self.run_program("index", library, self.pictures, "--exclude", form, cwd=self.folder)
                (info,) = self.json_lines("info", library, "--json")
                self.assertEqual(info["images"], 2 if form == "*/0?.png" else 6)

    def test_links_planted_in_the_way_are_refused(self):
        victim = self.folder / "victim"
        (victim / "model").mkdir(parents=True)
        (victim / "precious.codes").write_text("precious")
        (self.folder / ".test.hashlens.new").symlink_to(victim)
        self.index(exit_code=5)
        (self.folder / ".test.hashlens.new").unlink()
        self.index()
        segments = self.library / "segments"
        segments.rename(self.folder / "away")
        segments.symlink_to(victim)
        self.run_program("compact", self.library, exit_code=5)
        self.assertEqual((victim / "precious.codes").read_text(), "precious")

    def test_streams_that_cannot_be_written_do_not_change_the_outcome(self):
        self.index()
        for stderr in ("2>&-", "2>/dev/full", "2>&- >&- <&-"):
            done = subprocess.run(f'exec "{PROGRAM}" verify "{self.library}" {stderr}', shell=True, env=self.environment())
            self.assertEqual(done.returncode, 0, stderr)

    def test_a_file_size_limit_is_an_error_like_a_full_disk(self):
        done = subprocess.run(f'ulimit -f 8; exec "{PROGRAM}" index "{self.library}" "{self.pictures}"', shell=True,
                              executable="/bin/bash", env=self.environment(), capture_output=True)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.index()

    def test_html_overwrites_pages_only(self):
        self.index()
        query = self.pictures / "a" / "00.png"
        before = query.read_bytes()
        self.run_program("search", self.library, query, "--html", query, exit_code=2)
        self.assertEqual(query.read_bytes(), before)
        page = self.folder / "hits.html"
        for _ in range(2):
            self.run_program("search", self.library, query, "--html", page)

    def test_html_errors_say_why(self):
        self.index()
        _, err = self.run_program("search", self.library, "--id", 1, "--html", "/no/such/folder/x.html", exit_code=5)
        self.assertIn(b"No such file", err)

    def test_no_library_no_picture_folder_for_a_library(self):
        for verb in (("search", self.library, "x.jpg"), ("info", self.library), ("verify", self.library), ("compact", self.library)):
            _, err = self.run_program(*verb, exit_code=5)
            self.assertIn(b"no such library", err)
        _, err = self.run_program("info", self.pictures / "a", exit_code=5)
        self.index()
        _, err = self.run_program("index", self.pictures, self.library, exit_code=2)
        self.assertIn(b"the library comes first", err)

    def test_lists_on_stdin(self):
        names = sorted(self.pictures.rglob("*.png"))
        self.run_program("index", self.library, "-", stdin="\n".join(map(str, names[:4])).encode())
        self.assertEqual(self.info()["images"], 4)
        self.run_program("index", self.library, "-0", "-", stdin=b"\0".join(os.fsencode(n) for n in names) + b"\0")
        self.assertEqual(self.info()["images"], 12)

    def test_incremental_prune_and_remove(self):
        self.index()
        (report,) = self.json_lines("index", self.library, self.pictures, "--json")
        self.assertEqual((report["added"], report["unchanged"]), (0, 12))
        (self.pictures / "a" / "00.png").unlink()
        _, err = self.index()
        self.assertIn(b"--prune", err)
        self.index("--prune")
        self.assertEqual(self.info()["images"], 11)
        self.run_program("remove", self.library, self.pictures / "b")
        self.assertEqual(self.info()["images"], 5)
        self.run_program("remove", self.library, "--id", 999, exit_code=5)
        self.run_program("compact", self.library)
        self.verify()

    def test_fit_changes_the_codes_only(self):
        self.index()
        self.assertEqual(self.info()["bits"], 32)
        self.run_program("model", "fit", self.library, "--method", "lsh", "--bits", 100)
        info = self.info()
        self.assertEqual((info["bits"], info["head"]["method"], info["images"]), (100, "lsh", 12))
        _, err = self.run_program("model", "fit", self.library, "--method", "itq", "--bits", 100, exit_code=2)
        self.assertTrue(err)
        self.verify()

    def test_quiet_when_piped_and_data_on_stdout_only(self):
        out, err = self.index()
        self.assertEqual(out, b"")
        self.assertNotIn(b"\r", err)
        self.assertNotIn(b"\x1b", err)
        _, err = self.run_program("-q", "index", self.library, self.pictures)
        self.assertEqual(err, b"")

    def test_a_full_stdout_is_not_success(self):
        self.index()
        with open("/dev/full", "wb") as full:
            process = self.start("info", self.library, stdout=full)
            _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 5)
        self.assertIn(b"standard output", err)

    def test_help_has_examples_for_every_verb(self):
        out, _ = self.run_program("--help")
        for verb in ("index", "search", "remove", "list", "info", "failures", "compact", "verify", "export"):
            self.assertIn(verb.encode(), out)
            text, _ = self.run_program(verb, "--help")
            self.assertIn(b"Example", text)

    def test_formats_name_at_least_jpeg_and_png(self):
        formats = {f["name"]: f["decodable"] for f in self.json_lines("info", "--formats", "--json")[0]["formats"]}
        self.assertTrue(formats["jpeg"] and formats["png"] and formats["webp"] and formats["bmp"])

    def test_model_list_and_info(self):
        self.index()
        (of_library,) = self.json_lines("model", "info", self.library, "--json")
        (of_package,) = self.json_lines("model", "info", self.model, "--json")
        self.assertEqual(of_library["feature_digest"], of_package["feature_digest"])
        self.assertEqual([head["bits"] for head in of_package["heads"]], [16, 32])

    def test_models_that_may_have_been_meant_are_named(self):
        mine = self.folder / "mine"
        for name in ("mine-20", "mine-12", "minerals"):
            shutil.copytree(self.model, self.folder / name)
        names = f"there are {mine}-12, {mine}-20\n".encode()
        verbs = (("eval", "--database", self.pictures, "--queries", self.pictures, "--model", mine),
                 ("index", self.library, self.pictures, "--model", mine), ("model", "info", mine))
        for verb in verbs:
            _, err = self.run_program(*verb, exit_code=5)
            self.assertTrue(err.endswith(names), err)
        mine.mkdir()  # a folder, and no package
        for verb in verbs:
            _, err = self.run_program(*verb, exit_code=5)
            self.assertTrue(err.endswith(names), err)
        with unittest.mock.patch.dict(os.environ, HASHLENS_MODELS=str(self.folder)):
            out, _ = self.run_program("model", "list", "--json")
            paths = [json.loads(line)["path"] for line in out.splitlines()]
            self.assertEqual(paths[:3], [str(self.folder / name) for name in ("mine-12", "mine-20", "minerals")])
            _, err = self.run_program("model", "info", "miner", exit_code=5)
            self.assertIn(b"hashlens model list", err)

    def test_export_is_readable_by_numpy(self):
        import numpy

        self.index()
        self.run_program("export", self.library, self.folder / "out")
        load = lambda name: numpy.load(self.folder / "out" / name)
        self.assertEqual(load("ids.npy").tolist(), list(range(1, 13)))
        self.assertEqual(load("codes.npy").shape, (12, 4))
        features = load("features.npy").astype(numpy.float32)
        self.assertEqual(features.shape, (12, 32))
        self.assertLess(abs(numpy.linalg.norm(features, axis=1) - 1).max(), 2e-3)
        lines = (self.folder / "out" / "images.jsonl").read_text().splitlines()
        self.assertEqual(len(lines), 12)

    def test_ctrl_c_keeps_what_is_done(self):
        for i in range(3000):
            os.link(self.pictures / "a" / "00.png", self.pictures / f"link{i:04}.png")
        process = self.start("index", self.library, self.pictures, "--batch", 20)
        self.wait_while_running(process, lambda: list(self.library.glob("segments/*.codes")), "the first segment")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=DEADLINE_S)
        self.assertEqual(process.returncode, 130)
        kept = self.info()["images"]
        self.assertGreater(kept, 0)
        self.assertLess(kept, 3012)
        self.verify()
        (report,) = self.json_lines("index", self.library, self.pictures, "--json")
        self.assertEqual(report["added"] + kept, 3012)

    def test_two_writers(self):
        self.index()
        import fcntl

        with open(self.library / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _, err = self.index(exit_code=5)
            self.assertIn(b"another process", err)
            self.run_program("search", self.library, "--id", 1)

    def test_a_library_of_a_newer_version_is_refused_with_advice(self):
        import sqlite3

        self.index()
        catalog = sqlite3.connect(self.library / "catalog.db")
        catalog.execute("PRAGMA user_version = 99")
        catalog.commit()
        catalog.close()
        for verb in (("info", self.library), ("index", self.library, self.pictures), ("verify", self.library)):
            _, err = self.run_program(*verb, exit_code=5)
            self.assertIn(b"newer version", err)

    def test_a_read_only_library_can_be_searched(self):
        self.index()
        subprocess.run(["chmod", "-R", "a-w", self.library], check=True)
        self.addCleanup(subprocess.run, ["chmod", "-R", "u+w", self.library])
        self.run_program("search", self.library, "--id", 1)
        self.run_program("search", self.library, "--id", 1, preexec_fn=heed_permissions)
        _, err = self.run_program("remove", self.library, "--id", 1, exit_code=5, preexec_fn=heed_permissions)
        self.assertIn(b"Permission denied", err)


if __name__ == "__main__":
    unittest.main()
