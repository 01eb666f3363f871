"""`hashlens serve` as the tests ask it."""

import contextlib
import http.client
import io
import json
import os
import re
import signal
import socket
import subprocess
import threading

from case import Case

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
        case.addCleanup(self.process.kill)
        self.lines = []
        self.port = None
        for line in self.process.stderr:
            self.lines.append(line.decode())
            if found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", self.lines[-1]):
                self.port = int(found[1])
                break
        case.assertIsNotNone(self.port, "".join(self.lines))
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        case.addCleanup(self.end)

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line.decode(errors="replace"))

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stderr.close()

    def end(self):
        """After the test. Sanitizers are heard: what they said, and leaks, which are looked for at a peaceful end only."""
        try:
            if SANITIZERS and self.process.poll() is None:
                self.case.assertEqual(self.stop(), 0, "".join(self.lines))
        finally:
            self.kill()
        said = "".join(line for line in self.lines if not line.startswith("{"))
        if "Sanitizer" in said or "runtime error:" in said:
            self.case.fail(said)

    def terminate(self):
        terminate(self.process, self.port)

    def stop(self):
        """Asks it to end; its exit code."""
        self.terminate()
        return self.process.wait(timeout=60)

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

    def raw(self, data, timeout=30):
        """What comes back for these bytes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as client:
            client.sendall(data)
            received = b""
            while chunk := client.recv(65536):
                received += chunk
            return received

    def log(self):
        return [json.loads(line) for line in self.lines if line.startswith("{")]


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

    def problem(self, answer, status):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual(answer.json["status"], status)
        self.assertTrue(answer.json["detail"])
        return answer.json["detail"]
