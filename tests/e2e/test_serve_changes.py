"""The HTTP server: changes of libraries, and its end."""

import fcntl
import http.client
import itertools
import json
import os
import pathlib
import re
import select
import subprocess
import threading
import unittest

from case import DEADLINE_S, picture
from server import Answer, ServeCase, encoded, multipart, terminate


class Writing(ServeCase):
    IMAGES_PATH = "/v1/libraries/test/images"

    def test_uploads(self):
        server = self.serve("--uploads", self.uploads)
        self.assertTrue(server.get("/v1/libraries/test").json["uploads"])
        parts = [("image", "../../x y.png", encoded(picture(70))), ("image", "b.jpg", encoded(picture(71), "jpeg")),
                 ("tags", None, b'{"from": ["web"], "kind": "y"}')]
        report = server.send(self.IMAGES_PATH, *parts).json
        self.assertEqual((report["added"], report["failed"]), (2, 0))
        self.assertEqual([image["path"].rsplit("-")[-1] for image in report["images"]], ["x_y.png", "b.jpg"])
        self.assertEqual(server.get(f"{self.IMAGES_PATH}/{report['images'][1]['id']}").json, report["images"][1])
        page = server.get(self.IMAGES_PATH + "?tag=from%3Dweb").json["images"]
        self.assertEqual([image["tags"] for image in page], [{"from": ["web"], "kind": ["y"]}] * 2)
        for image in page:
            self.assertEqual(pathlib.Path(image["path"]).parent, self.uploads / "test")
        hits = server.send("/v1/libraries/test/search", parts[0]).json["hits"]
        self.assertLess(hits[0]["distance"], 1e-5)
        self.assertEqual([hits[0][side] for side in ("width", "height")], [report["images"][0][side] for side in ("width", "height")])
        # The same once more is the same.
        self.assertEqual(server.send(self.IMAGES_PATH, *parts).json["unchanged"], 2)
        self.assertEqual(len(list((self.uploads / "test").iterdir())), 2)
        self.assertEqual(server.stop(), 0)
        self.verify()

    def test_a_kept_file_that_was_changed_is_put_right(self):
        server = self.serve("--uploads", self.uploads)
        part = ("image", "a.png", encoded(picture(70)))
        server.send(self.IMAGES_PATH, part)
        (kept,) = (self.uploads / "test").iterdir()
        kept.write_bytes(b"x" * len(part[2]))
        report = server.send(self.IMAGES_PATH, part).json
        self.assertEqual((report["failed"], len(report["images"])), (0, 1))
        self.assertEqual(kept.read_bytes(), part[2])
        # Another file in its place is not sent.
        image = report["images"][0]["id"]
        self.assertEqual(server.get(f"{self.IMAGES_PATH}/{image}/file").body, part[2])
        kept.unlink()
        kept.symlink_to("/etc/passwd")
        self.problem(server.get(f"{self.IMAGES_PATH}/{image}/file"), 404)

    def test_a_library_in_whose_place_another_is(self):
        server = self.serve("--uploads", self.uploads)
        self.library.rename(self.folder / "old.hashlens")
        self.problem(server.get("/v1/libraries/test"), 503)
        self.index()
        for answer in (server.get("/v1/libraries/test/search?id=1"), server.get("/v1/search?id=1"), server.get("/readyz"),
                       server.ask("DELETE", self.IMAGES_PATH + "/3"), server.send(self.IMAGES_PATH, ("image", "a.png", encoded(picture(70))))):
            self.assertIn("replaced", self.problem(answer, 503))
        self.assertEqual(self.info()["images"], self.IMAGES)
        self.library.rename(self.folder / "new.hashlens")
        (self.folder / "old.hashlens").rename(self.library)
        self.assertEqual(server.get("/v1/libraries/test").status, 200)

    def test_uploads_that_are_none(self):
        server = self.serve("--uploads", self.uploads)
        good = ("image", "a.png", encoded(picture(70)))
        self.problem(server.send(self.IMAGES_PATH, good, ("image", "b.png", b"no picture")), 422)
        self.problem(server.send(self.IMAGES_PATH, good, ("tags", None, b"[]")), 400)
        self.problem(server.send(self.IMAGES_PATH, good, ("tag", None, b"{}")), 400)
        self.problem(server.send(self.IMAGES_PATH, ("tags", None, b"{}")), 400)
        self.problem(server.post(self.IMAGES_PATH, {"image": 1}), 400)
        self.assertFalse((self.uploads / "test").exists())
        self.problem(self.serve().send(self.IMAGES_PATH, good), 403)
        limited = self.serve("--uploads", self.uploads, "--max-pixels", 100)
        self.assertIn("limit of 100 pixels", self.problem(limited.send(self.IMAGES_PATH, good), 400))

    def test_an_upload_that_stops_half_way(self):
        server = self.serve("--uploads", self.uploads, "--timeout", 2)
        body, kind = multipart(("image", "a.png", encoded(picture(70, (200, 200)))))
        head = f"POST {self.IMAGES_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with server.connect_raw() as client:
            client.sendall(head + body[:len(body) // 2])
        self.assertIn(b" 408 ", server.raw(head + body[:len(body) // 2]))
        self.assertIn(b" 400 ", server.raw(head.replace(kind.encode(), b"multipart/form-data") + body))
        self.assertFalse((self.uploads / "test").exists())
        self.assertEqual(server.get("/v1/libraries/test").json["images"], self.IMAGES)

    def test_removing(self):
        server = self.serve()
        self.assertEqual(server.ask("DELETE", self.IMAGES_PATH + "/1").json, {"removed": 1})
        self.problem(server.get(self.IMAGES_PATH + "/1"), 404)
        self.problem(server.ask("DELETE", self.IMAGES_PATH + "/1"), 404)
        self.assertEqual(server.post("/v1/libraries/test/remove", {"ids": [2, 3]}).json, {"removed": 2})
        self.assertEqual(server.get("/v1/libraries").json["libraries"][0]["images"], self.IMAGES - 3)
        self.assertEqual({hit["id"] for hit in server.get("/v1/libraries/test/search?id=4&k=50").json["hits"]}, set(range(4, self.IMAGES + 1)))
        for wrong in ({}, {"ids": []}, {"ids": 4}, {"ids": [0]}, {"ids": [4], "all": True}):
            self.problem(server.post("/v1/libraries/test/remove", wrong), 400)

    def test_tags(self):
        server = self.serve()
        tags = "/v1/libraries/test/tags"
        self.assertEqual(server.post(tags, {"ids": [1, 2], "add": {"who": ["me", "you"]}}).json, {"changed": 2})
        self.assertEqual(server.get(self.IMAGES_PATH + "/1").json["tags"], {"kind": ["x"], "who": ["me", "you"]})
        self.assertEqual(server.post(tags, {"ids": [1], "remove": {"who": ["me"]}, "remove_keys": ["kind"]}).json, {"changed": 1})
        self.assertEqual(server.get(self.IMAGES_PATH + "/1").json["tags"], {"who": ["you"]})
        self.problem(server.post(tags, {"ids": [99], "add": {"a": ["b"]}}), 404)
        self.problem(server.post(tags, {"ids": list(range(1, 1001)), "add": {"a": [str(n) for n in range(101)]}}), 413)
        for wrong in ({"ids": [1]}, {"ids": [1], "add": {}}, {"ids": [1], "add": ["a"]}, {"ids": [1], "add": {"a": [1]}}, {"add": {"a": ["b"]}}):
            self.problem(server.post(tags, wrong), 400)

    def test_jobs(self):
        server = self.serve("--root", self.pictures)
        for i in range(30):
            self.save(f"c/{i}.png", seed=1000 + i)
        (self.pictures / "c" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        answer = server.post("/v1/libraries/test/jobs", {"paths": [str(self.pictures / "c")], "tags": {"job": ["one"]}})
        self.assertEqual((answer.status, answer.headers["Location"]), (202, f"/v1/jobs/{answer.json['job']}"))
        job = answer.json["job"]
        events = self.events(server, job)
        self.assertEqual((events[-1][0], {name for name, _ in events[:-1]}), ("end", {"progress"}))
        end = events[-1][1]
        self.assertEqual((end["id"], end["library"], end["state"], end["report"]["added"], end["report"]["failed"], end["error"]),
                         (job, "test", "done", 30, 1, None))
        self.assertEqual(server.get(f"/v1/jobs/{job}").json, end)
        self.assertEqual(server.get("/v1/jobs").json["jobs"], [end])
        self.assertEqual(len(server.get(self.IMAGES_PATH + "?tag=job%3Done").json["images"]), 30)
        for wrong in ({}, {"paths": []}, {"paths": [1]}, {"paths": [str(self.pictures)], "prune": 1}, {"paths": [str(self.pictures)], "x": 1}):
            self.problem(server.post("/v1/libraries/test/jobs", wrong), 400)
        self.problem(server.get("/v1/jobs/99"), 404)
        self.problem(server.get("/v1/jobs/99/events"), 404)

    def test_jobs_are_cancelled(self):
        server = self.serve("--root", self.pictures)
        for i in range(400):
            self.save(f"c/{i}.png", seed=1000 + i)
        with self.changes_held():
            first = self.start_job(server, self.pictures / "c", "running")
            second = self.start_job(server, self.pictures / "c", "queued")
            self.assertEqual(server.ask("DELETE", f"/v1/jobs/{second}").status, 200)
            self.assertEqual(server.ask("DELETE", f"/v1/jobs/{first}").status, 200)
        ends = [self.events(server, job)[-1][1] for job in (first, second)]
        self.assertEqual([end["state"] for end in ends], ["cancelled", "cancelled"])
        self.assertEqual(server.get("/v1/libraries/test").json["images"], self.IMAGES)
        self.assertEqual(server.stop(), 0)
        self.verify()

    def test_a_job_is_cancelled_while_it_reads(self):
        server = self.serve("--root", self.pictures)
        large = self.save("c/large.png", image=picture(1000, (1500, 1500)))
        for i in range(2000):  # all of them take a minute of a processor
            os.link(large, self.pictures / "c" / f"{i}.png")
        job = self.start_job(server, self.pictures / "c", "running")
        has_read = lambda now: now["stage"] == "indexing" and now["done"] > 0
        self.wait_for(lambda: has_read(server.get(f"/v1/jobs/{job}").json), "the first pictures are read")
        self.assertEqual(server.ask("DELETE", f"/v1/jobs/{job}").status, 200)
        end = self.events(server, job)[-1][1]
        self.assertEqual((end["state"], end["report"]["interrupted"]), ("cancelled", True))
        self.assertTrue(0 < end["report"]["added"] < 2001, end)
        self.assertEqual(server.get("/v1/libraries/test").json["images"], self.IMAGES + end["report"]["added"])
        self.assertEqual(server.stop(), 0)
        self.verify()

    def test_another_writer_is_waited_for_no_longer_than_told(self):
        server = self.serve("--timeout", 2, "--root", self.pictures)
        with open(self.library / "lock") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            answer = server.ask("DELETE", self.IMAGES_PATH + "/1")
        self.assertIn("another process", self.problem(answer, 503))
        self.assertIn("Retry-After", answer.headers)
        with self.changes_held():
            self.start_job(server, self.pictures, "running")
            answer = server.ask("DELETE", self.IMAGES_PATH + "/1")
        self.assertIn("another change", self.problem(answer, 503))
        self.assertIn("Retry-After", answer.headers)
        self.assertEqual(server.ask("DELETE", self.IMAGES_PATH + "/1").json, {"removed": 1})


class Ending(ServeCase):
    def test_what_has_begun_is_finished(self):
        server = self.serve()
        big = encoded(picture(5, (3000, 3000)), "png")
        body, kind = multipart(("image", "big.png", big))
        # Until the server is told to end while it works on the search: stopped there, it has not answered.
        for _ in range(20):
            connection = server.connect()
            self.addCleanup(connection.close)
            connection.request("POST", "/v1/libraries/test/search", body, {"Content-Type": kind})
            answered = lambda: select.select([connection.sock], [], [], 0)[0]
            self.wait_for(lambda: answered() or server.metric("hashlens_requests_working") == 1, "the search is worked on")
            with self.paused(server.process):
                begun = not answered()
                if begun:
                    server.terminate()
            answer = Answer(connection.getresponse())
            self.assertEqual((answer.status, len(answer.json["hits"])), (200, 10))
            if begun:
                break
        self.assertTrue(begun, "every search was quicker")
        self.assertEqual(server.process.wait(timeout=DEADLINE_S), 0)
        with self.assertRaises(ConnectionError):
            server.get("/healthz")

    def test_idle_connections_and_streams_do_not_hold_it_up(self):
        server = self.serve("--keep-alive", 600, "--root", self.pictures)
        idle = server.connect()
        self.addCleanup(idle.close)
        idle.request("GET", "/healthz")
        idle.getresponse().read()
        silent = server.connect_raw()
        self.addCleanup(silent.close)
        with self.changes_held():
            job = self.start_job(server, self.pictures, "running")
            connection, stream = self.follow(server, job)
            self.addCleanup(connection.close)
            self.assertTrue(stream.readline().startswith(b"event: progress"))
            server.terminate()
        self.assertEqual(server.process.wait(timeout=DEADLINE_S), 0)
        stream.read()

    def test_kill_during_uploads_loses_nothing_that_was_answered(self):
        for attempt in range(4):
            server = self.serve("--uploads", self.uploads)
            answered, failures, killed, lock = set(), [], threading.Event(), threading.Lock()

            def upload(n):
                """One picture after the other, until the server is killed."""
                for turn in itertools.count():
                    name = f"{attempt}-{n}-{turn}.png"
                    try:
                        report = server.send("/v1/libraries/test/images", ("image", name, encoded(picture(name))))
                    except (OSError, http.client.HTTPException) as error:
                        if not killed.is_set():
                            failures.append(error)
                        return
                    if report.status != 200 or report.json["added"] != 1:
                        failures.append(report.body)
                        return
                    with lock:
                        answered.add(name)

            threads = [threading.Thread(target=upload, args=(n,)) for n in range(8)]
            for thread in threads:
                thread.start()
            try:
                self.wait_for(lambda: failures or len(answered) > attempt, "uploads are answered")
            finally:
                killed.set()
                server.process.kill()
                for thread in threads:
                    thread.join()
            server.kill()
            self.assertEqual(failures, [])
            self.assertGreater(len(answered), attempt)
            self.verify()
            names = [pathlib.Path(row["path"]).name for row in self.json_lines("list", self.library, "--json")]
            for name in answered:
                self.assertTrue(any(stored.endswith("-" + name) for stored in names), name)
            again = self.serve("--uploads", self.uploads)
            self.assertFalse(list((self.uploads / "test").glob(".upload-*")))
            self.assertEqual(again.stop(), 0)

    def test_a_log_that_nobody_reads_any_more_is_no_reason_to_end(self):
        read, write = os.pipe()
        process = subprocess.Popen([os.environ["HASHLENS_PROGRAM"], "serve", self.library, "--listen", "127.0.0.1:0"],
                                   env=self.environment(), stderr=write)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        os.close(write)
        os.set_blocking(read, False)
        text = []

        def port():
            if select.select([read], [], [], 0)[0]:
                text.append(os.read(read, 4096))
                self.assertTrue(text[-1], text)
            return re.search(rb"listening on http://127\.0\.0\.1:(\d+)", b"".join(text))

        found = self.wait_for(port, "the server listens")
        os.close(read)
        for _ in range(20):
            connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=60)
            connection.request("GET", "/healthz")
            self.assertEqual(connection.getresponse().read(), b"ok\n")
            connection.close()
        terminate(process, int(found[1]))
        self.assertEqual(process.wait(timeout=DEADLINE_S), 0)


if __name__ == "__main__":
    unittest.main()
