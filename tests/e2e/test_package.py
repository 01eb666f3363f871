"""The Debian packages: made from the build, and looked into without installing them."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["HASHLENS_BUILD"])
CPACK = pathlib.Path(os.environ["HASHLENS_CMAKE"]).with_name("cpack")


@unittest.skipUnless(shutil.which("dpkg-shlibdeps") and shutil.which("file"), "tools/setup.sh --package brings what makes packages")
@unittest.skipUnless((BUILD / "share/hashlens/models").is_dir(), "`make model` makes the model, which is part of the package")
class Package(unittest.TestCase):
    def test_the_packages_hold_what_they_should(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="hashlens-package-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        # Compression would take most of the time.
        command = [CPACK, "--config", BUILD / "CPackConfig.cmake", "-G", "DEB", "-B", folder, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=none"]
        done = subprocess.run(command, cwd=BUILD, capture_output=True, text=True, timeout=900)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = subprocess.run([ROOT / "packaging/check_contents.sh", folder], capture_output=True, text=True, timeout=300)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stdout + done.stderr)
        # What is not there is found missing.
        for package in folder.glob("libhashlens-dev_*.deb"):
            package.unlink()
        done = subprocess.run([ROOT / "packaging/check_contents.sh", folder], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 1)
        self.assertIn("usr/include/hashlens/library.h is missing", done.stderr)


if __name__ == "__main__":
    unittest.main()
