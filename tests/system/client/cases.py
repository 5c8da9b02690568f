"""Helpers shared by the cases of this suite."""

import pathlib
import unittest

from client import TOKEN, Client, Result
from fake_server import FakeServer

# Set by run.py.
source: pathlib.Path  # the top of the clone
programs: pathlib.Path  # the directory of the built programs
shell: str  # a key of SHELLS


class ClientCase(unittest.TestCase):
    """A case with a client. After each run, nothing that it printed contains the token, and no
    temporary file is left."""

    own_clock = True
    # Whether the cases run under each shell also in the short form of the suite.
    under_every_shell = False

    def setUp(self):
        self.client = Client(source / "ci/threatatlas-ci", shell, self.own_clock)
        self.addCleanup(self.client.close)

    def run_client(self, *arguments: str, url: str | None = None, **options) -> Result:
        if url:
            arguments += ("--url", url)
        result = self.client.run(*arguments, **options)
        self.assertNotIn(TOKEN, result.said)
        self.assertEqual([], self.client.temporary_files, result.said)
        return result

    def serve(self, respond, certificate: pathlib.Path | None = None) -> FakeServer:
        server = FakeServer(respond, certificate)
        self.addCleanup(server.__exit__)
        return server

    def assert_code(self, code: int, result: Result, *says: str) -> None:
        self.assertEqual(code, result.code, result.said)
        for text in says:
            self.assertIn(text, result.said)

