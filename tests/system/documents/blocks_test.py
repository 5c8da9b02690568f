#!/usr/bin/env python3
"""What run.py recognizes as blocks and as shown output: it must not overlook anything."""

import pathlib
import tempfile
import unittest

from blocks import Fault, read_blocks, read_variables, shown, shown_json


class Blocks(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)

    def read(self, text, read=read_blocks):
        (self.root / "page.md").write_text(text, encoding="utf-8")
        return read(self.root, "page.md")

    def test_every_fence_is_a_block(self):
        blocks = self.read(
            "```sh\na\n```\ntext\n``` text output\nb\n```\n````\n```\n````\n~~~json\n{}\n~~~\n"
            "- item\n\n  ```yaml\n  c:\n    d\n  ```\n> ```sh\n> e\n> ```\n"
        )
        self.assertEqual(
            [(b.line, b.language, b.words, b.text) for b in blocks],
            [
                (1, "sh", (), "a\n"),
                (5, "text", ("output",), "b\n"),
                (8, "", (), "```\n"),
                (11, "json", (), "{}\n"),
                (16, "yaml", (), "c:\n  d\n"),
                (20, "sh", (), "e\n"),
            ],
        )
        self.assertEqual([b.is_output for b in blocks], [False, True] + 4 * [False])

    def test_a_block_has_to_end(self):
        with self.assertRaises(Fault):
            self.read("```sh\na\n")
        with self.assertRaises(Fault):
            self.read("```sh\na\n~~~\n")

    def test_variables_are_the_rows_of_their_table(self):
        text = "| variable | value |\n|---|---|\n| `URL` | the address |\n\n| a | b |\n|--|--|\n| c | d |\n"
        self.assertEqual(self.read(text, read_variables), {"URL": "the address"})

    def test_an_ellipsis_matches_anything_on_its_line(self):
        self.assertTrue(shown("a … c\nd\n", "a b+b c\nd"))
        self.assertTrue(shown("…", ""))
        self.assertFalse(shown("a … c", "a b\nb c"))
        self.assertFalse(shown("a.c", "abc"))
        self.assertFalse(shown("a", "a\nb"))

    def test_json_is_the_same_with_all_its_members_in_order(self):
        self.assertTrue(shown_json({"a": [1, "x…"], "b": "…"}, {"a": [1, "xy"], "b": {"c": 2}}))
        for expected, found in (
            ({"a": 1}, {"a": 1, "b": 2}),
            ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
            ([1], [1, 2]),
            (1, True),
            ("x", None),
            ({"a": "x"}, []),
        ):
            self.assertFalse(shown_json(expected, found), (expected, found))


if __name__ == "__main__":
    unittest.main()
