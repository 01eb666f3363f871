"""Pictures of every awkward kind: each is indexed, or fails alone with a clear reason."""

import os
import struct
import unittest
import zlib

from PIL import Image

from case import Case, heed_permissions, picture


def png_header(width, height):
    """A PNG that promises width x height pixels and has none."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


class Pictures(Case):
    def nearest(self, query, k=1):
        (result,) = self.json_lines("search", self.library, query, "-k", k, "--json")
        return result["hits"]

    def test_every_kind_of_healthy_picture_is_indexed(self):
        base = picture(1, (80, 60))
        self.save("rgb.jpg", image=base, quality=95)
        self.save("grey.jpg", image=base.convert("L"))
        self.save("cmyk.jpg", image=base.convert("CMYK"), quality=95)
        self.save("progressive.jpg", image=base, progressive=True)
        self.save("rgb.png", image=base)
        self.save("palette.png", image=base.convert("P"))
        self.save("bilevel.png", image=base.convert("1"))
        self.save("alpha.png", image=base.convert("RGBA"))
        self.save("sixteen.png", image=base.convert("I;16"))
        self.save("lossless.webp", image=base, lossless=True)
        self.save("plain.gif", image=base)
        self.save("animated.gif", image=base, save_all=True, append_images=[picture(2, (80, 60))], duration=100)
        self.save("plain.tiff", image=base)
        self.save("plain.bmp", image=base)
        self.save("plain.ppm", image=base)
        self.save("one.png", image=Image.new("RGB", (1, 1), "red"))
        self.save("thin.png", image=Image.new("RGB", (1, 10000), "blue"))
        self.save("wide.jpg", image=Image.new("RGB", (10000, 1), "green"))
        (self.save("wrong-name.jpg.tmp", image=base, format="PNG")).rename(self.pictures / "wrong-name.jpg")
        (self.pictures / "no-ending").write_bytes((self.pictures / "rgb.png").read_bytes())
        self.index()
        self.assertEqual(self.info()["images"], 20)
        for name in ("cmyk.jpg", "wrong-name.jpg", "animated.gif", "alpha.png", "plain.bmp", "progressive.jpg"):
            (hit, *_) = [h for h in self.nearest(self.pictures / "rgb.png", 20) if h["path"].endswith("/" + name)]
            self.assertLess(hit["distance"], 0.5, name)

    def test_all_eight_orientations_are_the_same_picture(self):
        upright = picture(3, (80, 60))
        undo = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
                5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}
        for orientation, how in undo.items():
            exif = Image.Exif()
            exif[0x0112] = orientation
            stored = upright if how is None else upright.transpose(how)
            self.save(f"{orientation}.jpg", image=stored, exif=exif, quality=100, subsampling=0)
        self.save("other.jpg", seed=99)
        self.index()
        hits = self.nearest(self.pictures / "1.jpg", 9)
        self.assertEqual({h["path"][-5] for h in hits[:8]}, set("12345678"))
        self.assertLess(hits[7]["distance"], 0.2)
        self.assertGreater(hits[8]["distance"], 2 * hits[7]["distance"])

    def test_alpha_lies_over_white(self):
        white = picture(4, (40, 40))
        white.paste("white", (0, 0, 20, 40))
        clear = picture(4, (40, 40)).convert("RGBA")
        clear.paste((0, 0, 0, 0), (0, 0, 20, 40))
        self.save("white.png", image=white)
        self.save("clear.png", image=clear)
        self.index()
        self.assertLess(self.nearest(self.pictures / "white.png", 2)[1]["distance"], 1e-5)

    def test_broken_files_fail_alone_with_a_reason(self):
        self.save("good.png")
        whole = self.save("whole.jpg", image=picture(5, (200, 200)), quality=95).read_bytes()
        (self.pictures / "cut.jpg").write_bytes(whole[: len(whole) // 2])
        cut = self.save("whole.png", image=picture(5, (200, 200))).read_bytes()
        (self.pictures / "cut.png").write_bytes(cut[: len(cut) // 2])
        (self.pictures / "empty.jpg").write_bytes(b"")
        (self.pictures / "random.jpg").write_bytes(os.urandom(5000))
        (self.pictures / "text.png").write_text("hello")
        (self.pictures / "huge.png").write_bytes(png_header(50_000, 50_000))
        (self.pictures / "header-only.jpg").write_bytes(whole[:20])
        (self.pictures / "dangling.jpg").symlink_to("nowhere.jpg")
        (self.pictures / "loop").symlink_to(".")
        (self.pictures / "self.jpg").symlink_to("self.jpg")
        (self.pictures / "movie.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(1000))
        os.mkfifo(self.pictures / "pipe.jpg")
        _, err = self.index(exit_code=3)
        failures = self.failures()
        self.assertEqual(set(failures), {"cut.jpg", "cut.png", "empty.jpg", "random.jpg", "text.png", "huge.png",
                                         "header-only.jpg", "dangling.jpg", "self.jpg"})
        self.assertIn("empty", failures["empty.jpg"])
        self.assertIn("limit", failures["huge.png"])
        self.assertIn("link", failures["dangling.jpg"])
        for reason in failures.values():
            self.assertNotIn("\n", reason)
        self.assertEqual(self.info()["images"], 3)
        self.assertIn(b"failed", err)
        self.verify()

    def test_limits_are_options(self):
        self.save("small.png")  # a run in which nothing can be indexed makes no library
        self.save("big.png", image=picture(6, (100, 100)))
        self.index("--max-pixels", "9999", exit_code=3)
        self.index(exit_code=3)
        self.index("--retry-failed")
        self.assertEqual(self.info()["images"], 2)

    def test_unreadable_files_and_folders(self):
        self.save("good.png")
        self.save("closed/inside.png")
        secret = self.save("secret.png")
        secret.chmod(0)
        run = lambda *rest, exit_code: self.run_program("index", self.library, self.pictures, *rest, exit_code=exit_code, preexec_fn=heed_permissions)
        run(exit_code=3)
        self.assertIn("Permission denied", self.failures()["secret.png"])
        (self.pictures / "closed").chmod(0)
        self.addCleanup((self.pictures / "closed").chmod, 0o755)
        run("--prune", exit_code=3)
        self.assertEqual(self.info()["images"], 2)  # what cannot be seen is not gone
        self.assertIn("closed", self.failures())

    def test_names_of_any_bytes(self):
        names = [b"new\nline.png", b"quote\"'.png", b"invalid\xff\xfe.png", b"-dash.png", "ünï.png".encode(), b" space .png"]
        for i, name in enumerate(names):
            path = os.path.join(os.fsencode(self.pictures), name)
            picture(i).save(os.fsdecode(path), format="PNG")
        self.index()
        out, err = self.run_program("search", self.library, "--id", 1, "--paths", "-0")
        self.assertEqual({os.path.basename(p) for p in out.split(b"\0") if p}, set(names))
        (result,) = self.json_lines("search", self.library, "--id", 1, "--json")
        odd = [hit for hit in result["hits"] if "path_hex" in hit]
        self.assertEqual([os.path.basename(bytes.fromhex(hit["path_hex"])) for hit in odd], [b"invalid\xff\xfe.png"])
        out, _ = self.run_program("search", self.library, "--id", 1)
        self.assertEqual(len(out.splitlines()), 9)  # a newline in a name does not break the table


if __name__ == "__main__":
    unittest.main()
