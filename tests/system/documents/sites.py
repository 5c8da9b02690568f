"""Servers that the documents are tried against: the real program, each on a directory of its own."""

import itertools
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from blocks import Fault

PATIENCE = 120  # seconds, for anything that has to happen

RELEASED = "0123456789abcdef0123456789abcdef01234567"  # a commit


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("THREATATLAS_")}
    return kept | {"no_proxy": "127.0.0.1", "LC_ALL": "C.UTF-8"}


def wait_until(condition, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise Fault(f"{what} takes too long")
        time.sleep(0.02)


class Witness:
    """A witness in its own process; it knows a log once it has the log's key."""

    def __init__(self, program: pathlib.Path):
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.option = self._process.stdout.readline().strip()

    @property
    def vkey(self) -> str:
        return self.option.split(" ")[0]

    def know(self, log_key: str) -> None:
        self._process.stdin.write(log_key + "\n")
        self._process.stdin.flush()
        self._process.stdout.readline()

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait(PATIENCE)


class Site:
    """A running server, and its values that documents use."""

    def __init__(self, programs: pathlib.Path, directory: pathlib.Path):
        self.programs = programs
        self.data = directory / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.options = ["--backup-dir", str(directory / "backups"), "--accept-clock"]
        self.witness = None
        self.product = 1
        self._log = open(directory / "server.log", "w+", encoding="utf-8")
        self._process = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self.programs / "threatatlas", "serve", "--data", self.data]
            + ["--listen", f"127.0.0.1:{self.port}"]
            + self.options,
            stdin=subprocess.DEVNULL,
            stderr=self._log,
            env=clean_environment(),
        )
        wait_until(self._is_ready, "the start of the server")

    def stop(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE)
        if self.witness:
            self.witness.stop()
        self._log.close()

    def _is_ready(self) -> bool:
        if self._process.poll() is not None:
            self._log.seek(0)
            raise Fault("the server does not start: " + self._log.read())
        try:
            return self.ask("GET", "/readyz") is not None
        except OSError:
            return False

    def ask(self, method: str, target: str, body=None, kind="application/json") -> str:
        request = urllib.request.Request(self.url + target, method=method)
        if not target.startswith("/readyz"):
            token = (self.data / "admin-token").read_text().strip()
            request.add_header("Authorization", f"Bearer {token}")
        if body is not None:
            request.data = (body if isinstance(body, str) else json.dumps(body)).encode()
            request.add_header("Content-Type", kind)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise OSError(f"{method} {target}: {error.code}: {error.read().decode()}") from error

    def issue(self, role: str, products=None) -> str:
        wanted = {"name": role, "role": role}
        if products:
            wanted["product_ids"] = products
        return json.loads(self.ask("POST", "/api/api-tokens", wanted))["token"]

    def value_for(self, words: str) -> str:
        """The value that a document describes for a variable."""
        role = re.match(r"(?:an?|the) token of role `(\w+)`", words)
        if role:
            return self.issue(role[1], [self.product] if "for product" in words else None)
        for beginning, value in (
            ("the address of the server", self.url),
            ("the server's data directory", str(self.data)),
            ("the number of the product", str(self.product)),
            ("the commit that was released", RELEASED),
        ):
            if words.startswith(beginning):
                return value
        if words.startswith("the key of a witness") and self.witness:
            return self.witness.vkey
        raise Fault(f"sites.py has no value for a variable that is {words!r}")

    def goes_on(self) -> None:
        """Changes on the server between two commands of a reader."""


class SampleSite(Site):
    """With the sample, whose product fails the usual thresholds, as tools/serve has it."""

    def __init__(self, programs, directory, source):
        super().__init__(programs, directory)
        subprocess.run(
            [programs / "threatatlas-replay", "--data", self.data, "import"]
            + [source / "samples/payments-api.ndjson"],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def passing_product(self) -> str:
        made = json.loads(self.ask("POST", "/api/products", {"name": "Gift Cards"}))
        threat = {"name": "Codes can be guessed", "severity": "medium", "status": "mitigated"}
        self.ask("POST", f"/api/products/{made['id']}/threats", threat)
        return str(made["id"])


class AuditedSite(Site):
    """A log that grows while it is audited, with a witness, and events about tokens among those of
    products."""

    def __init__(self, programs, directory, source, witness_program):
        super().__init__(programs, directory)
        self._lines = (source / "samples/payments-api.ndjson").read_text().splitlines()
        self.witness = Witness(witness_program)
        self.options += ["--witness", self.witness.option, "--witness-seconds", "1"]

    def start(self) -> None:
        super().start()
        self.witness.know(self.ask("GET", "/api/proof/key").strip())
        self.issue("gate")
        events = [json.loads(line) for line in self._lines]
        self.ask("POST", "/api/products", events[0]["data"])
        for number, (_, group) in enumerate(itertools.groupby(events[1:], lambda e: e["time"])):
            self._record(list(group))
            if number % 20 == 1:
                self.issue("gate")
        # More than a tile contains.
        self._record(150 * [{"type": "threat.identified", "data": {"name": "Found by a scanner"}}])
        self._release()
        wait_until(self._is_witnessed, "the witness")

    def _release(self) -> None:
        subject = {"name": "payments-api", "digest": {"gitCommit": RELEASED}}
        question = {"subject": subject, "ref": "refs/tags/v4.2", "fail_on_critical": True}
        self.ask("POST", f"/api/products/{self.product}/checks", question)

    def _record(self, events) -> None:
        items = []
        for event in events:
            data = {key: value for key, value in event["data"].items() if key != "from"}
            kind = event["type"].removeprefix("threatatlas.").removesuffix(".v1")
            items.append({"type": kind, "data": data})
        self.ask("POST", f"/api/products/{self.product}/events", items)

    def _is_witnessed(self) -> bool:
        size = self.ask("GET", "/checkpoint").splitlines()[1]
        try:
            return self.ask("GET", "/checkpoint/witnessed").splitlines()[1] == size
        except OSError:
            return False

    def goes_on(self) -> None:
        self.issue("gate")
        self.ask("POST", f"/api/products/{self.product}/threats", {"name": "Found meanwhile"})
