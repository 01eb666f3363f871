"""Pictures are decoded in processes of their own: whatever happens there is a failure of one file.

`hashlens-decode-fake` misbehaves when a file asks for it (src/decode/test_worker.cc).
"""

import collections
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import stat
import struct
import subprocess
import unittest
import zlib

from PIL import Image

from case import Case, PROGRAM, picture

FOLDER = pathlib.Path(PROGRAM).parent
FAKE = FOLDER / "hashlens-decode-fake"
NAMES = ("hashlens-decode", "hashlens-decode-fake")


def processes_below(pid):
    """The decoding processes that this process started: (pid, name)."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text()
        except OSError:
            continue
        name, rest = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
        if int(rest[1]) == pid and rest[0] != "Z" and any(full.startswith(name) for full in NAMES):
            found.append(int(entry.name))
    return found


def status(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""


class Decode(Case):
    decoder = FAKE

    def environment(self):
        environment = super().environment()
        environment.pop("HASHLENS_DECODE", None)
        if self.decoder:
            environment["HASHLENS_DECODE"] = str(self.decoder)
        return environment

    def ask(self, name, what):
        (self.pictures / name).write_bytes(b"GIF89a!" + what.encode())

    def test_whatever_happens_is_a_failure_of_that_file(self):
        self.save("first.png", seed=1)
        self.save("last.webp", seed=2)
        sanitized = "HASHLENS_SANITIZE" in os.environ  # without a memory limit, and with other ends of crashes
        for number, what in enumerate(["crash", "exit", "close", "huge", "short", "words"] + ([] if sanitized else ["allocate"])):
            self.ask(f"{number}-{what}.gif", what)
        self.index("--max-memory", 1 << 28, exit_code=3)
        reasons = {name.partition("-")[2].partition(".")[0]: reason for name, reason in self.failures().items()}
        self.assertEqual(reasons.pop("words"), "two\\x0alines \\x1b[31m and \\xff")
        self.assertEqual(reasons.pop("exit"), "decoder crashed (exit code 7)")
        self.assertEqual(reasons.pop("close"), "decoder closed its connection without an answer")
        for what in ("huge", "short"):
            self.assertEqual(reasons.pop(what), "decoder gave an answer that makes no sense")
        self.assertEqual(reasons.pop("crash"), f"decoder crashed ({'exit code 1' if sanitized else 'signal 11'})")
        if not sanitized:
            self.assertEqual(reasons.pop("allocate"), "needs more than 256 MB of memory")
        self.assertEqual(reasons, {})
        self.assertEqual(self.info()["images"], 2)
        self.verify()

    def test_a_process_that_is_killed_at_work_fails_one_file(self):
        self.ask("hang.gif", "hang")
        self.save("whole.png")
        run = self.start("index", self.library, self.pictures)
        seen = collections.Counter()

        def ended():
            for pid in processes_below(run.pid):
                seen[pid] += "Seccomp:\t2" in status(pid)
                if seen[pid] > 60:  # it has had time to take work; one that is killed before is replaced
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            return run.poll() is not None

        self.wait_for(ended, "the program ends")
        run.communicate()
        self.assertEqual(run.returncode, 3)
        self.assertIn("was killed", self.failures()["hang.gif"])

    def test_no_process_outlives_the_program(self):
        self.ask("hang.gif", "hang")
        run = self.start("index", self.library, self.pictures)
        self.wait_for(lambda: processes_below(run.pid), "what the decoding processes do")
        workers = processes_below(run.pid)
        run.kill()
        run.communicate()
        self.wait_for(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in workers), "what the decoding processes do")

    def test_the_terminals_ctrl_c_is_for_the_program(self):
        for number in range(300):
            self.save(f"{number}.png", seed=number % 7)
        run = self.start("index", self.library, self.pictures, start_new_session=True)
        self.wait_for(lambda: processes_below(run.pid), "what the decoding processes do")
        workers = processes_below(run.pid)
        os.killpg(run.pid, signal.SIGINT)
        _, err = run.communicate(timeout=120)
        self.assertIn(run.returncode, (0, 130), err)
        self.assertNotIn(b"decoder", err)
        if run.returncode == 130 and self.library.exists():
            self.assertEqual(self.failures(), {})
        self.wait_for(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in workers), "what the decoding processes do")

    def test_a_missing_program_is_an_error_of_the_run(self):
        self.save("a.jpg", seed=1)
        self.decoder = self.folder / "nowhere"
        self.index()  # JPEG alone needs none
        self.save("b.png", seed=2)
        _, err = self.index(exit_code=5)
        self.assertIn(b"HASHLENS_DECODE is", err)
        self.decoder = self.folder / "broken"
        self.decoder.write_text("#!/bin/sh\necho 'libvips.so.42: cannot open shared object file' >&2\nexit 127\n")
        self.decoder.chmod(stat.S_IRWXU)
        _, err = self.index(exit_code=5)
        self.assertIn(b"libvips.so.42: cannot open shared object file", err)
        self.assertIn(b"build the target hashlens-decode", err)
        (formats,) = self.json_lines("info", "--formats", "--json")
        self.assertFalse(formats["decoder"]["works"])
        self.assertEqual([f["name"] for f in formats["formats"] if f["decodable"]], ["jpeg"])
        self.decoder = None
        self.index()
        self.assertEqual(self.info()["images"], 2)
        self.assertEqual(self.failures(), {})

    def test_says_where_it_was_looked_for(self):
        copy = self.folder / "bin" / "hashlens"
        copy.parent.mkdir()
        shutil.copy(PROGRAM, copy)
        self.decoder = None
        done = subprocess.run([copy, "info", "--formats", "--json"], env=self.environment(), capture_output=True, check=False)
        problem = json.loads(done.stdout)["decoder"]["problem"]
        for place in ("bin/hashlens-decode", "libexec/hashlens/hashlens-decode"):
            self.assertIn(str(self.folder / place), problem)

    def test_jpeg_alone_starts_no_process(self):
        mark = self.folder / "started"
        self.decoder = self.folder / "marking"
        self.decoder.write_text(f"#!/bin/sh\ntouch {mark}\nexec {FOLDER}/hashlens-decode \"$@\"\n")
        self.decoder.chmod(stat.S_IRWXU)
        self.save("a.jpg", seed=1)
        self.index()
        self.assertFalse(mark.exists())
        self.save("b.png", seed=2)
        self.index()
        self.assertTrue(mark.exists())

    def test_isolated_jpeg_gives_the_same_features(self):
        self.decoder = None
        for number in range(4):
            self.save(f"{number}.jpg", image=picture(number, (500, 400)), quality=60 + 10 * number)
        exif = picture(9, (90, 60)).getexif()
        exif[0x0112] = 6
        self.save("turned.jpg", image=picture(9, (90, 60)), exif=exif)
        self.save("cmyk.jpg", image=picture(5, (80, 60)).convert("CMYK"))
        for name, part in (("half.jpg", 0.4), ("most.jpg", 0.9)):
            whole = (self.pictures / "1.jpg").read_bytes()
            (self.pictures / name).write_bytes(whole[: int(len(whole) * part)])
        self.index("--jobs", 1, exit_code=3)
        usual, failed = self.content(), self.failures()
        self.library = self.folder / "isolated.hashlens"
        self.index("--jobs", 1, "--isolate", "all", exit_code=3)
        isolated = self.content()
        self.assertEqual(usual["features.npy"], isolated["features.npy"])
        self.assertEqual(self.failures(), failed)
        self.json_lines("search", self.library, self.pictures / "0.jpg", "--isolate", "all", "--json")

    def test_says_what_is_in_force(self):
        self.decoder = None
        (formats,) = self.json_lines("info", "--formats", "--json")
        self.assertTrue(formats["decoder"]["works"])
        self.assertEqual(pathlib.Path(formats["decoder"]["path"]), FOLDER / "hashlens-decode")
        for fact in ("no_new_privileges", "system_call_filter"):
            self.assertTrue(formats["decoder"][fact])
        out, _ = self.run_program("info", "--formats")
        self.assertIn(b"system call filter  yes", out)

    def test_claims_of_headers_cost_no_memory(self):
        self.decoder = None
        # A PNG whose text claims a gigabyte.
        def chunk(kind, data, length=None):
            body = kind + data
            return struct.pack(">I", len(data) if length is None else length) + body + struct.pack(">I", zlib.crc32(body))
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
        (self.pictures / "text.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"tEXt", b"a\0b", 1_000_000_000))
        # A TIFF of 20,000 x 4,000 pixels with 60,000 samples each.
        entries = [(256, 4, 20000), (257, 4, 4000), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 60000), (278, 4, 4000), (279, 4, 100)]
        directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
        (self.pictures / "bands.tif").write_bytes(b"II*\0" + struct.pack("<I", 8) + directory + bytes(4))
        self.save("good.png", seed=1)
        self.index(exit_code=3)
        reasons = self.failures()
        self.assertEqual(set(reasons), {"text.png", "bands.tif"})
        self.assertIn("the file ends before the picture does", reasons["text.png"])

    def test_damaged_pictures_are_kept_and_told(self):
        self.decoder = None
        # As many bytes for each row.
        noise = Image.frombytes("RGB", (400, 300), random.Random(3).randbytes(3 * 400 * 300))
        for name in ("most.jpg", "more.jpg", "half.jpg", "half.png", "whole.jpg"):
            path = self.save(name, image=noise)
            whole = path.read_bytes()
            part = {"most": 0.85, "more": 0.75, "half": 0.4, "whole": 1}[name.split(".")[0]]
            path.write_bytes(whole[: int(len(whole) * part)])
        out, err = self.index("--json", exit_code=3)
        report = json.loads(out)
        self.assertEqual((report["added"], report["damaged"], report["failed"]), (3, 2, 2))
        for name in ("most.jpg", "more.jpg"):
            self.assertRegex(err.decode(), rf"damaged: .*/{name}: .+ % of the rows are whole")
        damaged = ("list", self.library, "--filter", "hashlens:damaged=yes", "--json")
        self.assertEqual(sorted(pathlib.Path(line["path"]).name for line in self.json_lines(*damaged)), ["more.jpg", "most.jpg"])
        # A damaged query is searched by what is there of it, and said to be so.
        for name, part in (("most.jpg", True), ("whole.jpg", False)):
            out, err = self.run_program("search", self.library, self.pictures / name, "--json")
            self.assertEqual("query_damage" in json.loads(out), part)
            self.assertEqual(b"damaged" in err, part, err)
            self.assertEqual(json.loads(out)["hits"][0]["path"], str((self.pictures / name).resolve()))
        # One that is mended loses the tag; nobody else can set it.
        self.save("most.jpg", image=noise)
        self.index(exit_code=3)
        self.assertEqual([pathlib.Path(line["path"]).name for line in self.json_lines(*damaged)], ["more.jpg"])
        self.index("--tag", "hashlens:damaged=no", exit_code=2)

    def test_strict_refuses_damaged_pictures(self):
        self.decoder = None
        path = self.save("most.jpg", seed=3)
        path.write_bytes(path.read_bytes()[:-200])
        self.save("whole.jpg", seed=4)
        self.index("--strict", exit_code=3)
        self.assertIn("the file ends before the picture does", self.failures()["most.jpg"])
        self.run_program("index", self.library, self.pictures, "--strict", "--lenient", exit_code=2)


if __name__ == "__main__":
    unittest.main()
