"""The HTTP server: who may what, and what a client can do wrong."""

import concurrent.futures
import contextlib
import json
import os
import unittest.mock

from case import picture
from server import READ, WRITE, ServeCase, Server, encoded, read_to_end


class Guards(ServeCase):
    def tokens(self):
        for name, token in (("read", READ), ("write", WRITE)):
            (self.folder / name).write_text(token + "\n")
        return "--read-token-file", self.folder / "read", "--write-token-file", self.folder / "write"

    def test_tokens(self):
        server = self.serve(*self.tokens())
        for path in ("/", "/healthz", "/readyz", "/openapi.json"):
            self.assertEqual(server.get(path).status, 200, path)
        for path in ("/v1/libraries", "/metrics", "/v1/jobs", "/v1/libraries/test/images/1/file", "/v1/libraries/test/images/1/categories", "/v1/libraries/none"):
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
        self.assertEqual(server.stop(), 0)
        self.assertIn("/v1/libraries/test/tags", "".join(server.lines))
        self.assertNotIn(READ, "".join(server.lines))

    def test_tokens_of_the_environment(self):
        server = self.serve(environment={"HASHLENS_SERVE_WRITE_TOKEN": WRITE})
        self.assertEqual(server.get("/v1/libraries").status, 200)
        self.problem(server.ask("DELETE", "/v1/libraries/test/images/1"), 401)
        self.assertEqual(server.ask("DELETE", "/v1/libraries/test/images/1", token=WRITE).json, {"removed": 1})

    def test_a_token_that_is_empty_is_not_none(self):
        self.run_program("serve", self.library, "--listen", "127.0.0.1:0", "--write-token-file", "", exit_code=2)
        settings = self.folder / "serve.toml"
        settings.write_text('read-token-file = ""\n')
        self.run_program("serve", self.library, "--listen", "127.0.0.1:0", "--config", settings, exit_code=2)
        for variable in ("READ_TOKEN", "WRITE_TOKEN", "READ_TOKEN_FILE", "WRITE_TOKEN_FILE"):
            with unittest.mock.patch.dict(os.environ, {f"HASHLENS_SERVE_{variable}": ""}):
                _, err = self.run_program("serve", self.library, "--listen", "127.0.0.1:0", exit_code=2)
            self.assertIn(b"HASHLENS_SERVE_" + variable.encode(), err)

    def test_uploads_need_a_folder(self):
        (self.folder / "file").write_text("")
        _, err = self.run_program("serve", self.library, "--listen", "127.0.0.1:0", "--uploads", self.folder / "file", exit_code=2)
        self.assertIn(b"--uploads", err)

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
            self.assertEqual(answer.status, 400 if "%00" in path else 404, path)
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.problem(server.get("/" + "a" * 2000), 414)
        for length in (20_000, 40_000, 500_000):
            self.problem(server.get("/" + "a" * length), 414)
        outside = self.folder / "outside"
        outside.mkdir()
        picture(5).save(outside / "secret.png")
        (self.pictures / "way").symlink_to(outside)
        jobs = self.serve("--root", self.pictures)
        for path in (outside, "/", self.folder, self.pictures / ".." / "outside", self.pictures / "way", self.pictures / "none", "a", "",
                     str(self.pictures) + "x"):
            self.problem(jobs.post("/v1/libraries/test/jobs", {"paths": [str(path)]}), 400)
        self.problem(server.post("/v1/libraries/test/jobs", {"paths": [str(self.pictures)]}), 400)
        # Nor does a link within lead out.
        (self.pictures / "again.png").symlink_to(next(self.pictures.rglob("*.png")))
        inside = self.pictures / "link.png"
        inside.symlink_to(outside / "secret.png")
        job = jobs.post("/v1/libraries/test/jobs", {"paths": [str(self.pictures)]}).json["job"]
        self.wait_for(lambda: jobs.get(f"/v1/jobs/{job}").json["state"] == "done", "the end of the job")
        self.assertIn(b'"state":"done"', jobs.get(f"/v1/jobs/{job}/events").body)
        failures = jobs.get("/v1/libraries/test/failures").json
        self.assertEqual(failures["all"], 2)
        self.assertEqual({one["path"] for one in failures["failures"]}, {str(inside), str(self.pictures / "way")})
        self.assertIn("a link out of the folders", failures["failures"][0]["reason"])
        self.assertEqual(len(jobs.get("/v1/libraries/test/failures?limit=1").json["failures"]), 1)
        paths = [image["path"] for image in jobs.get("/v1/libraries/test/images").json["images"]]
        self.assertFalse([path for path in paths if "secret" in path])
        self.assertIn(str(self.pictures / "again.png"), paths)

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
        idle = [server.connect_raw() for _ in range(8)]
        for client in idle:
            self.addCleanup(client.close)
            client.sendall(b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n{")
        self.wait_for(lambda: server.metric("hashlens_connections") == 9, "all are connected, and who asks")
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

    def test_codings_conditions_and_hosts(self):
        server = self.serve()
        for coding, zipped in (("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.0", False), ("x-gzip", False), ("", False)):
            answer = server.get("/openapi.json", Accept_Encoding=coding)
            self.assertEqual(answer.headers.get("Content-Encoding") == "gzip", zipped, coding)
            self.assertEqual(answer.headers["Vary"], "Accept-Encoding")
        self.assertEqual(server.get("/v1/libraries/test/images/1/file", If_None_Match="*").status, 304)
        answer = server.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        self.problem(server.get("/healthz", Host="localhost:evil.example"), 421)

    def test_nonsense_on_the_line(self):
        server = self.serve()
        for data in (b"\r\n\r\n", b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n", b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: localhost\r\nRange: bytes=99999999999999999999-\r\nConnection: close\r\n\r\n"):
            answer = server.raw(data)
            self.assertFalse(answer.startswith(b"HTTP/1.1 5"), data[:40])
            self.assertTrue(answer.startswith(b"HTTP/1.1 4"), (data[:40], answer))
        for data in (b"GET / HTTP/1.1\0\r\nHost: localhost\r\n\r\n", b"\0\0\0\r\n\r\n", b"GET / HTTP/1.1\nHost: localhost\n\n"):
            answer = server.raw(data)
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 Bad Request\r\n"), answer)
            self.assertEqual(json.loads(answer.split(b"\r\n\r\n")[1])["status"], 400)
        self.assertEqual(server.get("/healthz").status, 200)

    def test_slow_clients_are_left_behind(self):
        server = self.serve("--timeout", 2, "--threads", 8, "--max-requests", 4)
        slow = [server.connect_raw() for _ in range(12)]
        self.addCleanup(lambda: [client.close() for client in slow])
        for client in slow[:6]:
            client.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        for client in slow[6:9]:
            client.sendall(b"POST /v1/libraries/test/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        self.assertEqual(server.get("/healthz").status, 200)
        for client in slow[:9]:
            self.assertTrue(read_to_end(client).startswith(b"HTTP/1.1 408 "))
        for client in slow[9:]:
            self.assertEqual(read_to_end(client), b"")
        # A drop now and then does not help.
        with server.connect_raw() as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
            client.settimeout(0.2)
            received = []

            def hung_up():
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    client.sendall(b"X: y\r\n")
                try:
                    received.append(client.recv(1000))
                except TimeoutError:
                    return False
                except ConnectionResetError:
                    return True
                return received[-1] == b""

            self.wait_for(hung_up, "the server hangs up")
            self.assertTrue(b"".join(received).startswith(b"HTTP/1.1 408 "), received)

    def test_too_many_at_once_are_told_to_come_again(self):
        server = self.serve("--max-requests", 1, "--timeout", 20)
        with server.connect_raw() as client:
            client.sendall(b"POST /v1/libraries/test/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{")
            self.wait_for(lambda: server.metric("hashlens_bodies") == 1, "the body comes in")
            answer = server.send("/v1/search", ("image", "large.png", bytes(100_000)))
            self.problem(answer, 429)
            self.assertEqual(answer.headers["Retry-After"], "1")
            self.assertEqual(server.get("/healthz").status, 200)
            self.assertEqual(server.get("/v1/search?id=1").status, 200, "what is small goes on")
        self.wait_for(lambda: server.send("/v1/search", ("image", "large.png", bytes(100_000))).status == 422, "room for a body")
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            ask = lambda i: server.get(f"/v1/libraries/test/bits/{i % 16}")
            with self.changes_held():
                change = pool.submit(server.ask, "DELETE", "/v1/libraries/test/images/1")
                self.wait_for(lambda: server.metric("hashlens_requests_working") == 1, "the change is worked on")
                for answer in pool.map(ask, range(24)):
                    self.problem(answer, 429)
                    self.assertEqual(answer.headers["Retry-After"], "1")
            self.assertEqual(change.result().status, 200)
            statuses = [429, *(answer.status for answer in pool.map(ask, range(240)))]
        self.assertIn(429, statuses)
        self.assertEqual(set(statuses), {200, 429})

    def test_a_variable_of_no_setting_is_refused(self):
        with unittest.mock.patch.dict(os.environ, {"HASHLENS_SERVE_MAX_KK": "3"}):
            _, err = self.run_program("serve", self.library, exit_code=2)
        self.assertIn(b"HASHLENS_SERVE_MAX_KK: the environment has a setting of no option", err)

    def test_ready_as_long_as_the_library_is_there(self):
        server = self.serve()
        away = self.folder / "away"
        self.library.rename(away)
        self.problem(server.get("/readyz"), 503)
        self.assertEqual(server.get("/healthz").status, 200)
        away.rename(self.library)
        self.assertEqual(server.get("/readyz").status, 200)

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

    def test_a_folder_that_is_not_there_is_told_at_the_start(self):
        file = self.folder / "file"
        file.touch()
        for option, named, code, why in (("--root", self.folder / "gone", 5, "No such file or directory"), ("--root", file, 5, "Not a directory"),
                                         ("--uploads", file, 2, "Not a directory")):
            _, err = self.run_program("serve", self.library, option, named, "--listen", "127.0.0.1:0", exit_code=code)
            self.assertEqual(err.count(b"\n"), 1, err)
            self.assertIn(f"hashlens: {option} '{named}': ", err.decode())
            self.assertTrue(err.decode().endswith(why + "\n"), err)

    def test_an_address_is_for_one_server(self):
        server = self.serve()
        _, err = self.run_program("serve", self.library, "--listen", f"127.0.0.1:{server.port}", exit_code=5)
        self.assertIn(b"cannot listen", err)
