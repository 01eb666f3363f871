"""A program without the one that trains beside it: everything else works, and training says what is missing or builds it."""

import os
import pathlib
import shutil
import subprocess
import unittest

from case import Case, DEADLINE_S, PROGRAM

TRAIN = ("train", "pictures", "-o", "made")


class NoTrain(Case):
    def copy_program(self, folder):
        folder.mkdir(parents=True)
        shutil.copy(f"{PROGRAM}-decode", folder)  # reads the pictures
        return shutil.copy(PROGRAM, folder)

    def run_copy(self, program, *arguments, exit_code):
        done = subprocess.run([program, *arguments], env=self.environment(), cwd=self.folder, capture_output=True, timeout=600)
        self.assertEqual(done.returncode, exit_code, done.stderr)
        return done.stdout, done.stderr

    def setUp(self):
        super().setUp()
        self.save("a/1.png")
        self.save("b/2.png")

    def test_training_says_what_is_missing(self):
        program = self.copy_program(self.folder / "bin")
        for verb in (TRAIN, ("bench", "train", "pictures")):
            _, err = self.run_copy(program, *verb, exit_code=5)
            self.assertIn(b"hashlens-train", err)
        self.assertFalse((self.folder / "made").exists())
        self.run_copy(program, "train", "--help", exit_code=0)
        self.run_copy(program, "index", "test", "pictures", exit_code=0)
        self.assertEqual(self.info()["images"], 2)

    def tree(self, recipe):
        """A folder of sources whose `make train` does what the recipe says, with the program where `make` puts it."""
        program = self.copy_program(self.folder / "source/build/release/bin")
        (self.folder / "source/Makefile").write_text(f"train:\n\t{recipe}\n")
        (self.folder / "source/tools").mkdir()
        (self.folder / "source/tools/setup.sh").touch()
        return program

    def test_the_first_training_builds_what_trains_and_says_so(self):
        trainer = "build/release/bin/hashlens-train"
        program = self.tree(f"@echo built; printf '#!/bin/sh\\necho trainer \"$$@\"\\n' > {trainer}; chmod +x {trainer}")
        for says in (True, False):  # the second time it is there
            out, err = self.run_copy(program, *TRAIN, exit_code=0)
            self.assertEqual(out, b"trainer train pictures -o made\n")
            self.assertEqual(b"make train" in err, says)
            self.assertEqual(b"built" in err, says)

    def test_the_build_ends_with_the_program(self):
        os.mkfifo(self.folder / "source-waits")
        program = self.tree(f"@echo waits; exec cat {self.folder}/source-waits")
        running = subprocess.Popen([program, *TRAIN], env={**self.environment(), "MAKEFLAGS": "n"}, cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        lines = []
        while not lines or lines[-1] != b"waits\n":
            lines.append(running.stderr.readline())
            self.assertTrue(lines[-1], lines)
        running.terminate()
        out, err = running.communicate(timeout=DEADLINE_S)
        self.assertEqual((running.returncode, out), (130, b""), err)

    def test_a_build_that_fails_is_said_in_the_last_line(self):
        program = self.tree("@echo no libtorch; exit 1")
        out, err = self.run_copy(program, *TRAIN, exit_code=5)
        self.assertEqual(out, b"")
        self.assertIn(b"no libtorch", err)
        self.assertIn(b"make train", err.splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
