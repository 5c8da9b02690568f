#!/usr/bin/env python3
"""Tries every fenced block of every document, in order, as it is written.

Shell blocks run in one shell for each document, against a real server; blocks of Python are kept
under the names that they begin with; pipelines are run as GitHub and GitLab would; JSON, NDJSON and
YAML are parsed; a block marked `output` is held against what the shell block before it printed. One
thing is not as it is written: 127.0.0.1:8080 becomes a port that is free.

Exit 0: all is as it should be. 1: something is not. 77: PyYAML is not there.
"""

import argparse
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile

import sites
from blocks import Block, Fault, read_blocks, read_variables, shown, shown_json

try:
    import yaml
except ImportError:
    print("skipped: this suite needs PyYAML; on Debian: apt-get install python3-yaml")
    sys.exit(77)

# Blocks that cannot be run, by document and first line, and the reason. Shell in here is still checked for its
# syntax.
NOT_RUN = {
    ("README.md", "tools/serve     # installs what is missing, builds, and starts a server with a sample product"):
        "builds everything, and runs this suite",
    ("README.md", "cmake -S . -B build-package -G Ninja -DTHREATATLAS_TESTS=OFF"):
        "builds everything once more",
    ("docs/ARCHITECTURE.md", "machines                               operators, auditors"):
        "a drawing",
    ("docs/ARCHITECTURE.md",
     "worker threads                     sequencer thread                         disk"):
        "a drawing",
    ("docs/AUDITING.md", "threatatlas/1ba501eb6aa26b05"): "a checkpoint, its signature cut short",
    ("docs/AUDITING.md", "npm install @sigstore/bundle@3 @sigstore/verify@2"): "needs the npm registry",
    ("docs/AUDITING.md", "// node verify.mjs attestation.sigstore.json attestation-key.pem"):
        "the suite attestations runs it",
    ("docs/OPERATING.md",
     "rsync -a --exclude='.*' BACKUPS/ backup-host:threatatlas/ && ls -d BACKUPS/2* | head -n -14 | "
     "xargs -r rm -r"): "needs another machine",
    ("docs/OPERATING.md", "install -D -m 0600 /usr/share/doc/threatatlas/threatatlas.env "
     "/etc/threatatlas/threatatlas.env"): "needs root and the installed package",
    ("docs/OPERATING.md",
     "systemd-run --pipe --wait --collect -p DynamicUser=yes -p User=threatatlas \\"):
        "needs systemd",
    ("docs/OPERATING.md",
     "cd /var/lib/threatatlas && cp /root/log-key new/ && chown --reference=new new/log-key &&"):
        "needs root and the installed package",
    ("docs/OPERATING.md", "upstream threatatlas {"): "the suite nginx runs it",
}

FIXED_ADDRESS = "127.0.0.1:8080"


class Shell:
    """One shell for all blocks of a document. A command that fails ends it."""

    def __init__(self, directory: pathlib.Path, environment: dict[str, str]):
        self._directory = directory
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=directory / "work",
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._blocks = 0

    def run(self, block: Block, text: str) -> str:
        """Returns the output of the block."""
        self._blocks += 1
        base = self._directory / f"block-{self._blocks}"
        base.with_suffix(".sh").write_text(text, encoding="utf-8")
        self._process.stdin.write(
            f"set -euo pipefail; . {base}.sh </dev/null >{base}.out 2>{base}.err; echo done\n"
        )
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], sites.PATIENCE)
        answer = self._process.stdout.readline() if ready else "nothing"
        out = base.with_suffix(".out").read_text(encoding="utf-8", errors="replace")
        if answer != "done\n":
            said = base.with_suffix(".err").read_text(encoding="utf-8", errors="replace")
            why = "a command fails" if ready else "takes too long"
            raise Fault(f"{block.place}: {why}\n{out}{said}")
        return out

    def stop(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        self._process.stdin.close()
        self._process.wait(sites.PATIENCE)


class Trial:
    """One document, tried in its own directory."""

    def __init__(self, options: argparse.Namespace, document: str, directory: pathlib.Path):
        self._options = options
        self._document = document
        self._directory = directory
        self._site = None
        self._shell = None
        self._environment = None
        self._printed = None  # by the block before
        self.tried = 0

    def run(self) -> None:
        blocks = read_blocks(self._options.source, self._document)
        try:
            for block in blocks:
                self._try_block(block)
                self.tried += 1
        finally:
            if self._shell:
                self._shell.stop()
            if self._site:
                self._site.stop()

    def _try_block(self, block: Block) -> None:
        printed, self._printed = self._printed, None
        if (block.document, block.first_line) in NOT_RUN:
            if block.language == "sh":
                self._check_syntax(block)
        elif block.is_output:
            self._compare(block, printed)
        elif block.language == "sh":
            self._check_syntax(block)
            self._printed = self._run_shell(block)
        elif block.language == "python":
            self._keep_program(block)
        elif block.language == "json":
            json.loads(block.text)
        elif block.language == "ndjson":
            for line in block.text.splitlines():
                json.loads(line)
        elif block.language == "yaml":
            self._run_pipelines(block, yaml.safe_load(block.text))
        else:
            raise Fault(
                f"{block.place}: there is no way to try a block of "
                f"{block.language or 'no language'}: name its language, or say in NOT_RUN why it "
                "cannot be tried"
            )

    def _compare(self, block: Block, printed: str | None) -> None:
        if printed is None:
            raise Fault(f"{block.place}: there is no shell block right before this output")
        if block.language == "json":
            same = shown_json(json.loads(block.text), json.loads(printed))
        else:
            same = shown(block.text, printed)
        if not same:
            raise Fault(f"{block.place}: this is shown:\n{block.text}and this is printed:\n{printed}")

    @staticmethod
    def _check_syntax(block: Block) -> None:
        checked = subprocess.run(["sh", "-n"], input=block.text, text=True, capture_output=True)
        if checked.returncode != 0:
            raise Fault(f"{block.place}: {checked.stderr}")

    def _work_directory(self) -> pathlib.Path:
        """Looks like the top of a clone in which everything was built."""
        work = self._directory / "work"
        if not work.exists():
            (work / "build").mkdir(parents=True)
            (work / "build/bin").symlink_to(self._options.programs)
            for name in ("ci", "samples", "tests"):
                (work / name).symlink_to(self._options.source / name)
        return work

    def _prepare(self) -> None:
        """Starts a server and sets the variables that the document asks for, when first needed."""
        if self._environment is not None:
            return
        self._environment = sites.clean_environment() | {
            "PATH": f"{self._options.programs}:{os.environ['PATH']}",
            "GOCACHE": str(self._options.go_cache),
            "GOPROXY": "off",
            "CGO_ENABLED": "0",
        }
        variables = read_variables(self._options.source, self._document)
        if variables:
            self._site = self._make_site()
            self._site.start()
        for name, words in variables.items():
            self._environment[name] = self._site.value_for(words)

    def _make_site(self) -> sites.Site:
        place = (self._options.programs, self._directory, self._options.source)
        if "WITNESS" in read_variables(self._options.source, self._document):
            return sites.AuditedSite(*place, self._options.witness)
        return sites.SampleSite(*place)

    def _run_shell(self, block: Block) -> str:
        self._prepare()
        if self._shell is None:
            self._work_directory()
            self._shell = Shell(self._directory, self._environment)
            self._port = self._site.port if self._site else sites.free_port()
        printed = self._shell.run(
            block, block.text.replace(FIXED_ADDRESS, f"127.0.0.1:{self._port}")
        )
        if self._site:
            self._site.goes_on()
        return printed

    def _keep_program(self, block: Block) -> None:
        words = block.first_line.split()
        if len(words) < 2 or words[0] != "#" or not words[1].endswith(".py"):
            raise Fault(f"{block.place}: a program begins with a comment that names its file")
        compile(block.text, words[1], "exec")
        (self._work_directory() / words[1]).write_text(block.text, encoding="utf-8")

    def _run_pipelines(self, block: Block, document) -> None:
        """A pipeline passes for a product that is good enough, fails for one that is not and
        names the reason, and shows the response of the server to an invalid token."""
        jobs = github_jobs(document) or gitlab_jobs(document)
        if not jobs:
            return
        self._prepare()
        passing = {"PRODUCT_ID": self._site.passing_product()}
        stranger = {"THREATATLAS_TOKEN": "ta_" + 43 * "A"}
        for job in jobs:
            for changes, passes, says in (
                (passing, True, ""),
                ({}, False, "3 high/critical threat(s) have no active mitigation"),
                (stranger, False, "token"),
            ):
                code, said = self._run_job(job, self._environment | changes)
                if (code == 0) != passes or says not in said:
                    raise Fault(f"{block.place}: with {changes} it ends with {code}:\n{said}")

    def _run_job(self, job: dict, environment: dict[str, str]) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as name:
            directory = pathlib.Path(name)
            # The container's package manager: what it installs is here already.
            apk = directory / "bin/apk"
            apk.parent.mkdir()
            apk.write_text("#!/bin/sh\n")
            apk.chmod(0o755)
            (directory / "script").write_text(job["script"], encoding="utf-8")
            own = {key: expand(value, environment) for key, value in job["env"].items()}
            own = environment | own | {"PATH": f"{apk.parent}:{environment['PATH']}"}
            ended = subprocess.run(
                job["shell"] + [directory / "script"],
                cwd=directory,
                env=own,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=sites.PATIENCE,
            )
            return ended.returncode, ended.stdout


def expand(value: str, environment: dict[str, str]) -> str:
    """`${{ secrets.NAME }}` and `${{ vars.NAME }}`."""
    text = str(value).strip()
    if text.startswith("${{") and text.endswith("}}"):
        kind, _, name = text[3:-2].strip().partition(".")
        if kind not in ("secrets", "vars"):
            raise Fault(f"{text} is neither a secret nor a variable")
        return environment[name]
    return text


def github_jobs(document) -> list[dict]:
    """The scripts of a workflow; each step has a shell of its own."""
    found = []
    for job in (document.get("jobs") or {}).values():
        for step in job["steps"]:
            if "run" in step:
                env = (document.get("env") or {}) | (job.get("env") or {}) | (step.get("env") or {})
                found.append({"script": step["run"], "env": env, "shell": ["bash", "-e"]})
    return found


def gitlab_jobs(document) -> list[dict]:
    """The scripts of jobs; the lines of each share a shell."""
    found = []
    for job in document.values():
        if isinstance(job, dict) and "script" in job:
            lines = as_list(job.get("before_script")) + as_list(job["script"])
            if not all(isinstance(line, str) for line in lines):
                raise Fault(f"not every line of this script is a text: {lines}")
            env = job.get("variables") or {}
            found.append({"script": "\n".join(lines), "env": env, "shell": ["sh", "-e"]})
    return found


def as_list(value) -> list:
    return value if isinstance(value, list) else [] if value is None else [value]


def documents_in(source: pathlib.Path) -> list[str]:
    return ["README.md"] + sorted(f"docs/{path.name}" for path in (source / "docs").glob("*.md"))


def require_no_stale_reason(source: pathlib.Path) -> None:
    there = {
        (block.document, block.first_line)
        for document in documents_in(source)
        for block in read_blocks(source, document)
    }
    for gone in NOT_RUN.keys() - there:
        raise Fault(f"NOT_RUN has a reason for a block that is not there: {gone}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("source", "programs", "witness", "go-cache"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("document", nargs="*", help="all of them if left out")
    options = parser.parse_args()
    for tool in ("bash", "curl", "jq", "openssl"):
        if shutil.which(tool) is None:
            raise Fault(f"this suite needs {tool}")
    require_no_stale_reason(options.source)
    faults = 0
    for document in options.document or documents_in(options.source):
        with tempfile.TemporaryDirectory(prefix="threatatlas-documents-") as directory:
            trial = Trial(options, document, pathlib.Path(directory))
            try:
                trial.run()
            except (Fault, OSError, ValueError, subprocess.SubprocessError, yaml.YAMLError) as error:
                faults += 1
                print(f"FAULT in {document}: {error}", flush=True)
            else:
                print(f"{document}: {trial.tried} blocks", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
