"""The HTTP server: every address, who may what, and what a client can do wrong."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse

from case import Case, picture
from server import BOUNDARY, READ, WRITE, Answer, ServeCase, Server, encoded, multipart


class Reading(ServeCase):
    def test_status(self):
        server = self.serve()
        self.assertEqual(server.get("/healthz").body, b"ok\n")
        self.assertEqual(server.get("/readyz").status, 200)
        api = server.get("/openapi.json").json
        self.assertTrue(api["openapi"].startswith("3.1"))
        server.get("/v1/libraries/test/search?id=1")
        text = server.get("/metrics").body.decode()
        self.assertIn('hashlens_http_requests_total{route="/healthz",method="GET",code="200"} 1\n', text)
        self.assertIn(f'hashlens_library_images{{library="test"}} {self.IMAGES}\n', text)
        self.assertIn('hashlens_search_stage_seconds_count{stage="codes"} 1\n', text)
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) |[a-z_]+(\{.*\})? [0-9.e+-]+$)")
        self.assertEqual(server.stop(), 0)
        self.assertIn({"/healthz", "/metrics"} & {row["path"] for row in server.log()}, [{"/healthz", "/metrics"}])

    def test_page_is_guarded_against_scripts_of_others(self):
        server = self.serve()
        page = server.get("/")
        self.assertEqual(page.status, 200)
        self.assertIn("text/html", page.headers["Content-Type"])
        policy = page.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual(page.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        again = server.get("/", If_None_Match=page.headers["ETag"])
        self.assertEqual((again.status, again.body), (304, b""))
        for part in re.findall(rb'(?:src|href)="(/assets/[^"]+)"', page.body):
            self.assertEqual(server.get(part.decode()).status, 200, part)

    def test_libraries(self):
        server = self.serve()
        (library,) = server.get("/v1/libraries").json["libraries"]
        self.assertEqual((library["name"], library["images"], library["bits"], library["text"], library["writable"]),
                         ("test", self.IMAGES, 32, False, True))
        info = server.get("/v1/libraries/test").json
        self.assertEqual((info["images"], info["removed"], info["failures"], info["features"], info["uploads"]),
                         (self.IMAGES, 0, 0, "full", False))
        self.assertEqual(info["roots"], [str(self.pictures)])
        self.assertEqual(server.get("/v1/libraries/test/tags").json["tags"],
                         [{"key": "kind", "value": "x", "images": self.IMAGES}])
        self.problem(server.get("/v1/libraries/other"), 404)

    def test_images_page_by_page(self):
        server = self.serve()
        ids, after = [], 0
        while after is not None:
            page = server.get(f"/v1/libraries/test/images?after={after}&limit=5").json
            ids += [image["id"] for image in page["images"]]
            after = page["next"]
        self.assertEqual(ids, list(range(1, self.IMAGES + 1)))
        under = urllib.parse.quote(str(self.pictures / "a"))
        page = server.get(f"/v1/libraries/test/images?under={under}&tag=kind%3Dx&added_since=7d").json
        self.assertEqual(len(page["images"]), self.IMAGES // 2)
        self.assertEqual(server.get("/v1/libraries/test/images?tag=kind%3Dy").json, {"images": [], "next": None})
        for wrong in ("limit=0", "limit=x", "limit=99999999", "after=-1", "tag=x", "under=a", "added_since=never", "size=3"):
            self.problem(server.get("/v1/libraries/test/images?" + wrong), 400)

    def test_an_image(self):
        server = self.serve()
        image = server.get("/v1/libraries/test/images/1").json
        path = pathlib.Path(image["path"])
        self.assertEqual((image["width"], image["height"], image["format"], image["bytes"], image["tags"]),
                         (24, 24, "png", path.stat().st_size, {"kind": ["x"]}))
        self.assertRegex(image["added_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        for wrong, status in (("99", 404), ("0", 400), ("x", 400), ("18446744073709551616", 400), ("..%2f1", 404)):
            self.problem(server.get("/v1/libraries/test/images/" + wrong), status)

    def test_files_and_their_parts(self):
        server = self.serve()
        base = "/v1/libraries/test/images/1"
        path = pathlib.Path(server.get(base).json["path"])
        content = path.read_bytes()
        whole = server.get(base + "/file")
        self.assertEqual((whole.status, whole.body, whole.headers["Content-Type"]), (200, content, "image/png"))
        head = server.ask("HEAD", base + "/file")
        self.assertEqual((head.status, head.body, head.headers["Content-Length"]), (200, b"", str(len(content))))
        for given, part in (("bytes=0-9", content[:10]), ("bytes=10-", content[10:]), ("bytes=-5", content[-5:]),
                            ("bytes=5-999999999", content[5:])):
            answer = server.get(base + "/file", Range=given)
            self.assertEqual((answer.status, answer.body), (206, part), given)
            self.assertTrue(answer.headers["Content-Range"].endswith(f"/{len(content)}"))
        self.problem(server.get(base + "/file", Range=f"bytes={len(content)}-"), 416)
        self.assertEqual(server.get(base + "/file", Range="bytes=0-1,3-4").body, content)
        self.assertEqual(server.get(base + "/file", Range="bytes=0-1", If_Range='"other"').body, content)
        self.assertEqual(server.get(base + "/file", If_None_Match=whole.headers["ETag"]).status, 304)
        path.unlink()
        self.problem(server.get(base + "/file"), 404)
        os.mkfifo(path)
        self.problem(server.get(base + "/file"), 404)

    def test_thumbnails(self):
        server = self.serve()
        base = "/v1/libraries/test/images/2/thumbnail"
        first = server.get(base + "?size=64")
        self.assertEqual((first.status, first.headers["Content-Type"]), (200, "image/jpeg"))
        self.assertTrue(first.body.startswith(b"\xff\xd8"))
        self.assertIn("max-age", first.headers["Cache-Control"])
        self.assertEqual(server.get(base + "?size=64").body, first.body)
        self.assertEqual(server.get(base + "?size=64", If_None_Match=first.headers["ETag"]).status, 304)
        self.assertIn("hashlens_thumbnail_hits_total 1\n", server.get("/metrics").body.decode())
        for wrong in ("15", "1025", "x", "-1"):
            self.problem(server.get(base + "?size=" + wrong), 400)
        pathlib.Path(server.get("/v1/libraries/test/images/3").json["path"]).unlink()
        self.problem(server.get("/v1/libraries/test/images/3/thumbnail"), 404)

    def test_codes_and_bits(self):
        server = self.serve()
        base = "/v1/libraries/test/images/1/code"
        code = server.get(base).json
        self.assertEqual((code["id"], code["bits"], len(code["values"]), len(code["code"])), (1, 32, 32, 8))
        both = server.get(base + "?against=2").json
        hits = server.post("/v1/libraries/test/search", {"id": 1, "k": 50, "rerank": False}).json["hits"]
        hamming = {hit["id"]: hit["hamming"] for hit in hits}
        self.assertEqual((both["against"], both["hamming"], len(both["differ"])), (2, hamming[2], hamming[2]))
        other = server.get("/v1/libraries/test/images/2/code").json
        self.assertEqual(both["differ"], [b for b in range(32) if code["values"][b] != other["values"][b]])
        bit = server.get("/v1/libraries/test/bits/5?limit=3").json
        self.assertEqual((bit["bit"], len(bit["most"]), len(bit["least"]), bit["sampled"]), (5, 3, 3, self.IMAGES))
        self.assertGreaterEqual(bit["most"][0]["activation"], bit["most"][1]["activation"])
        self.assertLessEqual(bit["least"][0]["activation"], bit["least"][1]["activation"])
        codes = [server.get(f"/v1/libraries/test/images/{i}/code").json for i in range(1, self.IMAGES + 1)]
        self.assertAlmostEqual(bit["share"], sum(c["values"][5] for c in codes) / self.IMAGES)
        for wrong, status in (("/v1/libraries/test/bits/32", 400), ("/v1/libraries/test/bits/x", 400), (base + "?against=99", 404)):
            self.problem(server.get(wrong), status)

    def test_several_libraries_follow_what_others_write(self):
        second = self.folder / "second.hashlens"
        self.run_program("index", second, self.pictures / "a")
        server = Server(self, self.library, second)
        self.assertEqual([row["name"] for row in server.get("/v1/libraries").json["libraries"]], ["test", "second"])
        self.save("a/new.png", seed=77)
        self.run_program("index", second, self.pictures / "a")
        self.assertEqual(server.get("/v1/libraries/second").json["images"], self.IMAGES // 2 + 1)
        hits = server.get(f"/v1/libraries/second/search?id={self.IMAGES // 2 + 1}&k=1").json["hits"]
        self.assertEqual(hits[0]["path"], str(self.pictures / "a" / "new.png"))


class Searching(ServeCase):
    SEARCH = "/v1/libraries/test/search"

    def test_the_short_address_and_parameters_of_addresses(self):
        server = self.serve()
        image = ("image", "mine.png", encoded(picture(5)))
        hits = server.send("/v1/search?k=3&rerank=false", image).json["hits"]
        self.assertEqual(len(hits), 3)
        self.assertEqual(hits, server.send(self.SEARCH, image, ("query", None, b'{"k": 3, "rerank": false}')).json["hits"])
        self.assertEqual(hits[:2], server.send("/v1/search?k=3&library=test", image, ("query", None, b'{"k": 2, "rerank": false}')).json["hits"])
        self.assertEqual(server.get("/v1/search?id=1&k=2").json["hits"], server.post("/v1/search?k=2", {"id": 1}).json["hits"])
        under = {hit["path"] for hit in server.post(f"/v1/search?under={self.pictures}/a", {"id": 1}).json["hits"]}
        self.assertEqual(len(under), self.IMAGES // 2)
        self.assertTrue(all(path.startswith(f"{self.pictures}/a/") for path in under))
        self.problem(server.get("/v1/search?id=1&library=other"), 404)
        self.problem(server.get(self.SEARCH + "?id=1&library=test"), 400)
        self.problem(server.post("/v1/search?nonsense=1", {"id": 1}), 400)
        self.problem(server.post("/v1/search", []), 400)
        shutil.copytree(self.library, self.folder / "second.hashlens")
        both = self.serve(self.folder / "second")
        self.assertIn("several", self.problem(both.get("/v1/search?id=1"), 400))
        self.assertEqual(len(both.get("/v1/search?id=1&k=2&library=second").json["hits"]), 2)

    def test_by_id_as_the_program_does(self):
        server = self.serve()
        (expected,) = self.json_lines("search", self.library, "--id", 3, "-k", 5, "--json")
        answer = server.post(self.SEARCH, {"id": 3, "k": 5}).json
        self.assertEqual(answer["hits"], expected["hits"])
        self.assertEqual((answer["query"], answer["rows"], answer["exact"], answer["next"]), ("id:3", self.IMAGES, True, None))
        self.assertEqual(set(answer["ms"]), {"decode", "network", "codes", "rerank"})
        self.assertEqual(server.get(self.SEARCH + "?id=3&k=5").json["hits"], expected["hits"])
        self.assertEqual(server.get(self.SEARCH + "?id=3&tag=kind%3Dnone").json["hits"], [])

    def test_by_picture(self):
        server = self.serve()
        file = self.pictures / "a" / "04.png"
        answer = server.send(self.SEARCH, ("image", "mine.png", file.read_bytes()), ("query", None, b'{"k": 2}')).json
        self.assertEqual((answer["query"], len(answer["hits"]), answer["hits"][0]["path"]), ("mine.png", 2, str(file)))
        self.assertLess(answer["hits"][0]["distance"], 1e-5)
        self.assertEqual(server.send(self.SEARCH, ("image", "", file.read_bytes())).json["hits"][0]["path"], str(file))
        self.problem(server.send(self.SEARCH, ("image", "a.png", b"no picture")), 422)
        self.problem(server.send(self.SEARCH, ("image", "a.png", b"")), 422)
        self.problem(server.send(self.SEARCH, ("image", "a.png", file.read_bytes()[:60])), 422)
        self.problem(server.send(self.SEARCH, ("other", "a.png", file.read_bytes())), 400)
        self.problem(server.send(self.SEARCH, ("image", "a.png", file.read_bytes()), ("query", None, b'{"id": 1}')), 400)
        self.problem(server.send(self.SEARCH, ("image", "a", file.read_bytes()), ("image", "b", file.read_bytes())), 400)

    def test_parts_of_pictures(self):
        server = self.serve()
        small = picture(4)
        wide = picture(500, (48, 24))
        wide.paste(small, (24, 0))
        region = {"x": 0.5, "y": 0, "width": 0.5, "height": 1}
        query = json.dumps({"region": region}).encode()
        answer = server.send(self.SEARCH, ("image", "wide.png", encoded(wide)), ("query", None, query)).json
        self.assertEqual(answer["hits"][0]["path"], str(self.pictures / "a" / "04.png"))
        self.assertLess(answer["hits"][0]["distance"], 1e-3)
        self.assertEqual(server.post(self.SEARCH, {"id": 4, "region": region}).status, 200)
        for wrong in ({"x": 0.6, "y": 0, "width": 0.5, "height": 1}, {"x": 0, "y": 0, "width": 0, "height": 1}, {"x": 0}, [], {"x": "a"}):
            self.problem(server.post(self.SEARCH, {"id": 4, "region": wrong}), 400)
        self.problem(server.post(self.SEARCH, {"like": [4], "region": region}), 400)

    def test_examples(self):
        server = self.serve()
        alone = server.post(self.SEARCH, {"like": [4]}).json["hits"]
        by_id = server.post(self.SEARCH, {"id": 4}).json["hits"]
        self.assertEqual([hit["id"] for hit in alone], [hit["id"] for hit in by_id])
        rank = lambda query: [hit["id"] for hit in server.post(self.SEARCH, {**query, "k": 50}).json["hits"]].index(9)
        self.assertLessEqual(rank({"id": 4, "like": [9]}), rank({"id": 4}))
        self.assertGreaterEqual(rank({"id": 4, "unlike": [9]}), rank({"id": 4}))
        self.problem(server.post(self.SEARCH, {"unlike": [4]}), 400)
        self.problem(server.post(self.SEARCH, {"like": [99]}), 404)
        self.problem(server.post(self.SEARCH, {"like": list(range(1, 1000))}), 400)

    def test_pages_in_order_of_code(self):
        server = self.serve()
        (expected,) = self.json_lines("search", self.library, "--id", 3, "-k", 50, "--no-rerank", "--json")
        found, query = [], {"id": 3, "k": 5, "rerank": False}
        while query:
            answer = server.post(self.SEARCH, query).json
            found += [hit["id"] for hit in answer["hits"]]
            query = {"id": 3, "k": 5, "after": answer["next"]} if answer["next"] else None
        self.assertEqual(found, [hit["id"] for hit in expected["hits"]])

    def test_filters(self):
        server = self.serve()
        answer = server.post(self.SEARCH, {"id": 1, "k": 50, "filter": {"tags": {"kind": ["x"]}, "under": [str(self.pictures / "a")],
                                                                       "added_since": "7d"}}).json
        self.assertEqual((answer["rows"], len(answer["hits"])), (self.IMAGES // 2, self.IMAGES // 2))
        self.problem(server.post(self.SEARCH, {"id": 1, "filter": {"under": ["/nowhere"]}}), 404)

    def test_what_makes_no_sense_is_refused(self):
        server = self.serve("--max-k", 20)
        for wrong in ({}, {"id": 0}, {"id": -1}, {"id": "1"}, {"id": 1.5}, {"id": 1, "k": 0}, {"id": 1, "k": 21}, {"id": 1, "K": 3},
                      {"id": 1, "text": "a"}, {"text": ""}, {"text": "x" * 5000}, {"text": 7}, {"id": 1, "radius": 513}, {"id": 1, "rerank": 1},
                      {"id": 1, "candidates": 10**9}, {"id": 1, "filter": 3}, {"id": 1, "filter": {"under": ["a"]}}, {"id": 1, "filter": {"tag": 1}},
                      {"id": 1, "after": {"id": 3}}, {"id": 1, "after": "3:4"}, [], {"like": "1"}, {"like": [0]},
                      {"id": 1, "after": {"hamming": 1, "id": 1, "codes": "00000000"}}):
            self.problem(server.post(self.SEARCH, wrong), 400)
        for body in (b"", b"{", b"[" * 5000, b"\xff\xfe", b'{"id": 1e999}', b"nul"):
            self.problem(server.post(self.SEARCH, body), 400)
        self.problem(server.post(self.SEARCH, {"id": 99}), 404)
        self.problem(server.post(self.SEARCH, {"text": "words for a model without words"}), 400)
        self.problem(server.get(self.SEARCH), 400)
        self.problem(server.get(self.SEARCH + "?id=1&kk=3"), 400)
        self.assertEqual(server.post(self.SEARCH, {"id": 1, "radius": None, "k": 20}).status, 200)

    def test_many_at_once_get_what_each_asked_for(self):
        server = self.serve("--max-requests", 40)
        alone = {i: server.post(self.SEARCH, {"id": i}).json["hits"] for i in range(1, self.IMAGES + 1)}
        pictures = {row["id"]: pathlib.Path(row["path"]).read_bytes() for row in self.json_lines("list", self.library, "--json")}

        def ask(n):
            i = n % self.IMAGES + 1
            if n % 3 == 0:
                return i, server.send(self.SEARCH, ("image", "p.png", pictures[i]))
            if n % 7 == 0:
                return None, server.post(self.SEARCH, {"id": 1000 + n})
            return i, server.post(self.SEARCH, {"id": i})

        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            for i, answer in pool.map(ask, range(200)):
                if i is None:
                    self.problem(answer, 404)
                else:
                    self.assertEqual([hit["id"] for hit in answer.json["hits"]], [hit["id"] for hit in alone[i]])
        text = server.get("/metrics").body.decode()
        batches = int(re.search(r"hashlens_search_batches_total (\d+)", text)[1])
        queries = int(re.search(r"hashlens_search_queries_total (\d+)", text)[1])
        self.assertLessEqual(batches, queries)


class Guards(ServeCase):
    def tokens(self):
        for name, token in (("read", READ), ("write", WRITE)):
            (self.folder / name).write_text(token + "\n")
        return "--read-token-file", self.folder / "read", "--write-token-file", self.folder / "write"

    def test_tokens(self):
        server = self.serve(*self.tokens())
        for path in ("/", "/healthz", "/readyz", "/openapi.json"):
            self.assertEqual(server.get(path).status, 200, path)
        for path in ("/v1/libraries", "/metrics", "/v1/jobs", "/v1/libraries/test/images/1/file", "/v1/libraries/none"):
            answer = server.get(path)
            self.problem(answer, 401)
            self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
            self.problem(server.get(path, token=READ[:-1]), 401)
        self.assertFalse(server.get("/v1/libraries", token=READ).json["libraries"][0]["writable"])
        self.assertTrue(server.get("/v1/libraries", token=WRITE).json["libraries"][0]["writable"])
        change = {"ids": [1], "add": {"a": ["b"]}}
        self.problem(server.post("/v1/libraries/test/tags", change), 401)
        self.problem(server.post("/v1/libraries/test/tags", change, token=READ), 403)
        self.assertEqual(server.post("/v1/libraries/test/tags", change, token=WRITE).json, {"changed": 1})
        self.assertNotIn(READ, "".join(server.lines))

    def test_tokens_of_the_environment(self):
        server = self.serve(environment={"HASHLENS_SERVE_WRITE_TOKEN": WRITE})
        self.assertEqual(server.get("/v1/libraries").status, 200)
        self.problem(server.ask("DELETE", "/v1/libraries/test/images/1"), 401)
        self.assertEqual(server.ask("DELETE", "/v1/libraries/test/images/1", token=WRITE).json, {"removed": 1})

    def test_others_must_not_reach_an_open_server(self):
        for address in ("0.0.0.0:0", "[::]:0", "example.org:80"):
            _, err = self.run_program("serve", self.library, "--listen", address, exit_code=2)
            self.assertIn(b"token", err)
        (self.folder / "short").write_text("short\n")
        self.run_program("serve", self.library, "--read-token-file", self.folder / "short", exit_code=2)

    def test_other_sites_are_refused(self):
        server = self.serve()
        self.problem(server.get("/v1/libraries", Host="evil.example"), 421)
        self.problem(server.get("/", Host="evil.example:80"), 421)
        self.assertEqual(server.get("/", Host=f"localhost:{server.port}").status, 200)
        change = {"ids": [1], "add": {"a": ["b"]}}
        tags = "/v1/libraries/test/tags"
        own = f"http://127.0.0.1:{server.port}"
        self.problem(server.post(tags, change, Origin="https://evil.example"), 403)
        self.problem(server.post(tags, change, Origin="null"), 403)
        self.problem(server.post(tags, change, Sec_Fetch_Site="cross-site"), 403)
        self.assertEqual(server.post(tags, change, Origin=own, Sec_Fetch_Site="same-origin").status, 200)
        named = self.serve("--host", "pictures.example")
        self.assertEqual(named.get("/", Host="pictures.example").status, 200)

    def test_read_only(self):
        server = self.serve("--read-only")
        self.problem(server.ask("DELETE", "/v1/libraries/test/images/1"), 403)
        self.assertFalse(server.get("/v1/libraries/test").json["writable"])

    def test_paths_lead_nowhere_else(self):
        server = self.serve("--uploads", self.uploads)
        for path in ("/../etc/passwd", "/assets/../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2fetc/passwd", "//etc/passwd",
                     "/v1/libraries/..", "/v1/libraries/%2e%2e%2ftest", "/v1/libraries/test/images/../../../etc/passwd", "/assets/", "/assets",
                     "/v1/libraries/test/images/1%00/file", "/" + "a" * 900, "/%0a", "/v1//libraries"):
            answer = server.get(path)
            self.assertIn(answer.status, (400, 404), path)
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.problem(server.get("/" + "a" * 2000), 414)
        self.assertIn(server.get("/" + "a" * 20000).status, (414, 431))
        outside = self.folder / "outside"
        outside.mkdir()
        picture(5).save(outside / "secret.png")
        (self.pictures / "way").symlink_to(outside)
        jobs = self.serve("--root", self.pictures)
        for path in (outside, "/", self.folder, self.pictures / ".." / "outside", self.pictures / "way", self.pictures / "none", "a", "",
                     str(self.pictures) + "x"):
            self.problem(jobs.post("/v1/libraries/test/jobs", {"paths": [str(path)]}), 400)
        self.problem(server.post("/v1/libraries/test/jobs", {"paths": [str(self.pictures)]}), 400)

    def test_a_body_is_never_read_as_another_request(self):
        server = self.serve()
        inner = b"GET /v1/libraries HTTP/1.1\r\nHost: localhost\r\n\r\n"
        length = f"Content-Length: {len(inner)}".encode()
        for line, fields in (
                (b"GET /healthz HTTP/1.1", b"Range: lines=1\r\n" + length), (b"HEAD /healthz HTTP/1.1", b"Range: x\r\nTransfer-Encoding: chunked"),
                (b"GET /healthz HTTP/1.1", length.replace(b":", b" :")), (b"GET /healthz HTTP/1.1", length.replace(b":", b"\t:")),
                (b"GET /healthz HTTP/1.1", b"A: b\n" + length), (b"GET /healthz HTTP/1.1", b"A: b\r\n " + length),
                (b"GET /healthz HTTP/1.1", length + b"\r\nA: " + b"x" * 9000), (b"GET / HTTP/9.9", length), (b"GET / FOO", length)):
            answer = server.raw(line + b"\r\nHost: localhost\r\n" + fields + b"\r\n\r\n" + inner)
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1, (line, fields[:40], answer))
            self.assertRegex(answer, rb"^HTTP/1.1 4\d\d ", (line, fields[:40]))

    def test_bodies_that_do_not_come_keep_nobody_from_searching(self):
        server = self.serve("--max-requests", 4, "--threads", 32)
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(8)]
        for client in idle:
            self.addCleanup(client.close)
            client.sendall(b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n{")
        while server.get("/metrics").body.decode().count("hashlens_connections 9\n") == 0:
            time.sleep(0.05)
        self.assertEqual(server.get("/v1/search?id=1").status, 200)
        self.assertEqual(server.post("/v1/search", {"id": 1}).status, 200)
        self.assertEqual(server.stop(), 0)

    def test_wide_and_deep_json(self):
        server = self.serve()
        for body in ("[" + "{}," * 100_000 + "{}]", "{" + ",".join(f'"{i}":{{}}' for i in range(30_000)) + "}", "[" * 100_000, '{"like":' + "[" * 9 + "]" * 9 + "}",
                     " " * (3 << 20)):
            self.problem(server.ask("POST", "/v1/search", body, Content_Type="application/json"), 400)
        self.assertIn("deeply", self.problem(server.post("/v1/search", {"like": [[[[[[[[[[]]]]]]]]]]}), 400))
        self.assertEqual(server.post("/v1/search", {"text": "[[[[[[[[[[[[\\\"[[[["}).json["detail"].count("deeply"), 0)

    def test_what_curl_sends_by_itself(self):
        server = self.serve()
        form = "application/x-www-form-urlencoded"
        self.assertEqual(len(server.ask("POST", "/v1/search", '{"id": 1, "k": 2}', Content_Type=form).json["hits"]), 2)
        self.assertIn("`image`", self.problem(server.ask("POST", "/v1/search", encoded(picture(1)), Content_Type="image/png"), 400))
        self.assertEqual(len(server.get("/v1/search?id=1&tag=kind=x&k=3").json["hits"]), 3)
        self.assertEqual(server.get("/v1/search?id=1&tag=kind=x=y").json["hits"], [])

    def test_methods_and_addresses(self):
        server = self.serve()
        answer = server.ask("PUT", "/v1/libraries")
        self.problem(answer, 405)
        self.assertEqual(answer.headers["Allow"], "GET, HEAD")
        for method in ("POST", "DELETE", "PATCH", "OPTIONS"):
            self.problem(server.ask(method, "/v1/jobs"), 405)
        strange = server.ask("QUERY", "/v1/jobs")
        self.problem(strange, 405)
        self.assertEqual(strange.headers["Allow"], "GET, HEAD, POST, DELETE")
        self.problem(server.get("/v1/nothing"), 404)
        self.assertEqual(server.ask("HEAD", "/v1/libraries").body, b"")

    def test_bodies_over_the_limit(self):
        server = self.serve("--max-body", 100_000)
        search = "/v1/libraries/test/search"
        big = encoded(picture(9, (300, 300)), "bmp")
        self.assertGreater(len(big), 100_000)
        self.problem(server.send(search, ("image", "big.bmp", big)), 413)
        head = f"POST {search} HTTP/1.1\r\nHost: localhost\r\n".encode()
        self.assertIn(b" 413 ", server.raw(head + b"Content-Length: 99999999999\r\n\r\n"))
        self.assertIn(b" 413 ", server.raw(head + b"Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n"))
        # Chunked, which says no length: it ends at the limit.
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        self.assertIn(b" 413 ", server.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 40))
        self.assertIn(b" 415 ", server.raw(head + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"))
        small = json.dumps({"id": 1}).encode()
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(small), small)
        self.assertIn(b" 200 ", server.raw(head + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked))
        self.assertEqual(server.get("/healthz").status, 200)

    def test_requests_that_are_two(self):
        """What two servers might read differently is refused, and the connection ends."""
        server = self.serve()
        head = b"POST /v1/libraries/test/search HTTP/1.1\r\nHost: localhost\r\n"
        hidden = b"GET /v1/libraries HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for framing in (b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"Content-Length: 3\r\nContent-Length: 4\r\n",
                        b"Content-Length: +3\r\n", b"Content-Length: 3x\r\n", b"Transfer-Encoding: gzip, chunked\r\n"):
            answer = server.raw(head + framing + b"\r\n" + hidden)
            self.assertIn(b" 400 ", answer.split(b"\r\n")[0], framing)
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1, framing)
        answer = server.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden)
        self.assertEqual((answer.count(b"HTTP/1.1 "), answer.count(b" 400 ")), (1, 1))
        self.assertEqual(server.raw(hidden * 3 + hidden.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")).count(b" 200 "), 4)

    def test_nonsense_on_the_line(self):
        server = self.serve()
        for data in (b"\r\n\r\n", b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n", b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: localhost\r\nRange: bytes=99999999999999999999-\r\nConnection: close\r\n\r\n"):
            try:
                answer = server.raw(data)
            except ConnectionResetError:
                continue
            self.assertFalse(answer.startswith(b"HTTP/1.1 5"), data[:40])
        self.assertEqual(server.get("/healthz").status, 200)

    def test_slow_clients_are_left_behind(self):
        server = self.serve("--timeout", 2, "--threads", 8, "--max-requests", 4)
        slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(12)]
        self.addCleanup(lambda: [client.close() for client in slow])
        for client in slow[:6]:
            client.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        for client in slow[6:9]:
            client.sendall(b"POST /v1/libraries/test/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        started = time.monotonic()
        self.assertEqual(server.get("/healthz").status, 200)
        self.assertLess(time.monotonic() - started, 30)
        # A drop now and then does not help.
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
            try:
                while True:
                    client.sendall(b"X: y\r\n")
                    client.settimeout(0.2)
                    try:
                        if not client.recv(1000):
                            break
                    except TimeoutError:
                        pass
            except (BrokenPipeError, ConnectionResetError):
                pass

    def test_too_many_at_once_are_told_to_come_again(self):
        server = self.serve("--max-requests", 1, "--timeout", 20)
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"POST /v1/libraries/test/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{")
            self.wait_for(lambda: b"hashlens_bodies 1\n" in server.get("/metrics").body)
            answer = server.send("/v1/search", ("image", "large.png", bytes(100_000)))
            self.problem(answer, 429)
            self.assertEqual(answer.headers["Retry-After"], "1")
            self.assertEqual(server.get("/healthz").status, 200)
            self.assertEqual(server.get("/v1/search?id=1").status, 200, "what is small goes on")
        self.wait_for(lambda: server.send("/v1/search", ("image", "large.png", bytes(100_000))).status == 422)
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            statuses = list(pool.map(lambda i: server.get(f"/v1/libraries/test/bits/{i % 16}").status, range(240)))
        self.assertIn(429, statuses)
        self.assertEqual(set(statuses), {200, 429})

    def wait_for(self, condition):
        deadline = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), deadline)

    def test_settings_of_a_file(self):
        config = self.folder / "serve.toml"
        config.write_text(f'libraries = ["{self.library}"]\nmax-k = 7\nread-only = true\naccess-log = "off"\n')
        server = Server(self, "--config", config, environment={"HASHLENS_SERVE_MAX_PAGE": "9"})
        self.problem(server.post("/v1/libraries/test/search", {"id": 1, "k": 8}), 400)
        self.problem(server.get("/v1/libraries/test/images?limit=10"), 400)
        self.problem(server.ask("DELETE", "/v1/libraries/test/images/1"), 403)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.log(), [])
        over = Server(self, "--config", config, "--max-k", 8)
        self.assertEqual(over.post("/v1/libraries/test/search", {"id": 1, "k": 8}).status, 200)
        for wrong in ("max-k = 0", "nothing = 1", "max-k =", "[table]"):
            config.write_text(wrong + "\n")
            _, err = self.run_program("serve", self.library, "--config", config, exit_code=2)
            self.assertEqual(err.count(b"\n"), 1)
        self.run_program("serve", exit_code=2)
        self.run_program("serve", self.folder / "none", exit_code=5)

    def test_an_address_is_for_one_server(self):
        server = self.serve()
        _, err = self.run_program("serve", self.library, "--listen", f"127.0.0.1:{server.port}", exit_code=5)
        self.assertIn(b"cannot listen", err)


class Writing(ServeCase):
    IMAGES_PATH = "/v1/libraries/test/images"

    def test_uploads(self):
        server = self.serve("--uploads", self.uploads)
        self.assertTrue(server.get("/v1/libraries/test").json["uploads"])
        parts = [("image", "../../x y.png", encoded(picture(70))), ("image", "b.jpg", encoded(picture(71), "jpeg")),
                 ("tags", None, b'{"from": ["web"], "kind": "y"}')]
        report = server.send(self.IMAGES_PATH, *parts).json
        self.assertEqual((report["added"], report["failed"]), (2, 0))
        page = server.get(self.IMAGES_PATH + "?tag=from%3Dweb").json["images"]
        self.assertEqual([image["tags"] for image in page], [{"from": ["web"], "kind": ["y"]}] * 2)
        for image in page:
            self.assertEqual(pathlib.Path(image["path"]).parent, self.uploads / "test")
        hits = server.send("/v1/libraries/test/search", parts[0]).json["hits"]
        self.assertLess(hits[0]["distance"], 1e-5)
        # The same once more is the same.
        self.assertEqual(server.send(self.IMAGES_PATH, *parts).json["unchanged"], 2)
        self.assertEqual(len(list((self.uploads / "test").iterdir())), 2)
        self.assertEqual(server.stop(), 0)
        self.verify()

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
        self.assertIn(limited.send(self.IMAGES_PATH, good).status, (400, 413))

    def test_an_upload_that_stops_half_way(self):
        server = self.serve("--uploads", self.uploads, "--timeout", 2)
        body, kind = multipart(("image", "a.png", encoded(picture(70, (200, 200)))))
        head = f"POST {self.IMAGES_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", server.port)) as client:
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
        for wrong in ({"ids": [1]}, {"ids": [1], "add": {}}, {"ids": [1], "add": ["a"]}, {"ids": [1], "add": {"a": [1]}}, {"add": {"a": ["b"]}}):
            self.problem(server.post(tags, wrong), 400)

    def events(self, server, job):
        """All of a job's events."""
        connection = server.connect()
        connection.request("GET", f"/v1/jobs/{job}/events")
        response = connection.getresponse()
        self.assertEqual((response.status, response.headers["Content-Type"]), (200, "text/event-stream"))
        text = response.read().decode()
        connection.close()
        events = []
        for block in text.split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if lines:
                events.append((lines["event"], json.loads(lines["data"])))
        return events

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
        first = server.post("/v1/libraries/test/jobs", {"paths": [str(self.pictures / "c")]}).json["job"]
        second = server.post("/v1/libraries/test/jobs", {"paths": [str(self.pictures / "c")]}).json["job"]
        self.assertEqual(server.ask("DELETE", f"/v1/jobs/{second}").status, 200)
        self.assertEqual(server.ask("DELETE", f"/v1/jobs/{first}").status, 200)
        ends = [self.events(server, job)[-1][1] for job in (first, second)]
        self.assertEqual(ends[1]["state"], "cancelled")
        self.assertIn(ends[0]["state"], ("cancelled", "done"))
        self.assertEqual(server.stop(), 0)
        self.verify()

    def test_another_writer_is_waited_for_no_longer_than_told(self):
        server = self.serve("--timeout", 2)
        lock = self.library / "lock"
        import fcntl
        with open(lock) as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            answer = server.ask("DELETE", self.IMAGES_PATH + "/1")
        self.assertIn(answer.status, (200, 503))
        if answer.status == 503:
            self.assertIn("Retry-After", answer.headers)


class Ending(ServeCase):
    def test_what_has_begun_is_finished(self):
        server = self.serve()
        big = encoded(picture(5, (3000, 3000)), "png")
        body, kind = multipart(("image", "big.png", big))
        connection = server.connect()
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/libraries/test/search", body, {"Content-Type": kind})
        while b"hashlens_requests_working 1\n" not in server.get("/metrics").body:
            pass
        server.process.send_signal(signal.SIGTERM)
        answer = Answer(connection.getresponse())
        self.assertEqual((answer.status, len(answer.json["hits"])), (200, 10))
        self.assertEqual(server.process.wait(timeout=60), 0)
        with self.assertRaises(ConnectionError):
            server.get("/healthz")

    def test_idle_connections_and_streams_do_not_hold_it_up(self):
        server = self.serve("--keep-alive", 600, "--root", self.pictures)
        idle = server.connect()
        self.addCleanup(idle.close)
        idle.request("GET", "/healthz")
        idle.getresponse().read()
        silent = socket.create_connection(("127.0.0.1", server.port))
        self.addCleanup(silent.close)
        started = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - started, 30)

    def test_kill_during_uploads_loses_nothing_that_was_answered(self):
        for attempt in range(4):
            server = self.serve("--uploads", self.uploads)
            answered, lock = set(), threading.Lock()

            def upload(n):
                name = f"{attempt}-{n}.png"
                try:
                    report = server.send("/v1/libraries/test/images", ("image", name, encoded(picture(hash((attempt, n)) % 10**6))))
                    if report.status == 200 and report.json["added"] == 1:
                        with lock:
                            answered.add(name)
                except (OSError, http.client.HTTPException):
                    pass

            threads = [threading.Thread(target=upload, args=(n,)) for n in range(8)]
            for thread in threads:
                thread.start()
            while len(answered) < 1 + attempt and any(thread.is_alive() for thread in threads):
                pass
            server.process.kill()
            for thread in threads:
                thread.join()
            server.kill()
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
        text = b""
        while not (found := re.search(rb"listening on http://127\.0\.0\.1:(\d+)", text)):
            chunk = os.read(read, 4096)
            self.assertTrue(chunk, text)
            text += chunk
        os.close(read)
        for _ in range(20):
            connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=60)
            connection.request("GET", "/healthz")
            self.assertEqual(connection.getresponse().read(), b"ok\n")
            connection.close()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=60), 0)


if __name__ == "__main__":
    unittest.main()
