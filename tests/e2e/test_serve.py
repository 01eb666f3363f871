"""The HTTP server: every address that reads, and searches."""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import urllib.parse

from case import picture
from server import Proxy, ServeCase, Server, encoded


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
        parts = re.findall(rb'(?:src|href)="(assets/[^"]+)"', page.body)
        self.assertGreater(len(parts), 5)
        for part in parts:
            self.assertEqual(server.get("/" + part.decode()).status, 200, part)

    def test_the_page_below_a_path_of_a_proxy(self):
        proxy = Proxy(self.serve(), "/pictures/of/mine/")
        todo, seen = ["/pictures/of/mine/"], set()
        while todo:
            at = todo.pop()
            if at in seen:
                continue
            seen.add(at)
            answer = proxy.get(at)
            self.assertEqual(answer.status, 200, at)
            text = answer.body.decode()
            links = re.findall(r'(?:src|href)="([^"#]+)"', text) if "html" in answer.headers["Content-Type"] else []
            if "javascript" in answer.headers["Content-Type"]:
                links = re.findall(r"""(?:from|import) ['"]([^'"]+)['"]""", text)
                self.assertEqual(re.findall(r"""['"`(]/(?:v1|assets|\?|openapi)[^'"`)]*""", text), [], at)
            if "css" in answer.headers["Content-Type"]:
                links = re.findall(r"""url\(['"]?(?!data:)([^'")]+)""", text)
            todo += [urllib.parse.urljoin(at, link) for link in links]
        self.assertIn("/pictures/of/mine/assets/api.js", seen)
        self.assertGreater(len(seen), 30)
        self.assertEqual(proxy.get("/pictures/of/mine/v1/libraries").json["libraries"][0]["name"], "test")

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
            self.assertLessEqual(len(ids), self.IMAGES)
            after = page["next"]
            self.assertNotEqual(page["images"], [])
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
            self.assertLessEqual(len(found), self.IMAGES)
            self.assertNotEqual(answer["hits"], [])
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
        server = self.serve("--max-requests", 60)
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
                    self.assertEqual(answer.status, 200, answer.body)
                    self.assertEqual([hit["id"] for hit in answer.json["hits"]], [hit["id"] for hit in alone[i]])
        text = server.get("/metrics").body.decode()
        batches = int(re.search(r"hashlens_search_batches_total (\d+)", text)[1])
        queries = int(re.search(r"hashlens_search_queries_total (\d+)", text)[1])
        self.assertGreater(batches, 0)
        self.assertLessEqual(batches, queries)
