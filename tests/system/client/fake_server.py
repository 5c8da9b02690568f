"""A server that answers as a test requires: late, wrongly, or not at all."""

import dataclasses
import http.server
import json
import pathlib
import ssl
import threading
import time
import urllib.parse


@dataclasses.dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclasses.dataclass
class Answer:
    status: int = 200
    body: bytes | str | dict | list = b""
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    content_type: str = ""
    delay_seconds: float = 0
    missing_bytes: int = 0  # announced in Content-Length, and never sent
    raw: bytes | None = None  # sent instead of anything that is HTTP


def problem(status: int, detail: str, errors=None, headers=None) -> Answer:
    document = {"type": "about:blank", "title": "…", "status": status, "detail": detail}
    if errors:
        document["errors"] = errors
    return Answer(status, document, headers or {}, "application/problem+json")


def gate_answer(passes: bool = True, **changes) -> dict:
    """An answer of the gate as docs and contract show it."""
    failures = [] if passes else ["3 high/critical threat(s) have no active mitigation"]
    return {
        "product_id": 1,
        "product_name": "Payments API",
        "summary": {
            "total_threats": 24,
            "by_severity": {"critical": 0, "high": 3, "medium": 8, "low": 13, "unscored": 0},
            "mitigated_threats": 19,
            "mitigation_ratio": 0.79,
        },
        "pass": passes,
        "failures": failures,
        "conditions": [
            {"rule": "fail_on_unmitigated_high", "limit": 0, "actual": 3, "pass": passes}
        ],
        "thresholds": {
            "fail_on_critical": False,
            "fail_on_unmitigated_high": True,
            "min_mitigation_ratio": None,
        },
        "position": 1234,
        "recorded_at": "2026-11-23T15:12:39.659623Z",
    } | changes


def import_answer(**changes) -> dict:
    """An answer of the import; `changes` may replace lists and counts."""
    lists = {
        "added": [
            {"kind": "threat", "id": 1, "name": "A", "external_id": "t/1"},
            {"kind": "mitigation", "id": 1, "name": "B", "external_id": "t/2"},
        ],
        "changed": [],
        "removed": [{"kind": "threat", "id": 3, "name": "C", "external_id": "t/3"}],
        "missing": [],
        "conflicts": [
            {"kind": "threat", "id": 2, "name": "D", "field": "status", "kept": "product"},
        ],
        "warnings": [{"path": "/detail/diagrams/0", "detail": "an unknown status: Parked"}],
    }
    counts = {name: len(changes.get(name, items)) for name, items in lists.items()}
    return {
        "format": "threat-dragon",
        "source": "threat-dragon",
        "counts": counts | {"unchanged": 12} | changes.pop("counts", {}),
        **lists,
        "first_position": 7,
        "last_position": 9,
    } | changes


class FakeServer:
    """Answers with `respond`, a function from Request to Answer, and keeps all requests. With a file
    that has a certificate and its key, it speaks TLS."""

    def __init__(self, respond, certificate: pathlib.Path | None = None):
        self.requests: list[Request] = []
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self):
                parts = urllib.parse.urlsplit(self.path)
                request = Request(
                    self.command,
                    parts.path,
                    dict(urllib.parse.parse_qsl(parts.query, strict_parsing=bool(parts.query))),
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(int(self.headers.get("Content-Length", 0))),
                )
                fake.requests.append(request)
                answer = respond(request)
                time.sleep(answer.delay_seconds)
                self.close_connection = True
                if answer.raw is not None:
                    self.wfile.write(answer.raw)
                    return
                body, content_type = answer.body, answer.content_type
                if isinstance(body, (dict, list)):
                    body, content_type = json.dumps(body), content_type or "application/json"
                if isinstance(body, str):
                    body = body.encode()
                self.send_response(answer.status)
                if content_type:
                    self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body) + answer.missing_bytes))
                self.send_header("Connection", "close")
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = _answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                """A client that disconnects is not an error."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        scheme = "http"
        if certificate:
            scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def one_after_the_other(*answers: Answer):
    """Repeats the last one."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]
