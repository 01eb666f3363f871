"""Seeds of the catalog, of texts of the command line and of requests."""

import json

from seed_files import le, seed


def add_catalog():
    def text(value):
        return bytes([len(value)]) + value

    image = b"i\x04\x01" + text(b"4.jpg") + b"\1\2\3\4" + text(b"jpeg") + b"\5"
    seed("catalog", "as-it-is", b"")
    seed("catalog", "image-in-no-segment", image)
    segment = b"s\2\1\4\4" + text(b"2.features") + text(b"2.codes")
    meta = b"M" + text(b"m") + text(b"d") + b"\x08\x40" + text(b"h") + text(b"s") + b"\0\x05"
    seed("catalog", "second-segment", image + segment + meta)
    seed("catalog", "overlap", image + b"s\2\1\1\4" + text(b"2.features") + text(b"2.codes") + meta)
    seed("catalog", "head-outside", meta.replace(text(b"h"), text(b"../h")))
    seed("catalog", "segment-outside", image + segment.replace(text(b"2.codes"), text(b"../2.codes")) + meta)
    seed("catalog", "numbers", b"r\xff" + le("q", -1) + text(b"/q") + text(b"") + b"d\xff" + le("q", 2**63 - 1))
    seed("catalog", "tags", b"t\2" + text(b"a") + text(b"b") + b"l\2\1" + b"l\2\x09")
    seed("catalog", "failures", b"f\1" + text(b"x") + b"\1\2" + text(b"why\n") + b"\3" + b"k\1" + text(b"y") + b"\1\2" + text(b"") + b"\3")
    for at in (16, 18, 28, 52, 100, 4096 + 3, 8192 + 5):
        seed("catalog", f"patch-{at}", b"P" + le("I", at) + text(b"\xff\xfe"))


def add_texts():
    for name, text in {
        "plain": "b/c.jpg", "dots": "..", "dot": ".", "absolute": "/a", "twice": "a//b", "up": "a/../b", "percent": "%41", "lone-percent": "%",
        "control": "a\nb\x1b[1m", "c1": "a\u0085", "umlaut": "a\u0308.PNG", "dash": "-rf it's"}.items():
        seed("names", name, text)
    seed("names", "no-utf8", b"\xff\xc0\x80\xed\xa0\x80")
    for name, text in {"age": "36h", "day": "2026-11-01", "minute": "2026-11-01T12:30", "second": "2026-11-01T12:30:59", "no-day": "2026-04-31",
                       "unit": "d", "large": "9999999999999999999w", "minus": "-1d", "nul": "2026-11-01\0x"}.items():
        seed("time_text", name, text)
    costs = {name: 1.5 for name in ("scan_word_ns", "scan_word_batch_ns", "group_word_ns", "group_ns", "probe_ns", "candidate_ns", "far_candidate_ns")}
    seed("library_notes", "costs", json.dumps(costs))
    seed("library_notes", "costs-huge", json.dumps({**costs, "group_ns": 1e300}))
    seed("library_notes", "reading", (b"\2" + le("H", 5) + b"a.jpg").ljust(8192, b"\0"))
    seed("library_notes", "reading-long", (b"\1" + le("H", 65535)).ljust(8192, b"x"))
    for name, text in {
        "options": 'listen = "0.0.0.0:80"\nthreads = 8\nread-only = true\nroots = ["/a", "/b"]\n', "table": "[a]\nb = 1\n", "nested": "a = [[1]]\n",
        "number": "a = 1.5\nb = 0x10\nc = 1979-05-27T07:32:00Z\n", "broken": "a = \n", "table-without-a-key": "[$]\n", "letter-outside": "a = 1 \u00e4\n\u00e4 = 1\n", "letter-at-start": "\u00e4 = 1\n", "twice": "a = 1\na = 2\n", "deep": "a = " + 300 * "[" + "\n",
        "string": 'a = """x\\u00e4\n"""\n'}.items():
        seed("config_file", name, text)


def add_requests():
    query = {"id": 7, "k": 5, "candidates": 100, "radius": 10, "rerank": True, "like": [1, 2], "unlike": [3],
             "region": {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.5}}
    after = {"text": "red car", "after": {"hamming": 3, "id": 9, "codes": "abc"},
             "filter": {"tags": {"trip": ["Rome", "x"], "with": "Ada"}, "under": ["/a"], "added_since": "7d"}}
    texts = {"query": json.dumps(query), "cursor": json.dumps(after), "tags": '{"a": ["b"], "c": "d"}', "unknown": '{"kk": 1}', "no-object": "[1]",
             "numbers": '{"id": -1, "k": 1e3, "radius": 18446744073709551616}', "deep": 9 * "[" + 9 * "]",
             "filter": '{"tags": {"": []}, "under": "a", "added_since": null}', "nul": '{"filter": {"added_since": "2026-11-01\\u0000"}}'}
    for name, text in texts.items():
        seed("query_json", name, text)

    def request(line, headers=(), body=b""):
        return "\r\n".join([line + " HTTP/1.1", "Host: localhost", *headers, "", ""]).encode() + body

    def post(body, *headers):
        return request("POST /v1/search?k=3", (f"Content-Length: {len(body)}", *headers), body)

    parts = b"".join(
        b'--xx\r\nContent-Disposition: form-data; name="' + name + b'"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + data + b"\r\n"
        for name, data in ((b"image", b"\xff\xd8\xff"), (b"query", b'{"k": 2}'))) + b"--xx--\r\n"
    form = "Content-Type: multipart/form-data; boundary=xx"
    requests = {
        "get": request("GET /v1/search?id=4&k=2&tag=a%3Db&under=/x&added_since=7d&rerank=true"),
        "post": post(b'{"id": 1}', "Content-Type: application/json"),
        "parts": post(parts, form),
        "parts-quoted": post(parts, 'Content-Type: multipart/form-data; boundary="xx"'),
        "parts-cut": post(parts[:60], form),
        "parts-no-end": post(parts[:-6], form),
        "chunked": request("POST /", ("Transfer-Encoding: chunked", form)) + b"%x\r\n" % len(parts) + parts + b"\r\n0\r\n\r\n",
        "two": request("GET /?id=1") + post(b"{}"),
        "form": post(b"a=b", "Content-Type: application/x-www-form-urlencoded"),
        "expect": post(b"{}", "Expect: 100-continue"),
        "range": request("GET /", ("Range: bytes=1-2,3-", "Accept-Encoding: gzip;q=0, br")),
        "folded": request("GET /", ("A: b", " c")),
        "no-name": request("GET /", (": b",)),
        "bare-lf": b"GET / HTTP/1.1\nHost: x\n\n",
        "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "long-path": request("GET /" + 2000 * "a"),
        "two-lengths": request("POST /", ("Content-Length: 1", "Content-Length: 2"), b"{}"),
        "percent": request("GET /%zz%4?%=%&&=&a"),
    }
    for name, data in requests.items():
        seed("http_request", name, data)
        if name in ("get", "folded", "no-name", "bare-lf", "range"):
            seed("http_texts", "head-" + name, data)
    for name, text in {
        "range": "bytes=0-9", "range-open": "bytes=5-", "range-last": "bytes=-3", "range-large": "bytes=0-99999999999999999999", "range-two": "bytes=0-1,3-4",
        "address": "127.0.0.1:8080", "address-six": "[::1]:0", "address-port": "a:99999", "host": "pictures.example:80", "host-six": "[2001:db8::1]",
        "origin": "https://pictures.example", "token": "Bearer 0123456789abcdef", "token-case": "bEaReR fedcba9876543210", "name": "../../etc/.passwd",
        "name-long": 100 * "a" + ".jpg"}.items():
        seed("http_texts", name, text)
