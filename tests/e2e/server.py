"""`hashlens serve` as the tests ask it."""

import contextlib
import http.client
import http.server
import io
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading

from case import DEADLINE_S, Case

READ = "read-token-0123456789"
WRITE = "write-token-0123456789"
BOUNDARY = "x0x0x0x0x0x0x"
SANITIZERS = os.environ.get("HASHLENS_SANITIZE", "")


def multipart(*parts):
    """(name, file name or None, bytes) each: body and content type."""
    body = b""
    for name, filename, content in parts:
        head = f'Content-Disposition: form-data; name="{name}"'
        if filename is not None:
            head += f'; filename="{filename}"\r\nContent-Type: application/octet-stream'
        body += f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"


def encoded(image, kind="png", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def terminate(process, port):
    """SIGTERM. The thread sanitizer keeps a signal back while accept() waits, until there is a connection."""
    process.send_signal(signal.SIGTERM)
    if "thread" in SANITIZERS:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            pass


def read_to_end(client):
    """What the server sends until it closes this socket, which it must do in time."""
    client.settimeout(DEADLINE_S)
    received = b""
    while chunk := client.recv(65536):
        received += chunk
    return received


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


class Server:
    """The program, listening on a port of its own choice."""

    def __init__(self, case, *arguments, environment=None):
        self.case = case
        self.process = subprocess.Popen(
            [os.environ["HASHLENS_PROGRAM"], "serve", *map(str, arguments), "--listen", "127.0.0.1:0"],
            env={**case.environment(), **(environment or {})}, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.lines = []
        self.port = None
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        case.addCleanup(self.end)
        case.wait_for(lambda: self.port or not self.reader.is_alive(), "the server listens")
        case.assertIsNotNone(self.port, "".join(self.lines))

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line.decode(errors="replace"))
            if found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", self.lines[-1]):
                self.port = int(found[1])

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stderr.close()

    def end(self):
        """After the test. Sanitizers are heard: what they said, and leaks, which are looked for at a peaceful end only."""
        try:
            if SANITIZERS and self.port and self.process.poll() is None:
                self.case.assertEqual(self.stop(), 0, "".join(self.lines))
        finally:
            self.kill()
        said = "".join(line for line in self.lines if not line.startswith("{"))
        if "Sanitizer" in said or "runtime error:" in said:
            self.case.fail(said)

    def terminate(self):
        terminate(self.process, self.port)

    def stop(self):
        """Asks it to end, waits for that and for the last line of its log; its exit code."""
        self.terminate()
        code = self.process.wait(timeout=DEADLINE_S)
        self.reader.join()
        return code

    def connect(self, timeout=60):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, method, path, body=None, token=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection = self.connect()
        try:
            connection.request(method, path, body, headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, body, **options):
        return self.ask("POST", path, body, **options)

    def send(self, path, *parts, **options):
        body, kind = multipart(*parts)
        return self.ask("POST", path, body, Content_Type=kind, **options)

    def raw(self, data):
        """What comes back for these bytes until the server closes."""
        with self.connect_raw() as client:
            client.sendall(data)
            return read_to_end(client)

    def connect_raw(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S)

    def metric(self, name):
        """The value of a metric without labels."""
        return int(re.search(rf"^{name} (\d+)$", self.get("/metrics").body.decode(), re.MULTILINE)[1])

    def log(self):
        return [json.loads(line) for line in self.lines if line.startswith("{")]


class Proxy:
    """A web server that shows the program's one below a path of its own, as nginx does with `location PREFIX` and `proxy_pass`."""

    def __init__(self, server, prefix):
        assert prefix.startswith("/") and prefix.endswith("/")

        class Handler(http.server.BaseHTTPRequestHandler):
            def pass_on(self):
                if not self.path.startswith(prefix):
                    return self.send_error(404)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                connection = server.connect()
                connection.request(self.command, "/" + self.path[len(prefix):], body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name not in ("Connection", "Content-Length", "Transfer-Encoding", "Date", "Keep-Alive"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                connection.close()

            do_GET = do_POST = do_DELETE = pass_on

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_port
        thread = threading.Thread(target=self.http.serve_forever)
        thread.start()
        server.case.addCleanup(thread.join)
        server.case.addCleanup(self.http.server_close)
        server.case.addCleanup(self.http.shutdown)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            return Answer(connection.getresponse())
        finally:
            connection.close()


class ServeCase(Case):
    IMAGES = 12

    def setUp(self):
        super().setUp()
        for i in range(1, self.IMAGES + 1):
            self.save(f"{'ab'[i % 2]}/{i:02}.png", seed=i)
        self.index("--tag", "kind=x")
        self.uploads = self.folder / "uploads"

    def serve(self, *arguments, **options):
        return Server(self, self.library, *arguments, **options)

    @contextlib.contextmanager
    def changes_held(self):
        """Whatever changes the library waits meanwhile, where it writes. After ten seconds it fails."""
        catalog = sqlite3.connect(self.library / "catalog.db", isolation_level=None)
        try:
            catalog.execute("BEGIN IMMEDIATE")
            yield
        finally:
            catalog.close()

    def follow(self, server, job):
        """(connection, response): a stream of the job's events."""
        connection = server.connect()
        connection.request("GET", f"/v1/jobs/{job}/events")
        response = connection.getresponse()
        self.assertEqual((response.status, response.headers["Content-Type"]), (200, "text/event-stream"))
        return connection, response

    def start_job(self, server, folder, state):
        """Starts an index run and waits until the job has the state; its number."""
        job = server.post("/v1/libraries/test/jobs", {"paths": [str(folder)]}).json["job"]
        self.wait_for(lambda: server.get(f"/v1/jobs/{job}").json["state"] == state, f"the job is {state}")
        return job

    def events(self, server, job):
        """All of a job's events."""
        connection, response = self.follow(server, job)
        text = []

        def at_end():
            text.append(response.read1())
            return text[-1] == b""

        self.wait_for(at_end, "the end of the job's events")
        connection.close()
        events = []
        for block in b"".join(text).decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if lines:
                events.append((lines["event"], json.loads(lines["data"])))
        return events

    def problem(self, answer, status):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual(answer.json["status"], status)
        self.assertTrue(answer.json["detail"])
        return answer.json["detail"]
