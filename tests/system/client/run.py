#!/usr/bin/env python3
"""Tries ci/threatatlas-ci, action.yml and templates/gate.yml: the real script, run by dash, bash and
busybox, against the real server and against one that misbehaves.

With THREATATLAS_FULL in the environment, every case runs under every shell.

Exit 0: all is as it should be. 1: something is not.
"""

import argparse
import importlib
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "documents"))

import cases
from client import SHELLS

# In the short form, the others run only the classes that are `under_every_shell`.
FIRST_SHELL = "busybox"
TOOLS = ("dash", "bash", "busybox", "curl", "jq", "openssl", "shellcheck")  # also the names of their packages
MODULES = ("fake_server_cases", "real_server_cases", "pipeline_cases")


def run_under_every_shell() -> bool:
    """Runs them in parallel, because the cases mostly wait for servers."""
    running = [
        subprocess.Popen(
            [sys.executable, "-B", *sys.argv, "--shell", shell],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for shell in SHELLS
    ]
    passed = True
    for shell, process in zip(SHELLS, running):
        output, _ = process.communicate()
        print(f"under {shell}: {output}", flush=True)
        passed = passed and process.returncode == 0
    return passed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("source", "programs"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--shell", choices=SHELLS, help="only under this one")
    options, unittest_options = parser.parse_known_args()
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print("this suite needs: apt-get install " + " ".join(missing))
        return 1
    if not options.shell:
        return 0 if run_under_every_shell() else 1
    cases.source = options.source.resolve()
    cases.programs = options.programs.resolve()
    cases.shell = options.shell
    everything = options.shell == FIRST_SHELL or "THREATATLAS_FULL" in os.environ
    names = [
        f"{module}.{name}"
        for module in MODULES
        for name, case in vars(importlib.import_module(module)).items()
        if isinstance(case, type) and issubclass(case, cases.ClientCase)
        and case is not cases.ClientCase and (everything or case.under_every_shell)
    ]
    program = unittest.main(module=None, argv=["client", *unittest_options, *names], exit=False)
    return 0 if program.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
