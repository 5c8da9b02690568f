"""A server that is slow, busy, down, too old, or answers something else."""

import json
import re
import shutil
import subprocess

import cases
from cases import ClientCase
from client import TOKEN
from fake_server import Answer, gate_answer, import_answer, one_after_the_other, problem
from sites import free_port

PASSES = Answer(body=gate_answer())
FAILS = Answer(body=gate_answer(passes=False))
NOT_THERE = problem(404, "Nothing exists at this path. GET /openapi.json describes the API.")
BUSY = problem(503, "The server is draining. Repeat the request.")
ONCE = {"THREATATLAS_RETRIES": "0"}

FORMS = {
    "sarif": Answer(body={"version": "2.1.0", "runs": []}, content_type="application/sarif+json"),
    "junit.xml": Answer(body="<testsuites/>\n", content_type="application/xml"),
    "gitlab.json": Answer(body=[]),
    "md": Answer(body="## Threat model: passed\n", content_type="text/markdown"),
    "txt": Answer(
        body="::error title=Threat model::3 threats\n::set-output name=a::b\nother\n"
        "::warning title=Threat model::1 threat\n",
        content_type="text/plain",
    ),
}


def with_forms(gate: Answer):
    def respond(request):
        _, _, suffix = request.path.partition("security-status")
        return FORMS[suffix[1:]] if suffix else gate

    return respond


class Retries(ClientCase):
    def ask_gate(self, *answers: Answer, options=()):
        server = self.serve(one_after_the_other(*answers))
        return self.run_client("gate", "--product", "1", *options, url=server.url), server

    def test_pauses_grow_and_attempts_end(self):
        result, server = self.ask_gate(BUSY, options=["--retries", "7"])
        self.assert_code(3, result, "The server answers 503. The server is draining.")
        self.assertEqual([1, 2, 4, 8, 16, 30, 30], self.client.pauses)
        self.assertEqual(8, len(server.requests))

    def test_five_repetitions_by_default(self):
        result, _ = self.ask_gate(BUSY)
        self.assert_code(3, result)
        self.assertEqual([1, 2, 4, 8, 16], self.client.pauses)

    def test_a_late_answer_counts(self):
        for status in (408, 429, 502, 503, 504):
            with self.subTest(status):
                result, server = self.ask_gate(problem(status, "Later."), FAILS)
                self.assert_code(1, result, "FAILED: Payments API", "Later. Again in 1 s (1 of 5)")
                self.assertEqual(2, len(server.requests))

    def test_retry_after_is_honoured(self):
        for status, asked, pauses in (
            (503, "7", [7]),
            (429, "007", [7]),
            (503, "0", [1]),
            (503, "Fri, 31 Dec 1999 23:59:59 GMT", [1]),
            (429, "-3", [1]),
        ):
            with self.subTest(asked):
                self.setUp()
                answer = problem(status, "Wait.", headers={"Retry-After": asked})
                result, _ = self.ask_gate(answer, PASSES)
                self.assert_code(0, result)
                self.assertEqual(pauses, self.client.pauses)

    def test_no_pause_beyond_the_total_time(self):
        for asked in ("3600", "99999999999999999999"):
            with self.subTest(asked):
                answer = problem(429, "Too many.", headers={"Retry-After": asked})
                result, server = self.ask_gate(answer)
                self.assert_code(3, result, "would be too late (--total-timeout 300)")
                self.assertEqual(1, len(server.requests))
        self.assertEqual([], self.client.pauses)

    def test_total_time_ends_the_attempts(self):
        result, _ = self.ask_gate(BUSY, options=["--total-timeout", "10", "--retries", "100"])
        self.assert_code(3, result, "would be too late (--total-timeout 10)")
        self.assertEqual([1, 2, 4], self.client.pauses)

    def test_no_retries(self):
        result, server = self.ask_gate(BUSY, options=["--retries", "0"])
        self.assert_code(3, result)
        self.assertEqual(1, len(server.requests))

    def test_other_errors_are_not_repeated(self):
        for status, code in ((400, 2), (401, 2), (403, 2), (404, 2), (422, 2), (500, 3), (501, 3)):
            with self.subTest(status):
                result, server = self.ask_gate(problem(status, "Because."))
                self.assert_code(code, result, f"({status}). Because." if code == 2 else "Because.")
                self.assertEqual(1, len(server.requests))

    def test_a_server_that_is_down(self):
        result = self.run_client(
            "gate", "--product", "1", "--retries", "2", url=f"http://127.0.0.1:{free_port()}"
        )
        self.assert_code(3, result, "cannot be asked", "Again in 2 s (2 of 2)")
        self.assertEqual([1, 2], self.client.pauses)

    def test_a_name_that_does_not_exist(self):
        result = self.run_client(
            "gate", "--product", "1", "--retries", "0", url="http://threatatlas.invalid"
        )
        self.assert_code(3, result, "cannot be asked")

    def test_a_slow_server(self):
        slow = Answer(body=gate_answer(), delay_seconds=3)
        result, server = self.ask_gate(slow, options=["--timeout", "1", "--retries", "1"])
        self.assert_code(3, result, "cannot be asked", "timed out")
        self.assertEqual(2, len(server.requests))
        result, _ = self.ask_gate(slow, PASSES, options=["--timeout", "1"])
        self.assert_code(0, result)

    def test_an_answer_that_breaks_off(self):
        for broken in (Answer(body=gate_answer(), missing_bytes=5), Answer(raw=b"")):
            result, server = self.ask_gate(broken, PASSES)
            self.assert_code(0, result, "Again in 1 s", "PASSED")
            self.assertEqual(2, len(server.requests))


class Garbage(ClientCase):
    def test_is_no_verdict(self):
        page = Answer(body="<html>Back soon</html>", content_type="text/html")
        text = json.dumps(gate_answer())
        for name, answer in {
            "a page": page,
            "nothing": Answer(),
            "half": Answer(body=text[:100]),
            "two": Answer(body=text + text),
            "a list": Answer(body=[gate_answer()]),
            "true": Answer(body="true"),
            "no pass": Answer(body={k: v for k, v in gate_answer().items() if k != "pass"}),
            "pass as a text": Answer(body=gate_answer(**{"pass": "true"})),
            "pass with failures": Answer(body=gate_answer(failures=["3 threats"])),
            "failed without failures": Answer(body=gate_answer(**{"pass": False})),
            "another product": Answer(body=gate_answer(product_id=2)),
            "no counts": Answer(body=gate_answer(summary={})),
            "a text as a count": Answer(
                body=gate_answer(summary=gate_answer()["summary"] | {"total_threats": "\n::error::x"})
            ),
            "no failures": Answer(body=gate_answer(failures=None)),
            "no HTTP": Answer(raw=b"220 mail.example.com ESMTP\r\n"),
            "bytes": Answer(body=bytes(range(256))),
        }.items():
            with self.subTest(name):
                result = self.run_client(
                    "gate", "--product", "1", url=self.serve(lambda _, a=answer: a).url
                )
                self.assert_code(3, result)
                self.assertNotIn("PASSED", result.said)
                self.assertEqual([], self.client.pauses)

    def test_an_error_of_something_else(self):
        for status, code in ((404, 2), (403, 2), (502, 3), (500, 3)):
            with self.subTest(status):
                page = Answer(status, "<html>nginx</html>", content_type="text/html")
                result = self.run_client("gate", "--product", "1", url=self.serve(lambda _: page).url)
                self.assert_code(code, result, str(status), "something else than ThreatAtlas")
                self.assertNotIn("<html>", result.said)

    def test_a_redirection_is_not_followed(self):
        other = self.serve(lambda _: PASSES)
        moved = Answer(301, headers={"Location": other.url + "/api/products/1/security-status"})
        server = self.serve(lambda _: moved)
        result = self.run_client("gate", "--product", "1", url=server.url)
        self.assert_code(2, result, "redirection (301)", "THREATATLAS_URL")
        self.assertEqual([], other.requests)

    def test_texts_cannot_control_the_terminal_or_the_runner(self):
        hostile = "\x1b[2J\x07::error::x\n::stop-commands::y\n##vso[task.complete]\u202e\u2028\x9b1m"
        answer = gate_answer(passes=False, product_name=hostile, failures=[hostile])
        result = self.run_client("gate", "--product", "1", url=self.serve(lambda _: Answer(body=answer)).url)
        self.assert_code(1, result, "stop-commands")
        refusal = problem(422, hostile, [{"parameter": hostile, "detail": hostile + "!"}])
        refused = self.run_client("gate", "--product", "1", url=self.serve(lambda _: refusal).url)
        self.assert_code(2, refused, "stop-commands")
        for said in (result.said, refused.said):
            self.assertNotRegex(said, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]")
            self.assertNotRegex(said, r"(?m)^\s*::")
            self.assertNotIn("##", said)

    def test_all_errors_are_shown(self):
        errors = [
            {"parameter": "min_threats", "detail": "Give an integer."},
            {"pointer": "/3/data", "detail": "Is too long."},
            {"header": "If-Match", "detail": "Is not a tag."},
        ]
        refusal = problem(422, "Several things are wrong.", errors)
        result = self.run_client("gate", "--product", "1", url=self.serve(lambda _: refusal).url)
        self.assert_code(
            2,
            result,
            "Several things are wrong.",
            "min_threats: Give an integer.",
            "/3/data: Is too long.",
            "If-Match: Is not a tag.",
        )


class FailOpen(ClientCase):
    def test_is_reported(self):
        server = self.serve(lambda _: BUSY)
        for options, variables in (
            (["--fail-open"], {}),
            ([], {"THREATATLAS_FAIL_OPEN": "true"}),
        ):
            variables |= ONCE
            result = self.run_client(
                "gate", "--product", "1", "--annotations", *options, url=server.url, **variables
            )
            self.assert_code(0, result, "FAIL OPEN", "WITHOUT a complete answer")
            self.assertIn("::warning title=ThreatAtlas::FAIL OPEN", result.out)

    def test_is_off_unless_named(self):
        server = self.serve(lambda _: BUSY)
        for variables in ({}, {"THREATATLAS_FAIL_OPEN": ""}, {"THREATATLAS_FAIL_OPEN": "false"}):
            result = self.run_client("gate", "--product", "1", url=server.url, **variables, **ONCE)
            self.assert_code(3, result)
        result = self.run_client(
            "gate", "--product", "1", url=server.url, THREATATLAS_FAIL_OPEN="yes"
        )
        self.assert_code(2, result, "--fail-open takes true or false")

    def test_opens_neither_for_a_failed_gate_nor_for_a_refusal(self):
        for answer, code in ((FAILS, 1), (problem(422, "No."), 2)):
            server = self.serve(lambda _, a=answer: a)
            result = self.run_client("gate", "--product", "1", "--fail-open", url=server.url)
            self.assert_code(code, result)
            self.assertNotIn("FAIL OPEN", result.said)

    def test_a_known_verdict_is_kept(self):
        server = self.serve(one_after_the_other(FAILS, BUSY))
        result = self.run_client(
            "gate", "--product", "1", "--fail-open", "--sarif", "x", url=server.url, **ONCE
        )
        self.assert_code(1, result, "FAILED", "503")

    def test_is_no_option_of_downloads(self):
        for command in (["report", "md"], ["proof"]):
            self.assert_code(2, self.run_client(*command, "--fail-open"), "no option --fail-open")
        result = self.run_client(
            "report", "md", "--product", "1", "-o", "x", url=self.serve(lambda _: BUSY).url,
            THREATATLAS_FAIL_OPEN="true", **ONCE,
        )
        self.assert_code(3, result)


class Forms(ClientCase):
    ALL = ("--sarif a.sarif --junit a.xml --gitlab a.json --summary a.md --annotations").split()

    def test_equal_those_of_the_server(self):
        server = self.serve(with_forms(FAILS))
        (self.client.files / "a.md").write_text("before\n")
        (self.client.files / "a.xml").write_text("before\n")
        result = self.run_client(
            "gate", "--product", "1", "--fail-on-critical", "--policy", "strict", *self.ALL,
            "--model-path", "docs/model.json", url=server.url,
        )
        self.assert_code(1, result)
        for name, content in (
            ("a.sarif", json.dumps(FORMS["sarif"].body)),
            ("a.xml", "<testsuites/>\n"),
            ("a.json", "[]"),
            ("a.md", "before\n## Threat model: passed\n"),
        ):
            self.assertEqual(content, (self.client.files / name).read_text())
        self.assertIn("::error title=Threat model::3 threats\n::warning title=", result.out)
        self.assertNotIn("set-output", result.out)
        plain = {"fail_on_critical": "true", "policy": "strict"}
        located = plain | {"model_path": "docs/model.json"}
        self.assertEqual(
            [("", plain), (".sarif", located), (".gitlab.json", located), (".junit.xml", plain),
             (".md", plain), (".txt", plain)],
            [(r.path.removeprefix("/api/products/1/security-status"), r.query)
             for r in server.requests],
        )

    def test_a_server_without_them_is_too_old(self):
        old = self.serve(lambda r: PASSES if r.path.endswith("security-status") else NOT_THERE)
        for option, suffix in (
            ("--sarif", "sarif"), ("--junit", "junit.xml"), ("--gitlab", "gitlab.json"),
            ("--summary", "md"), ("--annotations", "txt"),
        ):
            with self.subTest(option):
                file = [] if option == "--annotations" else ["out"]
                result = self.run_client("gate", "--product", "1", option, *file, url=old.url)
                self.assert_code(
                    2, result, "PASSED",
                    f"too old for {option}: it has no security-status.{suffix}",
                )
                self.assertFalse((self.client.files / "out").exists())

    def test_a_server_without_a_parameter_is_too_old(self):
        for name in ("policy", "baseline"):
            detail = f"This call has no parameter {name}. Its parameters: fail_on_critical."
            answer = problem(422, f"Invalid parameter {name}. {detail}",
                             [{"parameter": name, "detail": detail}])
            server = self.serve(lambda _, a=answer: a)
            result = self.run_client("gate", "--product", "1", f"--{name}=x", url=server.url)
            self.assert_code(2, result, f"too old for --{name}")

    def test_an_html_page_is_refused(self):
        page = Answer(body="<html/>", content_type="text/html; charset=utf-8")
        server = self.serve(one_after_the_other(PASSES, page))
        result = self.run_client("gate", "--product", "1", "--junit", "a.xml", url=server.url)
        self.assert_code(3, result, "is a web page")
        self.assertFalse((self.client.files / "a.xml").exists())

    def test_an_unwritable_path_is_refused_before_any_request(self):
        server = self.serve(with_forms(PASSES))
        (self.client.files / "model").write_text("{}")
        for place in ("no/such/file", "."):
            result = self.run_client(
                "push", "model", "--product", "1", "--junit", place, url=server.url
            )
            self.assert_code(2, result, f"--junit: cannot write {place}")
        self.assertEqual([], server.requests)

    def test_a_gate_without_conditions_says_so(self):
        server = self.serve(lambda _: Answer(body=gate_answer(conditions=[])))
        result = self.run_client("gate", "--product", "1", url=server.url)
        self.assert_code(0, result, "No condition was checked")

    def test_warnings_of_a_policy_are_shown(self):
        server = self.serve(lambda _: Answer(body=gate_answer(warnings=["2 threats are old"])))
        result = self.run_client("gate", "--product", "1", url=server.url)
        self.assert_code(0, result, "  - warning: 2 threats are old")

    def test_policies_and_their_conditions_are_shown(self):
        rules = [
            {"rule": "max_threats", "severity": "critical", "mode": "fail", "pass": True},
            {"rule": "max_open_days", "severity": "high", "mode": "warn", "pass": False,
             "fails_from": "2027-01-31", "threat_ids": [7]},
            {"rule": "min_threats", "mode": "warn", "pass": False},
            {"rule": "max_unscored", "mode": "fail", "pass": False},
        ]
        conditions = [{"limit": 0, "actual": 1, "policy": "web"} | rule for rule in rules]
        own = {"name": "web", "version": 3, "enforced": True, "fails_on": None}
        other = {"name": "strict", "version": 1, "enforced": False}
        answer = gate_answer(False, conditions=conditions, policy=own, also_applied=other)
        server = self.serve(lambda _: Answer(body=answer))
        result = self.run_client("gate", "--product", "1", url=server.url)
        self.assert_code(
            1, result,
            "  conditions: web/max_threats/critical passed, web/max_open_days/high warns, "
            "web/min_threats/warn warns, web/max_unscored failed\n",
            "  policy: web, version 3, enforced\n  policy: strict, version 1\n",
        )

    def test_the_day_on_which_a_policy_fails_is_shown(self):
        own = {"name": "web", "version": 3, "enforced": False, "fails_on": "2027-01-31"}
        server = self.serve(lambda _: Answer(body=gate_answer(policy=own)))
        result = self.run_client("gate", "--product", "1", url=server.url)
        self.assert_code(
            0, result, "  policy: web, version 3; the gate fails from 2027-01-31 on\n"
        )

    def test_acceptances_and_their_end_are_shown(self):
        effect = {"in_force": 2, "next_expiry": "2027-01-31", "fails_on": "2027-02-01"}
        says = "  risk acceptances: 2 in force, the first until 2027-01-31"
        for change, line in [
            ({}, says + "; the gate fails from 2027-02-01 on\n"),
            ({"fails_on": None}, says + "\n"),
            ({"in_force": 0, "next_expiry": None, "fails_on": None}, None),
        ]:
            answer = Answer(body=gate_answer(acceptances={**effect, **change}))
            result = self.run_client("gate", "--product", "1", url=self.serve(lambda _: answer).url)
            self.assert_code(0, result)
            if line:
                self.assertIn(line, result.out)
            else:
                self.assertNotIn("risk acceptances", result.out)


IMPORTED = import_answer()


def importing(gate: Answer, *imports: Answer):
    answers = one_after_the_other(*imports)
    return lambda request: answers(request) if request.path.endswith("/import") else gate


class Push(ClientCase):
    MODEL = b'{"summary": {"title": "\xc3\xa4 \\u0000"}}\r\n\0\xff'

    def setUp(self):
        super().setUp()
        (self.client.files / "my model.json").write_bytes(self.MODEL)

    def test_imports_the_bytes_and_gates(self):
        for gate, code, verdict in ((PASSES, 0, "PASSED"), (FAILS, 1, "FAILED")):
            server = self.serve(importing(gate, Answer(body=IMPORTED)))
            result = self.run_client(
                "push", "my model.json", "--product", "1", "--source", "a & b", "--missing",
                "remove", "--format", "threat-dragon", "--fail-on-critical", url=server.url,
            )
            self.assert_code(
                code, result, verdict,
                "Imported threat-dragon (source threat-dragon): "
                "2 added, 0 changed, 1 removed, 12 unchanged\n"
                '  - conflict: threat 2 (D), status: changed in the file and here; the value here is kept\n'
                "  - warning: /detail/diagrams/0: an unknown status: Parked\n",
            )
            self.assertNotIn("missing", result.out)
            sent, asked = server.requests
            self.assertEqual(("POST", "/api/products/1/import"), (sent.method, sent.path))
            self.assertEqual(
                {"format": "threat-dragon", "source": "a & b", "missing": "remove"}, sent.query
            )
            self.assertEqual(self.MODEL, sent.body)
            self.assertRegex(sent.headers["idempotency-key"], "^threatatlas-ci-[0-9a-f]{32}$")
            self.assertEqual({"fail_on_critical": "true"}, asked.query)
            self.assertNotIn("idempotency-key", asked.headers)

    def test_a_repetition_has_the_same_key(self):
        server = self.serve(importing(PASSES, BUSY, Answer(raw=b""), Answer(body=IMPORTED)))
        keys = []
        for _ in range(2):
            self.assert_code(0, self.run_client("push", "my model.json", "--product", "1", url=server.url))
            keys.append({r.headers.get("idempotency-key") for r in server.requests} - {None})
            self.assertTrue(all(r.body == self.MODEL for r in server.requests if r.method == "POST"))
        self.assertEqual([1, 2], [len(k) for k in keys])

    def test_standard_input(self):
        server = self.serve(importing(PASSES, Answer(body=IMPORTED)))
        result = self.run_client("push", "-", "--product", "1", url=server.url, stdin=self.MODEL)
        self.assert_code(0, result)
        self.assertEqual(self.MODEL, server.requests[0].body)

    def test_the_file_is_the_place_that_forms_name(self):
        def respond(request):
            return Answer(body=IMPORTED) if request.method == "POST" else with_forms(PASSES)(request)

        server = self.serve(respond)
        result = self.run_client(
            "push", "my model.json", "--product", "1", "--sarif", "a", url=server.url
        )
        self.assert_code(0, result)
        self.assertEqual({"model_path": "my model.json"}, server.requests[-1].query)

    def test_a_dry_run_does_not_gate(self):
        server = self.serve(importing(FAILS, Answer(body=IMPORTED)))
        result = self.run_client(
            "push", "my model.json", "--product", "1", "--dry-run", url=server.url
        )
        self.assert_code(0, result, "2 added", "Nothing was recorded, and the gate was not asked")
        (sent,) = server.requests
        self.assertEqual({"dry_run": "true"}, sent.query)
        self.assertNotIn("idempotency-key", sent.headers)

    def test_lists_that_are_shorter_than_the_counts(self):
        answer = import_answer(
            warnings=[{"path": f"/{n}", "detail": "odd"} for n in range(1000)],
            conflicts=[
                {"kind": "mitigation", "id": n, "name": "M\n##", "field": "comments", "kept": "file"}
                for n in range(30)
            ],
            counts={"warnings": 2000, "conflicts": 31, "missing": 4},
        )
        server = self.serve(importing(PASSES, Answer(body=answer)))
        result = self.run_client("push", "my model.json", "--product", "1", url=server.url)
        self.assert_code(
            0, result, "  - missing in the file: 4 threats or mitigations", "/19: odd",
            '(M # #), comments: changed in the file and here; the file wins',
            "and 1 more conflicts", "and 1980 more warnings",
        )
        self.assertEqual(30, result.out.count("conflict: mitigation"))
        self.assertNotIn("/20: odd", result.said)

    def test_nothing_new_is_one_line(self):
        answer = import_answer(
            added=[], removed=[], conflicts=[], warnings=[], first_position=None, last_position=None
        )
        server = self.serve(importing(PASSES, Answer(body=answer)))
        result = self.run_client("push", "my model.json", "--product", "1", url=server.url)
        self.assert_code(0, result)
        self.assertEqual(
            "Imported threat-dragon (source threat-dragon): "
            "0 added, 0 changed, 0 removed, 12 unchanged",
            result.out.splitlines()[0],
        )
        self.assertTrue(result.out.splitlines()[1].startswith("PASSED"))

    def test_a_malformed_answer_to_an_import(self):
        whole = import_answer()
        for answer in (
            {key: value for key, value in whole.items() if key != "counts"},
            import_answer(counts={"unchanged": []}),
            whole | {"warnings": None},
            import_answer(conflicts=["text"]),
            [whole],
            "{",
        ):
            server = self.serve(importing(PASSES, Answer(body=answer)))
            result = self.run_client("push", "my model.json", "--product", "1", url=server.url)
            self.assert_code(3, result, "is not one of ThreatAtlas")

    def test_a_refused_file_is_not_gated(self):
        refusal = problem(400, "The file is not JSON: line 3, column 7.")
        server = self.serve(importing(PASSES, refusal))
        result = self.run_client("push", "my model.json", "--product", "1", url=server.url)
        self.assert_code(2, result, "line 3, column 7")
        self.assertEqual(1, len(server.requests))

    def test_an_old_server_and_an_unknown_product_differ(self):
        server = self.serve(importing(PASSES, NOT_THERE))
        result = self.run_client("push", "my model.json", "--product", "1", url=server.url)
        self.assert_code(2, result, "The server is too old for push")
        unknown = problem(404, "There is no product 1 that this token can see.")
        server = self.serve(lambda _: unknown)
        result = self.run_client("push", "my model.json", "--product", "1", url=server.url)
        self.assert_code(2, result, "There is no product 1")
        self.assertNotIn("too old", result.said)

    def test_an_import_without_an_answer_opens_only_by_name(self):
        server = self.serve(importing(PASSES, BUSY))
        for options, code in (([], 3), (["--fail-open"], 0)):
            result = self.run_client(
                "push", "my model.json", "--product", "1", *options, url=server.url, **ONCE
            )
            self.assert_code(code, result)
        self.assertTrue(all(r.method == "POST" for r in server.requests))

    def test_a_missing_file(self):
        server = self.serve(lambda _: PASSES)
        for name in ("none.json", "."):
            result = self.run_client("push", name, "--product", "1", url=server.url)
            self.assert_code(2, result, f"There is no file {name} that can be read")
        self.assert_code(2, self.run_client("push", url=server.url), "Which file?")
        self.assertEqual([], server.requests)


class ProductKey(ClientCase):
    def test_finds_the_product(self):
        def respond(request):
            return Answer(body=[{"id": 1}]) if request.path == "/api/products" else PASSES

        server = self.serve(respond)
        result = self.run_client("gate", "--product-key", "git/a&b ä", url=server.url)
        self.assert_code(0, result)
        self.assertEqual({"external_id": "git/a&b ä"}, server.requests[0].query)

    CREATE = ("push", "m", "--product-key", "git/a b", "--create", 'The "Shop"')

    def serve_without_product(self, answer: Answer):
        (self.client.files / "m").write_text("{}")

        def respond(request):
            if request.path == "/api/products":
                return Answer(body=[])
            if request.method == "PUT":
                return answer
            return Answer(body=IMPORTED) if request.method == "POST" else PASSES

        return self.serve(respond)

    def test_creates_it_if_asked(self):
        server = self.serve_without_product(Answer(201, {"id": 1}))
        self.assert_code(0, self.run_client(*self.CREATE, url=server.url), "Product 1 was created")
        put = server.requests[1]
        self.assertEqual("/api/products/by-external-id/git%2Fa%20b", put.path)
        self.assertEqual({"name": 'The "Shop"'}, json.loads(put.body))
        self.assertEqual("application/json", put.headers["content-type"])
        self.assertEqual("/api/products/1/import", server.requests[2].path)

    def test_another_pipeline_was_faster(self):
        server = self.serve_without_product(Answer(200, {"id": 1}))
        result = self.run_client(*self.CREATE, url=server.url)
        self.assert_code(0, result, "PASSED")
        self.assertNotIn("was created", result.said)

    def test_only_admins_create(self):
        refusal = problem(403, "A token with the role editor may not do this.")
        server = self.serve_without_product(refusal)
        result = self.run_client(*self.CREATE, url=server.url)
        self.assert_code(
            2, result, "Only an admin's token may create the product. A token with the role editor"
        )

    def test_several_products_with_the_key(self):
        server = self.serve(lambda _: Answer(body=[{"id": 1}, {"id": 2}]))
        result = self.run_client("gate", "--product-key", "k", url=server.url)
        self.assert_code(2, result, "Several products have the external_id k: give --product.")

    def test_is_not_found_or_not_to_be_created(self):
        (self.client.files / "m").write_text("{}")
        server = self.serve(lambda r: NOT_THERE if r.method == "PUT" else Answer(body=[]))
        result = self.run_client("gate", "--product-key", "k", url=server.url)
        self.assert_code(2, result, "no product with the external_id k")
        result = self.run_client("push", "m", "--product-key", "k", "--create", "N", url=server.url)
        self.assert_code(2, result, "too old for --create")
        result = self.run_client("push", "m", "--product", "1", "--create", "N", url=server.url)
        self.assert_code(2, result, "--create needs --product-key")


SYSTEMS = {
    "GitHub": (
        {
            "GITHUB_ACTIONS": "true", "GITHUB_SHA": "abc1", "GITHUB_REF": "refs/heads/main",
            "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_RUN_ID": "77",
        },
        ("abc1", "refs/heads/main", "https://github.com/acme/shop/actions/runs/77"),
    ),
    "GitLab": (
        {
            "GITLAB_CI": "true", "CI_COMMIT_SHA": "abc2", "CI_COMMIT_REF_NAME": "main",
            "CI_PIPELINE_URL": "https://gitlab.com/acme/shop/-/pipelines/5",
        },
        ("abc2", "main", "https://gitlab.com/acme/shop/-/pipelines/5"),
    ),
    "Jenkins": (
        {
            "JENKINS_URL": "https://ci.example.com/", "GIT_COMMIT": "abc3",
            "GIT_BRANCH": "origin/main", "BUILD_URL": "https://ci.example.com/job/shop/4/",
        },
        ("abc3", "origin/main", "https://ci.example.com/job/shop/4/"),
    ),
    "Azure Pipelines": (
        {
            "TF_BUILD": "True", "BUILD_SOURCEVERSION": "abc4",
            "BUILD_SOURCEBRANCH": "refs/heads/main", "BUILD_BUILDID": "9",
            "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
            "SYSTEM_TEAMPROJECT": "Web Shop",
        },
        ("abc4", "refs/heads/main",
         "https://dev.azure.com/acme/Web%20Shop/_build/results?buildId=9"),
    ),
    "Bitbucket": (
        {
            "BITBUCKET_BUILD_NUMBER": "12", "BITBUCKET_COMMIT": "abc5", "BITBUCKET_TAG": "v1",
            "BITBUCKET_REPO_FULL_NAME": "acme/shop",
        },
        ("abc5", "v1", "https://bitbucket.org/acme/shop/pipelines/results/12"),
    ),
    "CircleCI": (
        {
            "CIRCLECI": "true", "CIRCLE_SHA1": "abc6", "CIRCLE_BRANCH": "main",
            "CIRCLE_BUILD_URL": "https://circleci.com/gh/acme/shop/8",
        },
        ("abc6", "main", "https://circleci.com/gh/acme/shop/8"),
    ),
    "a shell": ({"THREATATLAS_COMMIT": "abc7"}, ("abc7", "not known", "not known")),
}


def with_checks(passes: bool = True):
    """Records every check as the seventh."""

    def respond(request):
        if request.path.endswith("/attestation"):
            return Answer(body="{}", content_type="application/vnd.dsse.envelope.v1+json")
        if request.path.endswith("/checks"):
            return Answer(201, gate_answer(passes=passes, check_id=7))
        return with_forms(PASSES)(request)

    return respond


class Check(ClientCase):
    def test_records_commit_ref_and_pipeline(self):
        for system, (variables, (commit, ref, pipeline)) in SYSTEMS.items():
            with self.subTest(system):
                server = self.serve(with_checks())
                result = self.run_client("check", "--product", "1", url=server.url, **variables)
                self.assert_code(
                    0, result, "Check 7 was recorded for:\n", f"digest: gitCommit:{commit}\n",
                    f"ref: {ref}\n", f"pipeline: {pipeline}\n", "PASSED",
                )
                (asked,) = server.requests
                sent = json.loads(asked.body)
                self.assertEqual({"gitCommit": commit}, sent["subject"]["digest"])
                self.assertEqual(ref, sent.get("ref", "not known"))
                self.assertEqual(pipeline, sent.get("pipeline_url", "not known"))

    def test_sends_the_question(self):
        server = self.serve(with_checks(passes=False))
        result = self.run_client(
            "check", "--product", "1", "--subject", "shop 4.2", "--digest", "sha256:00FF",
            "--policy", "web", "--fail-on-critical", "--min-mitigation-ratio", "0.7",
            "--min-threats=3", "--attestation", "a.json", url=server.url,
        )
        self.assert_code(1, result, "FAILED", "subject: shop 4.2\n")
        self.assertEqual(
            {"subject": {"name": "shop 4.2", "digest": {"sha256": "00ff"}}, "policy": "web",
             "fail_on_critical": True, "min_mitigation_ratio": 0.7, "min_threats": 3},
            json.loads(server.requests[0].body),
        )
        self.assertEqual("/api/products/1/checks/7/attestation", server.requests[1].path)
        self.assertEqual("{}", (self.client.files / "a.json").read_text())

    def test_a_repeated_request_has_the_same_key(self):
        answers = iter([BUSY, Answer(201, gate_answer(check_id=7))])
        server = self.serve(lambda _: next(answers))
        result = self.run_client("check", "--product", "1", "--commit", "ab", url=server.url)
        self.assert_code(0, result)
        first, second = (request.headers["idempotency-key"] for request in server.requests)
        self.assertEqual(first, second)

    def test_options_take_precedence(self):
        result = self.run_client(
            "check", "--product", "1", "--commit", "c0", "--ref", "r", "--pipeline-url", "u",
            url=self.serve(with_checks(passes=False)).url, **SYSTEMS["GitHub"][0],
        )
        self.assert_code(1, result, "digest: gitCommit:c0\n", "ref: r\n", "pipeline: u\n")

    def test_what_is_to_be_released_must_be_known(self):
        url = "http://127.0.0.1:9"
        for arguments, says in (
            ([], "What is to be released? Give --digest ALGORITHM:VALUE, or --commit."),
            (["--digest", "00ff"], "--digest takes an algorithm and a value"),
            (["--commit", "ab", "--baseline", "2026-01-01"], "A recorded check has no --baseline"),
        ):
            with self.subTest(arguments):
                result = self.run_client("check", "--product", "1", *arguments, url=url)
                self.assert_code(2, result, says)

    def test_push_can_record(self):
        model = self.client.files / "model.json"
        model.write_text("{}")
        arguments = ("push", "model.json", "--product", "1", "--record")
        server = self.serve(
            lambda r: Answer(body=IMPORTED) if r.path.endswith("/import") else with_checks()(r)
        )
        result = self.run_client(*arguments, "--commit", "ab", url=server.url)
        self.assert_code(0, result, "Check 7 was recorded for:\n  subject: product-1\n", "PASSED")
        self.assertEqual(
            ["import", "checks"], [request.path.rsplit("/")[-1] for request in server.requests]
        )
        # Nothing is imported if it is not known what to record.
        result = self.run_client(*arguments, url="http://127.0.0.1:9")
        self.assert_code(2, result, "What is to be released?")
        result = self.run_client(*arguments, "--dry-run", "--commit", "ab", url=server.url)
        self.assert_code(0, result, "Nothing was recorded")

    def test_an_older_server(self):
        server = self.serve(lambda request: NOT_THERE if request.method == "POST" else PASSES)
        result = self.run_client("check", "--product", "1", "--commit", "ab", url=server.url)
        self.assert_code(2, result, "The server is too old for check: it has no POST")

    def test_the_summary_has_them_and_a_branch_is_no_markup(self):
        hostile = "<img src=x>|`a`[b](http://c)\n## d"
        result = self.run_client(
            "check", "--product", "1", "--summary", "s.md", "--ref", hostile,
            url=self.serve(with_checks()).url, **SYSTEMS["GitLab"][0],
        )
        self.assert_code(0, result)
        summary = (self.client.files / "s.md").read_text()
        self.assertTrue(summary.startswith(FORMS["md"].body + "\n| Checked for | |\n| --- | --- |\n"))
        self.assertIn("| Digest | gitCommit:abc2 |\n", summary)
        (row,) = [line for line in summary.splitlines() if line.startswith("| Ref ")]
        self.assertNotRegex(row[8:-2], r"[<>|`\[\]()]")
        self.assertEqual(3, row.count("|"))


class Usage(ClientCase):
    def test_a_missing_option_is_named(self):
        url = "http://127.0.0.1:9"
        for arguments, variables, says in (
            (["--product", "1"], {}, "Give --url, or set THREATATLAS_URL"),
            (["--product", "1", "--url", url], {"THREATATLAS_TOKEN": ""}, "Set THREATATLAS_TOKEN"),
            (["--url", url], {}, "Give --product or --product-key, or set THREATATLAS_PRODUCT"),
            (["--url", url], {"THREATATLAS_PRODUCT": "1", "THREATATLAS_PRODUCT_KEY": "k"}, "both set"),
        ):
            self.assert_code(2, self.run_client("gate", *arguments, **variables), says, "gate --help")
        result = self.run_client("report", "md", "--product", "1", "--url", url)
        self.assert_code(2, result, "Give -o FILE")
        self.assert_code(2, self.run_client("report", "pdf", "--url", url), "md, docx, html")
        self.assert_code(2, self.run_client("proof", "--url", url), "Give -o DIR")

    def test_unknown_options_are_refused(self):
        for arguments, says in (
            (["--product"], "--product needs a value"),
            (["--product", ""], "The value of --product is empty"),
            (["--min-mitigation-ratio="], "The value of --min-mitigation-ratio is empty"),
            (["--fail-on-crtical"], "gate has no option --fail-on-crtical"),
            (["-x"], "long options begin with two hyphens"),
            (["model.json"], "gate takes only options"),
            (["a", "b"], "too many arguments"),
            (["--url", "ftp://a"], "must begin with https:// or http://"),
            (["--url", "http://a b"], "contains a space"),
            (["--url", 'http://a"\nb'], "contains a space"),
            (["--url", "http://user:secret@a"], "must have no user name"),
            (["--retries", "-1"], "--retries takes an integer from 0 to 100"),
            (["--retries", "101"], "--retries takes an integer"),
            (["--timeout", "0"], "--timeout takes an integer"),
            (["--timeout", "1s"], "--timeout takes an integer"),
            (["--total-timeout", "99999999999999999999"], "--total-timeout takes an integer"),
        ):
            with self.subTest(arguments):
                variables = {"THREATATLAS_URL": "http://127.0.0.1:9"}
                result = self.run_client("gate", *arguments, **variables)
                self.assert_code(2, result, says)
                self.assertNotIn("secret", result.said)
        for product in ("x", "1/../2", "0", "01", "-1", "1?"):
            result = self.run_client("gate", f"--product={product}", url="http://127.0.0.1:9")
            self.assert_code(2, result, "takes the number of a product")
        self.assert_code(2, self.run_client("gates"), "no such command")
        self.assert_code(2, self.run_client(), "usage: threatatlas-ci COMMAND")

    def test_variables_are_options(self):
        server = self.serve(lambda _: PASSES)
        result = self.run_client(
            "gate", "--min-threats", "6", THREATATLAS_URL=server.url + "//", THREATATLAS_PRODUCT="1",
            THREATATLAS_MIN_THREATS="5", THREATATLAS_FAIL_ON_CRITICAL="yes",
            THREATATLAS_FAIL_ON_UNSCORED="", THREATATLAS_MIN_MITIGATION_RATIO="0.7",
            THREATATLAS_AS_OF="2026-03-31T00:00:00+01:00",
        )
        self.assert_code(0, result)
        (asked,) = server.requests
        self.assertEqual("/api/products/1/security-status", asked.path)
        self.assertEqual(
            {"fail_on_critical": "yes", "min_mitigation_ratio": "0.7", "min_threats": "6",
             "as_of": "2026-03-31T00:00:00+01:00"},
            asked.query,
        )

    def test_a_variable_of_another_command_is_ignored(self):
        server = self.serve(with_checks())
        result = self.run_client(
            "check", "--product", "1", "--commit", "ab", url=server.url,
            THREATATLAS_AS_OF="2020-01-01",
        )
        self.assert_code(0, result)
        self.assertEqual({}, server.requests[0].query)

    def test_an_option_for_the_product_overrides_the_other_variable(self):
        server = self.serve(lambda _: PASSES)
        variables = {"THREATATLAS_PRODUCT_KEY": "k"}
        self.assert_code(0, self.run_client("gate", "--product", "1", url=server.url, **variables))
        self.assertEqual(1, len(server.requests))


class Secrecy(ClientCase):
    under_every_shell = True

    def test_the_token_is_sent_and_not_shown(self):
        server = self.serve(lambda _: FAILS)
        recorded = self.client.files / "arguments"
        for tool in ("curl", "jq"):
            real = shutil.which(tool)
            self.client.program(tool, f'printf "%s\\n" "$0" "$@" >>{recorded}\nexec {real} "$@"')
        trace = self.client.files / "trace"
        (self.client.files / ".curlrc").write_text(f'trace-ascii = "{trace}"\n')
        for options in ((), ("-x",), ("-v",)):
            result = self.run_client("gate", "--product", "1", url=server.url, shell_options=options)
            self.assert_code(1, result)
        for request in server.requests:
            self.assertEqual(f"Bearer {TOKEN}", request.headers["authorization"])
        self.assertIn("--url", recorded.read_text())
        self.assertNotIn(TOKEN, recorded.read_text())
        self.assertFalse(trace.exists())

    def test_a_server_that_repeats_the_token(self):
        def respond(request):
            return problem(403, f"No: {request.headers['authorization']}")

        result = self.run_client("gate", "--product", "1", url=self.serve(respond).url)
        self.assert_code(2, result, "No: Bearer ***")

    def test_is_no_option(self):
        for arguments in (["--token", TOKEN], [f"--token={TOKEN}"]):
            result = self.run_client("gate", *arguments)
            self.assert_code(2, result, "Other processes can read command lines")

    def test_comes_from_a_file_or_with_a_line_end(self):
        server = self.serve(lambda _: PASSES)
        (self.client.files / "token").write_text(f"{TOKEN}\r\nmore\n")
        (self.client.files / "short").write_text(TOKEN)
        for options, variable in (
            (["--token-file", "token"], "other"),
            (["--token-file", "short"], None),
            ([], f" {TOKEN}\r\n"),
        ):
            result = self.run_client(
                "gate", "--product", "1", *options, url=server.url, THREATATLAS_TOKEN=variable
            )
            self.assert_code(0, result)
        self.assertEqual(
            3 * [f"Bearer {TOKEN}"], [r.headers["authorization"] for r in server.requests]
        )
        result = self.run_client("gate", "--product", "1", "--token-file", "no", url=server.url)
        self.assert_code(2, result, "cannot be read")

    def test_cannot_become_another_option_of_curl(self):
        server = self.serve(lambda _: PASSES)
        for token in ('a"\nurl = "http://127.0.0.1:9', 'a"', "a\\", "ta_ä"):
            result = self.run_client("gate", "--product", "1", url=server.url, THREATATLAS_TOKEN=token)
            self.assert_code(2, result, "a character that no token has")
            self.assertNotIn(token, result.said)
        self.assertEqual([], server.requests)


class Certificates(ClientCase):
    def test_must_be_trusted(self):
        own = self.client.files / "own.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=t"]
            + ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", own, "-out", own.with_suffix(".crt")],
            check=True,
            capture_output=True,
        )
        own.write_text(own.with_suffix(".crt").read_text() + own.read_text())
        server = self.serve(lambda _: PASSES, own)
        for options, code, says in (
            ([], 3, "certificate"),
            (["--ca-file", "own.crt"], 0, "PASSED"),
            (["--ca-file", "none"], 2, "cannot be asked"),
        ):
            result = self.run_client("gate", "--product", "1", *options, url=server.url)
            self.assert_code(code, result, says)
        self.assertEqual(1, len(server.requests))
        self.assertEqual([], self.client.pauses)


class Ends(ClientCase):
    def test_a_signal_leaves_no_files(self):
        self.client.program("sleep", "kill -TERM $PPID")
        result = self.run_client("gate", "--product", "1", url=self.serve(lambda _: BUSY).url)
        self.assert_code(143, result)

    def test_a_program_that_fails_is_no_verdict(self):
        self.client.program("jq", "exit 1")
        server = self.serve(lambda _: PASSES)
        self.assert_code(3, self.run_client("gate", "--product", "1", url=server.url))
        self.client.program("mktemp", "exit 1")
        self.assert_code(3, self.run_client("gate", "--product", "1", url=server.url))


class Script(ClientCase):
    """Cases that do not depend on the shell."""

    def test_help_names_the_options_that_are_accepted(self):
        result = self.run_client("--help")
        self.assert_code(0, result, "gate", "check", "push FILE", "report FORM", "proof")
        script = (cases.source / "ci/threatatlas-ci").read_text()
        every = set(re.findall(r"\b([a-z-]+):[A-Z_]+", script[: script.index("# --- Help")]))
        helped = set()
        for command in ("gate", "check", "push", "report", "proof"):
            result = self.run_client(command, "--help")
            self.assert_code(0, result, f"usage: threatatlas-ci {command}")
            self.assertEqual("", result.err)
            named = set(re.findall(r"(?m)^ +(?:-o, )?--([a-z-]+)", result.out))
            helped |= named
            # All of them are read before --help ends it.
            again = self.run_client(command, *[f"--{name}=1" for name in named], "--help")
            self.assertEqual(result, again)
            other = min(every - named)
            self.assert_code(2, self.run_client(command, f"--{other}=1"), f"no option --{other}")
        self.assertEqual(every, helped)

    def test_shellcheck_finds_nothing(self):
        checked = subprocess.run(
            ["shellcheck", cases.source / "ci/threatatlas-ci"], capture_output=True, text=True
        )
        self.assertEqual(0, checked.returncode, checked.stdout)
