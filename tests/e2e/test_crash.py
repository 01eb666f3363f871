"""kill -9 and full disks: what was committed stays, and the next run goes on."""

import os
import random
import shutil
import unittest

from case import Case
from disk_changes import count_changes, kill_at_change

KILLS = int(os.environ.get("HASHLENS_KILLS", "10"))


class Kill(Case):
    def test_kill_9_at_random_moments(self):
        for i in range(240):
            self.save(f"{i % 7}/{i:03}.png", seed=i)
        (self.pictures / "broken.jpg").write_bytes(b"broken")
        index = ("index", self.library, self.pictures, "--batch", "8")
        whole = count_changes(self, *index, exit_code=3)
        undisturbed = self.content()
        generator = random.Random(1)
        shutil.rmtree(self.library)
        fresh = in_the_middle = 0
        for kill in range(10 * KILLS):
            if kill >= KILLS and fresh > 0 and in_the_middle > 0:
                break
            ended = not kill_at_change(self, generator.randrange(whole), *index, exit_code=3)
            if not self.library.exists():
                self.assertFalse(ended)
                continue
            self.verify()
            images = self.info()["images"]
            in_the_middle += not ended and 0 < images < 240
            if ended or images == 240 or kill % 5 == 4:  # complete it, compare, and begin again from nothing
                self.index("--batch", "8", exit_code=3)
                self.assertEqual(self.content(), undisturbed)
                shutil.rmtree(self.library)
                fresh += 1
        self.assertGreater(fresh, 0)
        self.assertGreater(in_the_middle, 0)
        self.index("--batch", "8", exit_code=3)
        self.assertEqual(self.content(), undisturbed)

    def test_kill_9_while_codes_are_changed(self):
        for i in range(60):
            self.save(f"{i:03}.png", seed=i)
        self.index("--batch", "8")
        whole = self.folder / "whole"
        shutil.copytree(self.library, whole)
        fit = ("model", "fit", self.library, "--method", "lsh", "--bits", 40)
        compact = ("compact", self.library)
        fit_changes = count_changes(self, *fit)
        compact_changes = count_changes(self, *compact)
        undisturbed = self.content()
        generator = random.Random(2)
        rounds = max(KILLS // 5, 3)
        fits = compactions = 0
        for done in range(10 * rounds):
            if done >= rounds and fits > 0 and compactions > 0:
                break
            shutil.rmtree(self.library)
            shutil.copytree(whole, self.library)
            fits += kill_at_change(self, generator.randrange(fit_changes), *fit)
            self.verify()
            self.assertIn(self.info()["bits"], {32, 40})
            compactions += kill_at_change(self, generator.randrange(compact_changes), *compact)
            self.verify()
            self.assertEqual(self.info()["images"], 60)
            self.run_program(*fit)
            self.run_program(*compact)
            self.assertEqual(self.content(), undisturbed)
        self.assertGreater(fits, 0)
        self.assertGreater(compactions, 0)


class FullDisk(Case):
    def setUp(self):
        super().setUp()
        self.disk = self.mount_small_disk("4m")
        self.library = self.disk / "test.hashlens"

    def test_a_full_disk_is_an_error_that_loses_nothing(self):
        for i in range(40):
            self.save(f"{i:03}.png", seed=i)
        self.index("--batch", "8")
        before = self.content()
        filler = self.fill_disk(self.disk)
        for i in range(40, 400):
            self.save(f"{i:03}.png", seed=i)
        _, err = self.index("--batch", "8", exit_code=5)
        self.assertIn(b"space", err)
        lines = err.splitlines()
        self.assertEqual([line for line in lines if line.startswith(b"hashlens: ")], lines[-1:])
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
