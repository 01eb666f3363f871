"""A run that crashes leaves the names of the files that it was reading; the next one reads those one by one, in a process of its own."""

import pathlib
import signal
import stat
import struct
import unittest

from case import Case, PROGRAM

FOLDER = pathlib.Path(PROGRAM).parent
PLACE = 8192
AMONG_OTHERS, ALONE, ALONE_AGAIN = 1, 2, 3


class ReadingNotes(Case):
    decoder = FOLDER / "hashlens-decode"

    def environment(self):
        return {**super().environment(), "HASHLENS_DECODE": str(self.decoder)}

    def notes(self):
        """The files that the notes name."""
        data = (self.library / "reading").read_bytes()
        names = set()
        for at in range(0, len(data), PLACE):
            state, length = struct.unpack_from("<BH", data, at)
            if state:
                names.add((pathlib.Path(data[at + 3 : at + 3 + length].decode()).name, state))
        return names

    def leave(self, path, state):
        text = str(path).encode()
        (self.library / "reading").write_bytes((struct.pack("<BH", state, len(text)) + text).ljust(PLACE, b"\0"))

    def test_a_killed_run_names_what_it_was_reading(self):
        self.decoder = FOLDER / "hashlens-decode-fake"
        (self.pictures / "hang.gif").write_bytes(b"GIF89a!hang")
        run = self.start("index", self.library, self.pictures)
        noted = lambda: (self.library / "reading").exists() and self.notes() == {("hang.gif", AMONG_OTHERS)}
        self.wait_while_running(run, noted, "the file is noted")
        run.send_signal(signal.SIGKILL)
        run.communicate()
        self.assertEqual(self.notes(), {("hang.gif", AMONG_OTHERS)})
        # The real decoder refuses the file: a failure, and nothing is left to note.
        self.decoder = FOLDER / "hashlens-decode"
        self.save("good.jpg", seed=1)
        self.index(exit_code=3)
        self.assertEqual(set(self.failures()), {"hang.gif"})
        self.assertFalse((self.library / "reading").exists())
        self.verify()

    def test_an_innocent_file_is_read_apart_and_added(self):
        self.save("first.jpg", seed=1)
        self.index()
        mark = self.folder / "started"
        self.decoder = self.folder / "marking"
        self.decoder.write_text(f"#!/bin/sh\ntouch {mark}\nexec {FOLDER}/hashlens-decode \"$@\"\n")
        self.decoder.chmod(stat.S_IRWXU)
        for number in range(40):
            self.save(f"more/{number:02}.jpg", seed=number)
        self.leave(self.pictures / "more/07.jpg", AMONG_OTHERS)
        self.index()
        self.assertTrue(mark.exists())
        self.assertEqual(self.info()["images"], 41)
        self.assertFalse((self.library / "reading").exists())
        # In the order that they have without a crash.
        paths = [row["path"] for row in self.json_lines("list", self.library, "--json")]
        self.assertEqual([pathlib.Path(p).stem for p in paths[1:]], [f"{number:02}" for number in range(40)])

    def test_a_file_that_ended_the_program_alone_is_set_aside(self):
        self.save("first.jpg", seed=1)
        self.index()
        second = self.save("second.jpg", seed=2)
        self.leave(second, ALONE_AGAIN)
        self.index(exit_code=3)
        self.assertIn("ended three times", self.failures()["second.jpg"])
        self.index(exit_code=3)  # not tried again
        self.assertIn("ended three times", self.failures()["second.jpg"])
        self.index("--retry-failed")
        self.assertEqual(self.failures(), {})
        self.assertEqual(self.info()["images"], 2)

    def test_runs_that_are_killed_twice_at_a_file_do_not_set_it_aside(self):
        self.save("first.jpg", seed=1)
        self.index()
        second = self.save("second.jpg", seed=2)
        self.leave(second, ALONE)
        self.index()
        self.assertEqual(self.info()["images"], 2)

    def test_notes_that_say_nothing_sensible_harm_nobody(self):
        self.save("first.jpg", seed=1)
        self.index()
        self.save("second.jpg", seed=2)
        (self.library / "reading").write_bytes(bytes(range(256)) * 100)
        self.index()
        self.library.joinpath("reading").mkdir()
        self.save("third.jpg", seed=3)
        self.index()
        self.assertEqual(self.info()["images"], 3)


if __name__ == "__main__":
    unittest.main()
