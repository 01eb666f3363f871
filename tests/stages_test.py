#!/usr/bin/env python3
"""tools/stages.sh measures each stage and stops at the first that fails."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

LIBRARY = pathlib.Path(__file__).resolve().parent.parent / "tools" / "stages.sh"
ROW = re.compile(r"^(.+?) +(\d+\.\d) +(\d+\.\d)(  FAILED)?$")


class StagesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_script(self, text):
        script = self.folder / "a script.sh"
        script.write_text(f"#!/usr/bin/env bash\nset -euo pipefail\nsource '{LIBRARY}'\n{text}")
        return subprocess.run(["bash", script], cwd=self.folder, capture_output=True, text=True, check=False)

    def rows(self, table):
        """{name: (wall, processor, failed)} of a table; every line is as wide as the others."""
        lines = table.splitlines()
        self.assertEqual(lines[0].split(), ["stage", "wall", "s", "processor", "s"])
        self.assertEqual({len(line.removesuffix("  FAILED")) for line in lines}, {len(lines[0])}, table)
        found = [ROW.match(line) for line in lines[1:]]
        return {row[1]: (float(row[2]), float(row[3]), bool(row[4])) for row in found}

    def test_the_table_has_every_stage_and_the_total(self):
        done = self.run_script(
            "work() { local i; for ((i = 0; i < 200000; ++i)); do :; done; }\n"
            "stage waits sleep 0.5\nstage 'works a lot' work\nprint_stages\n"
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = self.rows(done.stdout)
        self.assertEqual(list(rows), ["waits", "works a lot", "total"])
        self.assertGreaterEqual(rows["waits"][0], 0.5)
        self.assertLess(rows["waits"][1], 0.5, "sleep uses no processor")
        self.assertGreater(rows["works a lot"][1], 0)
        # Each number of the table is cut to tenths.
        for column in (0, 1):
            self.assertAlmostEqual(rows["total"][column], rows["waits"][column] + rows["works a lot"][column], delta=0.25)

    def test_json_has_every_stage(self):
        done = self.run_script("stage one true\ntry_stage 'two words' false\nstages_as_json\n")
        rows = json.loads(done.stdout)
        self.assertEqual([(row["stage"], row["status"]) for row in rows], [("one", 0), ("two words", 1)])
        self.assertTrue(all(row["wall_s"] >= 0 and row["processor_s"] >= 0 for row in rows))

    def test_processes_of_a_stage_count(self):
        done = self.run_script("stage work sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done'\nprint_stages\n")
        self.assertGreater(self.rows(done.stdout)["work"][1], 0)

    def test_the_first_failure_ends_the_script_with_its_status(self):
        done = self.run_script("stage good true\nstage bad sh -c 'exit 7'\necho reached\n")
        self.assertEqual((done.returncode, done.stdout), (7, ""))
        *before, last = done.stderr.splitlines()
        self.assertRegex(last, r"^stage: bad FAILED with exit status 7 after \d+\.\d s: sh -c exit 7$")
        rows = self.rows("\n".join(before[before.index("stage: bad") + 1:]))
        self.assertEqual({name: row[2] for name, row in rows.items()}, {"good": False, "bad": True, "total": False})

    def test_errexit_holds_inside_a_function(self):
        for failing in ("false", "false | true", "(exit 3)", "missing_command", "inner", 'echo "$unset"'):
            with self.subTest(failing=failing):
                done = self.run_script(
                    f"inner() {{ false; echo reached; }}\nwork() {{ {failing}; echo reached; }}\nstage work work\necho reached\n"
                )
                self.assertNotEqual(done.returncode, 0)
                self.assertNotIn("reached", done.stdout)
                self.assertIn("stage: work FAILED", done.stderr)

    def test_a_stage_in_a_condition_is_refused(self):
        for line in ("if stage x false; then :; fi", "stage x false || true", "! stage x false", "stage x false && true"):
            with self.subTest(line=line):
                done = self.run_script(f"{line}\necho reached\n")
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("cannot be part of a condition", done.stderr)

    def test_errexit_holds_after_a_stage(self):
        done = self.run_script("try_stage bad false\nstage good true\nfalse\necho reached\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))

    def test_try_stage_goes_on_and_tells_the_status(self):
        done = self.run_script(
            'work() { false; echo reached; }\ntry_stage bad work\necho "$stage_status"\n'
            'try_stage good true\necho "$stage_status"\nprint_stages\n'
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        bad, good, *table = done.stdout.splitlines()
        self.assertEqual((bad, good), ("1", "0"))
        self.assertEqual({name: row[2] for name, row in self.rows("\n".join(table)).items()}, {"bad": True, "good": False, "total": False})

    def test_a_stage_changes_nothing_of_the_script(self):
        done = self.run_script('name=script\nwork() { name=stage; cd /; trap "echo trapped" EXIT; }\nstage work work\necho "$name" "$PWD"\n')
        self.assertEqual(done.stdout.splitlines(), ["trapped", f"script {self.folder.resolve()}"])

    def test_stages_inside_a_stage_have_a_table_of_their_own(self):
        done = self.run_script("outer() { stage inner true; print_stages; }\nstage before true\nstage outer outer\nprint_stages\n")
        lines = done.stdout.splitlines()
        self.assertEqual(list(self.rows("\n".join(lines[:3]))), ["inner", "total"])
        self.assertEqual(list(self.rows("\n".join(lines[3:]))), ["before", "outer", "total"])

    def test_arguments_arrive_as_they_are(self):
        done = self.run_script("""stage show printf '<%s>' 'a b' '' '*'\n""")
        self.assertEqual(done.stdout, "<a b><><*>")


if __name__ == "__main__":
    unittest.main()
