"""kill -9 and full disks: what was committed stays, and the next run goes on."""

import os
import random
import shutil
import subprocess
import time
import unittest

from case import Case

KILLS = int(os.environ.get("HASHLENS_KILLS", "100"))


class Kill(Case):
    def test_kill_9_at_random_moments(self):
        for i in range(240):
            self.save(f"{i % 7}/{i:03}.png", seed=i)
        (self.pictures / "broken.jpg").write_bytes(b"broken")
        start = time.monotonic()
        self.index("--batch", "8", exit_code=3)
        whole = time.monotonic() - start
        undisturbed = self.content()
        generator = random.Random(1)
        shutil.rmtree(self.library)
        fresh = 0
        for kill in range(KILLS):
            process = self.start("index", self.library, self.pictures, "--batch", "8")
            try:
                process.wait(timeout=whole * generator.random() * 1.1)
                ended = True
            except subprocess.TimeoutExpired:
                process.kill()
                ended = False
            process.communicate()
            if not self.library.exists():
                self.assertFalse(ended)
                continue
            self.verify()
            images = self.info()["images"]
            if ended or images == 240 or kill % 5 == 4:  # complete it, compare, and begin again from nothing
                self.index("--batch", "8", exit_code=3)
                self.assertEqual(self.content(), undisturbed)
                shutil.rmtree(self.library)
                fresh += 1
        self.assertGreater(fresh, 0)
        self.index("--batch", "8", exit_code=3)
        self.assertEqual(self.content(), undisturbed)

    def test_kill_9_while_codes_are_changed(self):
        for i in range(60):
            self.save(f"{i:03}.png", seed=i)
        self.index("--batch", "8")
        generator = random.Random(2)
        bits = {32}
        for kill in range(max(KILLS // 5, 3)):
            process = self.start("model", "fit", self.library, "--method", "lsh", "--bits", 40 + kill)
            bits.add(40 + kill)
            try:
                process.wait(timeout=generator.random() * 0.15)
            except subprocess.TimeoutExpired:
                process.kill()
            process.communicate()
            self.verify()
            self.assertIn(self.info()["bits"], bits)
            process = self.start("compact", self.library)
            try:
                process.wait(timeout=generator.random() * 0.1)
            except subprocess.TimeoutExpired:
                process.kill()
            process.communicate()
            self.verify()
        self.assertEqual(self.info()["images"], 60)


class FullDisk(Case):
    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", self.disk], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("cannot mount a small tmpfs (needs root): " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk])
        self.library = self.disk / "test.hashlens"

    def test_a_full_disk_is_an_error_that_loses_nothing(self):
        for i in range(40):
            self.save(f"{i:03}.png", seed=i)
        self.index("--batch", "8")
        before = self.content()
        filler = self.disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1024))
            except OSError:
                pass  # full, as intended
        for i in range(40, 400):
            self.save(f"{i:03}.png", seed=i)
        _, err = self.index("--batch", "8", exit_code=5)
        self.assertIn(b"space", err)
        self.assertEqual(len(err.strip().splitlines()[-1].split(b"\n")), 1)
        _, err = self.run_program("model", "fit", self.library, "--method", "lsh", "--bits", "512", exit_code=5)
        filler.unlink()
        self.verify()
        kept = self.info()["images"]
        self.assertGreaterEqual(kept, 40)
        self.index("--batch", "8")
        self.assertEqual(self.info()["images"], 400)
        self.verify()
        self.assertTrue(self.content()["ids.npy"])
        self.assertEqual(before["features.npy"][128:], self.content()["features.npy"][128:128 + len(before["features.npy"]) - 128])

    def test_no_room_for_a_new_library_leaves_nothing_behind(self):
        self.save("one.png")
        with open(self.disk / "filler", "wb") as file:
            file.write(bytes(4 * 1024 * 1024 - 64 * 1024))
        _, err = self.index(exit_code=5)
        self.assertIn(b"space", err)
        self.assertFalse(self.library.exists())


if __name__ == "__main__":
    unittest.main()
