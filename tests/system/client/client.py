"""Runs ci/threatatlas-ci under one shell, with a clock that the test sets."""

import dataclasses
import os
import pathlib
import shutil
import subprocess
import tempfile

TOKEN = "ta_" + 42 * "s" + "E"
PATIENCE_SECONDS = 120
# All programs that the script calls besides curl and jq.
APPLETS = "cat chmod cmp date dirname env grep mktemp od printf rm sed sh sleep tail tr".split()

SHELLS = {"dash": ["dash"], "bash": ["bash"], "busybox": ["busybox", "sh"]}


@dataclasses.dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


class Client:
    """A separate machine: a directory for files, one for temporary files, and programs.

    With `own_clock`, no pause takes time: `sleep` only sets the clock that `date` shows. `pauses` are
    the seconds that the client has slept."""

    def __init__(self, script: pathlib.Path, shell: str, own_clock: bool = True):
        self._script = script
        self.shell = SHELLS[shell]
        self._root = tempfile.TemporaryDirectory(prefix="threatatlas-client-")
        root = pathlib.Path(self._root.name)
        self.files, self._temporary, self._programs = root / "files", root / "tmp", root / "bin"
        for directory in (self.files, self._temporary, self._programs):
            directory.mkdir()
        self._clock, self._slept = root / "clock", root / "slept"
        self._clock.write_text("1000")
        self._slept.write_text("")
        path = [str(self._programs)]
        if shell == "busybox":
            # As in a container of Alpine.
            for name in APPLETS:
                (self._programs / name).symlink_to(shutil.which("busybox"))
            self.use_real("curl", "jq", "busybox")
        else:
            path.append(os.environ["PATH"])
        if own_clock:
            self.program("date", f"cat {self._clock}")
            self.program(
                "sleep",
                f'echo "$1" >>{self._slept}; now=$(($(cat {self._clock}) + $1)); echo $now >{self._clock}',
            )
        self.environment = {
            "PATH": ":".join(path),
            "HOME": str(self.files),
            "TMPDIR": str(self._temporary),
            "no_proxy": "127.0.0.1",
            "THREATATLAS_TOKEN": TOKEN,
        }

    def close(self) -> None:
        self._root.cleanup()

    def program(self, name: str, script: str) -> None:
        """Adds a program that takes precedence in the client's PATH."""
        file = self._programs / name
        file.unlink(missing_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def use_real(self, *names: str) -> None:
        for name in names:
            (self._programs / name).symlink_to(shutil.which(name))

    @property
    def pauses(self) -> list[int]:
        return [int(line) for line in self._slept.read_text().split()]

    @property
    def temporary_files(self) -> list[str]:
        return sorted(os.listdir(self._temporary))

    def start(self, *arguments: str, shell_options=(), **variables: str) -> subprocess.Popen:
        environment = {
            name: value
            for name, value in (self.environment | variables).items()
            if value is not None
        }
        return subprocess.Popen(
            [shutil.which(self.shell[0]), *self.shell[1:], *shell_options, str(self._script), *arguments],
            cwd=self.files,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str, stdin: bytes = b"", **options) -> Result:
        process = self.start(*arguments, **options)
        out, err = process.communicate(stdin, timeout=PATIENCE_SECONDS)
        return Result(process.returncode, out.decode(), err.decode())
