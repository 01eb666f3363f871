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

    def test_when_all_queries_fail_the_exit_code_says_why(self):
        self.index()
        good = self.pictures / "a" / "00.png"
        broken, gone = self.folder / "broken.jpg", self.folder / "gone.jpg"
        broken.write_bytes(b"no picture")
        large = ("--max-bytes", "10")
        for more in ((), ("--radius", "9", "--all")):
            search = lambda *words, exit_code: self.run_program("search", self.library, *words, *more, exit_code=exit_code)
            search(broken, gone, exit_code=5)
            search("--id", 98, "--id", 99, exit_code=5)
            search(good, self.pictures / "b" / "01.png", *large, exit_code=2)
            search(good, *large, exit_code=2)
            search(good, gone, *large, exit_code=5)
            search(gone, "--exit-code", exit_code=5)
            search(good, broken, gone, exit_code=3)

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

    def traces(self):
        return [path.name for path in self.folder.iterdir() if "hashlens" in path.name]

    def test_a_run_that_indexes_nothing_leaves_no_new_library(self):
        empty = self.folder / "empty"
        empty.mkdir()
        _, err = self.run_program("index", self.library, empty, exit_code=5)
        self.assertTrue(err.endswith(f"hashlens: no pictures in {empty}; no library was made\n".encode()), err)
        self.assertEqual(self.traces(), [])
        (empty / "notes.pages").write_text("no picture")
        out, err = self.run_program("index", self.library, empty, self.folder / "empty", "--json", exit_code=5)
        self.assertEqual(json.loads(out)["added"], 0)
        self.assertIn(b"no pictures in the 2 paths; no library was made", err)
        self.assertEqual(self.traces(), [])
        for count, said in ((1, "the only file could not be read"), (2, "none of 2 files could be read")):
            (empty / f"{count}.jpg").write_text("no picture")
            _, err = self.run_program("index", self.library, empty, exit_code=5)
            self.assertIn(f"{count}.jpg: not a picture".encode(), err)
            self.assertNotIn(b"`hashlens failures", err)
            self.assertTrue(err.endswith(f"hashlens: {said}; no library was made\n".encode()), err)
            self.assertEqual(self.traces(), [])
        self.index()
        self.run_program("index", self.library, empty, exit_code=3)  # what is there already stays, with what failed
        self.assertEqual((self.info()["images"], set(self.failures())), (12, {"1.jpg", "2.jpg"}))
        self.run_program("remove", self.library, self.pictures)
        (empty / "1.jpg").unlink()
        (empty / "2.jpg").unlink()
        self.run_program("index", self.library, empty)
        self.assertEqual(self.info()["images"], 0)

    def test_a_file_in_the_place_of_the_library_is_named(self):
        readme = self.folder / "README.md"
        readme.write_text("text")
        for verb in (("index", readme, self.pictures), ("search", readme, "x.jpg"), ("info", readme), ("verify", readme), ("list", readme),
                     ("failures", readme), ("compact", readme), ("remove", readme, "x"), ("serve", readme)):
            out, err = self.run_program(*verb, exit_code=2)
            self.assertEqual((out, err), (b"", f"hashlens: {readme}: is a file, not a library; name the library first, then the pictures\n".encode()))
        self.assertEqual(self.traces(), [])
        self.run_program("index", f"{readme}.hashlens", self.pictures)  # meant, as it is named in full
        (info,) = self.json_lines("info", readme, "--json")
        self.assertEqual(info["images"], 12)

    def test_suggested_commands_can_be_copied_into_a_shell(self):
        (self.pictures / "broken.jpg").write_bytes(b"broken")
        for name in ("my photos", "it's \"$HOME\" `x`", "two\nlines", "-q", "f\udcfcr"):
            with self.subTest(name=name):
                pictures = self.folder / f"{name} pictures"
                shutil.copytree(self.pictures, pictures)
                _, err = self.run_program("index", name if name != "-q" else "./-q", pictures, exit_code=3, cwd=self.folder)
                (command,) = [line for line in err.splitlines() if b"lists what failed" in line]
                command = command[command.index(b"`hashlens") + 1:command.rindex(b"`")]
                self.assertIn("broken.jpg", self.in_shell(command).stdout)
                shutil.rmtree(pictures)
                _, err = self.run_program("index", name if name != "-q" else "./-q", pictures, exit_code=3, cwd=self.folder)
                (command,) = [line for line in err.splitlines() if b"gone for good" in line]
                command = command[command.index(b"`hashlens") + 1:command.rindex(b"`")]
                self.assertIn("12 removed", self.in_shell(command).stderr)

    def in_shell(self, command):
        script = self.folder / "command.sh"
        script.write_bytes(b'hashlens() { "$HASHLENS_PROGRAM" "$@"; }\n' + command + b"\n")
        done = subprocess.run(["bash", script], cwd=self.folder, env=self.environment(), capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return subprocess.CompletedProcess(done.args, 0, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def test_help_and_version_are_verbs_too(self):
        for words in ((), ("search",), ("model",), ("model", "fit"), ("help",)):
            out, err = self.run_program("help", *words)
            self.assertEqual(err, b"")
            self.assertEqual(out, self.run_program(*words, "--help")[0])
        self.assertEqual(self.run_program("help", "search", "photos"), self.run_program("help", "search"))
        self.assertEqual(self.run_program("version"), self.run_program("--version"))
        for words, line in ((("help", "serach"), "no verb 'serach'; did you mean 'search'?"),
                            (("help", "model", "ift"), "no verb 'model ift'; did you mean 'model fit'?")):
            self.assertEqual(self.run_program(*words, exit_code=2), (b"", f"hashlens: {line}\n".encode()))

    def test_an_unknown_option_is_named(self):
        for words, line in ((("--foo",), "no option '--foo'; `hashlens --help` lists them"),
                            (("--versoin",), "no option '--versoin'; did you mean '--version'?"),
                            (("search", "photos", "a.jpg", "--jsno"), "no option '--jsno' of search; did you mean '--json'?"),
                            (("search", "photos", "a.jpg", "-k", "3", "--jsno=1"), "no option '--jsno' of search; did you mean '--json'?"),
                            (("search", "photos", "a.jpg", "--added"), "no option '--added' of search; did you mean '--added-since'?"),
                            (("search", "photos", "--text", "--jsno", "-qx"), "no option '-x' of search; `hashlens search --help` lists them"),
                            (("index", "--quite", "photos", "x"), "no option '--quite' of index; did you mean '--quiet'?"),
                            (("model", "fit", "x", "--bit", "8"), "no option '--bit' of model fit; did you mean '--bits'?"),
                            (("--json", "search", "photos", "a.jpg"), "option '--json' belongs after the verb: `hashlens search --json`"),
                            (("--foo\n", "x"), "no option '--foo\\x0a'; `hashlens --help` lists them")):
            with self.subTest(words=words):
                self.assertEqual(self.run_program(*words, exit_code=2), (b"", f"hashlens: {line}\n".encode()))

    def test_a_missing_verb_is_told(self):
        out, err = self.run_program(exit_code=2)
        self.assertEqual(out, b"")
        for part in (b"hashlens index photos", b"hashlens search photos", b"`hashlens help`"):
            self.assertIn(part, err)
        _, err = self.run_program("model", exit_code=2)
        self.assertEqual(err, b"hashlens: model needs a verb: list, info, pack, fit, get, import-caffe, import-onnx; `hashlens model --help` tells more\n")
        _, err = self.run_program("-q", exit_code=2)
        self.assertTrue(err.startswith(b"hashlens: a verb is missing: index, search, "), err)

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

    def test_a_full_disk_leaves_the_page_that_was_there(self):
        self.index()
        disk = self.mount_small_disk("64k")
        page = disk / "hits.html"
        self.run_program("search", self.library, "--id", 1, "-k", 1, "--html", page)
        before = page.read_bytes()
        self.fill_disk(disk)
        _, err = self.run_program("search", self.library, "--id", 2, "-k", 4, "--html", page, exit_code=5)
        self.assertIn(b"free some space", err)
        self.assertEqual(page.read_bytes(), before)
        self.assertEqual([path.name for path in disk.iterdir() if "tmp" in path.name], [])

    def test_html_goes_behind_a_link_and_into_a_pipe(self):
        self.index()
        page, link = self.folder / "page.html", self.folder / "link.html"
        page.write_text("")
        link.symlink_to(page)
        self.run_program("search", self.library, "--id", 1, "--html", link)
        self.assertTrue(link.is_symlink())
        self.assertTrue(page.read_text().startswith("<!DOCTYPE html>") or page.read_text().startswith("<!doctype html>"))
        self.run_program("search", self.library, "--id", 1, "--html", "/dev/null")
        out, _ = self.run_program("search", self.library, "--id", 1, "--paths", "--html", "/dev/stdout")
        self.assertIn(b"</html>", out)

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
            self.assertEqual(paths[:4], [str(self.model), *(str(self.folder / name) for name in ("mine-12", "mine-20", "minerals"))])
            _, err = self.run_program("model", "info", "miner", exit_code=5)
            self.assertIn(b"hashlens model list", err)

    def test_the_variable_of_the_default_model(self):
        picture = self.save("a.png", seed=1)

        def run(value, *arguments, exit_code):
            with unittest.mock.patch.object(self, "environment", lambda: {**os.environ, "HASHLENS_MODEL": str(value)}):
                return self.run_program(*arguments, "-q", exit_code=exit_code)

        missing = self.folder / "none"
        _, err = run(missing, "encode", picture, exit_code=5)
        self.assertTrue(err.startswith(f"hashlens: HASHLENS_MODEL: {missing}: no such model".encode()), err)
        _, err = run(missing, "model", "list", exit_code=3)
        self.assertTrue(err.startswith(f"hashlens: HASHLENS_MODEL: {missing}: no such model".encode()), err)
        named = [json.loads(line)["path"] for line in run(self.model, "model", "list", "--json", exit_code=0)[0].splitlines()]
        unset = [json.loads(line)["path"] for line in run("", "model", "list", "--json", exit_code=0)[0].splitlines()]
        self.assertEqual(named, [str(self.model), *unset])

    def test_empty_values_name_nothing(self):
        picture = self.save("a.png", seed=1)
        self.index()
        for arguments in (
            ("search", "", picture), ("search", self.library, picture, "--html", ""), ("info", ""), ("export", self.library, ""),
            ("index", self.library, picture, "--model", ""), ("eval", "--model", "", "--database", self.pictures),
            ("convert", self.pictures, "-o", ""), ("mean", self.pictures, "-o", ""), ("model", "info", ""), ("serve", ""),
            ("bench", "make-library", ""), ("bench", "make-library", "x", "--like", ""),
        ):  # fmt: skip
            with self.subTest(arguments=arguments):
                _, err = self.run_program(*arguments, exit_code=2, cwd=self.folder)
                self.assertEqual(err.count(b"\n"), 1, err)
                self.assertIn(b": an empty value names nothing; `hashlens ", err)

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
