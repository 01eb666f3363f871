"""The server against its own description: Schemathesis asks what openapi.json allows, and much that it does not."""

import os
import pathlib
import shutil
import subprocess
import unittest

from server import ServeCase

HERE = pathlib.Path(__file__).resolve().parent
SCHEMATHESIS = pathlib.Path(os.environ["HASHLENS_DEPS"]) / "venv" / "bin" / "schemathesis"
# Requests for each operation; HASHLENS_OPENAPI_EXAMPLES=400 makes more than 10,000 in all.
EXAMPLES = os.environ.get("HASHLENS_OPENAPI_EXAMPLES")
# Otherwise every run asks the same.
CHOICE = ["--generation-database", "none"] if EXAMPLES else ["--seed", "1", "--generation-deterministic"]


@unittest.skipUnless(SCHEMATHESIS.exists(), "Schemathesis is not installed: tools/setup.sh --web")
class OpenApi(ServeCase):
    IMAGES = 300  # many are removed

    def test_the_server_does_what_its_description_says(self):
        server = self.serve("--uploads", self.uploads, "--root", self.pictures, "--access-log", "off")
        kept = self.folder / "kept"
        shutil.copytree(self.pictures, kept)
        # What no description can say: which of the allowed things this library has (words need a model with a text network).
        run = subprocess.run(
            [SCHEMATHESIS, "--config-file", HERE / "schemathesis.toml", "run", f"http://127.0.0.1:{server.port}/openapi.json", "--max-examples", EXAMPLES or "25", "--continue-on-failure",
             "--checks", "all", "--exclude-checks", "positive_data_acceptance", "--suppress-health-check", "all", "--no-color",
             "--warnings", "off", *CHOICE],
            env={**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "openapi_hooks", "HASHLENS_OPENAPI_LIBRARY": "test", "HASHLENS_OPENAPI_IMAGES": str(self.IMAGES)},
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(run.returncode, 0, "\n".join(line[:400] for line in run.stdout.splitlines()))
        self.assertIn("Tested: 28", run.stdout)
        self.assertEqual(server.get("/healthz").status, 200)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(sorted(p.name for p in kept.rglob("*")), sorted(p.name for p in self.pictures.rglob("*")), "no picture is changed")
        self.run_program("verify", self.library)
