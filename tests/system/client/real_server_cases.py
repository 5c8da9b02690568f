"""The client with the real server."""

import json
import pathlib
import re
import subprocess
import tempfile
import xml.etree.ElementTree

import cases
from cases import ClientCase
from client import PATIENCE_SECONDS, TOKEN
from sites import SampleSite, Site

THRESHOLDS = ("--fail-on-critical", "--fail-on-unmitigated-high", "--min-mitigation-ratio", "0.7")


class SampleCase(ClientCase):
    """With a server that has the sample as product 1, which fails the usual thresholds."""

    under_every_shell = True

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="threatatlas-client-site-")
        cls.addClassCleanup(cls.directory.cleanup)
        cls.site = SampleSite(cases.programs, pathlib.Path(cls.directory.name), cases.source)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.tokens = {role: cls.site.issue(role) for role in ("gate", "auditor", "editor", "admin")}

    def ask(self, *arguments: str, role: str = "gate", **variables: str):
        variables = {"THREATATLAS_TOKEN": self.tokens[role]} | variables
        result = self.run_client(*arguments, url=self.site.url, **variables)
        self.assertNotIn(variables["THREATATLAS_TOKEN"], result.said)
        return result

    def download(self, target: str) -> bytes:
        return self.site.ask("GET", target).encode()


class RealServer(SampleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.passing_product = cls.site.passing_product()

    def test_a_failing_gate_names_the_reasons(self):
        result = self.ask("gate", "--product", "1", *THRESHOLDS)
        self.assert_code(1, result)
        lines = result.out.splitlines()
        self.assertEqual("FAILED: Payments API (product 1)", lines[0])
        self.assertEqual("  - 3 high/critical threat(s) have no active mitigation", lines[1])
        self.assertIn("0 critical, 3 high, 8 medium, 13 low, 0 unscored; 19 mitigated", lines[2])
        self.assertIn("fail_on_critical passed, fail_on_unmitigated_high failed", lines[3])
        self.assertEqual("", result.err)

    def test_only_what_got_worse_fails(self):
        usual = ("gate", "--product", "1", *THRESHOLDS)
        now = self.site.ask("GET", "/api/products/1/security-status")
        position = json.loads(now)["position"]
        result = self.ask(*usual, "--baseline", f"position:{position}")
        self.assert_code(0, result, "PASSED: Payments API")
        result = self.ask(*usual, "--baseline", "2020-01-01")
        self.assert_code(1, result, "have no active mitigation (new since the registration)")

    def test_a_number_alone_is_no_baseline(self):
        result = self.ask("gate", "--product", "1", *THRESHOLDS, "--baseline", "12")
        self.assert_code(2, result, "or a position of the log such as position:1234")
        self.assertNotIn("PASSED", result.out)

    def test_a_gate_that_passes(self):
        result = self.ask("gate", "--product", self.passing_product, *THRESHOLDS, "--min-threats=1")
        self.assert_code(0, result, "PASSED: Gift Cards")
        result = self.ask(
            "check", "--product", self.passing_product, *THRESHOLDS, "--commit", "8f3a1c",
            "--attestation", "a.json",
        )
        self.assert_code(0, result, "PASSED: Gift Cards", "was recorded for:")
        self.assertIn("application/vnd.in-toto+json", (self.client.files / "a.json").read_text())

    def test_the_past(self):
        result = self.ask("gate", "--product", "1", *THRESHOLDS, "--as-of", "2026-03-31")
        self.assert_code(1, result, "Mitigation ratio 5/19 (26.31%)", "position 75,")
        again = self.ask("gate", "--product", "1", *THRESHOLDS, "--at-position", "75")
        self.assertEqual(result, again)

    def test_refusals_of_the_server(self):
        for arguments, variables, says in (
            (["--min-mitigation-ratio", "7"], {}, "min_mitigation_ratio"),
            (["--fail-on-critical=maybe"], {}, "fail_on_critical"),
            (["--as-of", "2999-01-01"], {}, "as_of"),
            (["--at-position", "999999"], {}, "at_position"),
            (["--product", "999"], {}, "There is no product 999"),
            ([], {"THREATATLAS_TOKEN": TOKEN}, "does not know the token"),
        ):
            with self.subTest(arguments):
                result = self.ask("gate", "--product", "1", *arguments, **variables)
                self.assert_code(2, result, says)
                self.assertEqual("", result.out)

    def test_a_product_by_its_key(self):
        self.site.ask("POST", "/api/products", {"name": "Ledger", "external_id": "git/ledger ä&b"})
        for key, code, says in (
            ("git/ledger ä&b", 0, "PASSED: Ledger"),
            ("git/none", 2, "no product with the external_id git/none"),
        ):
            result = self.ask("gate", "--product-key", key, "--fail-on-critical", role="auditor")
            self.assert_code(code, result, says)
        result = self.ask("gate", "--product-key", "git/none")
        self.assert_code(2, result, "(403). A token with the role gate may not do this")

    def test_reports_equal_those_of_the_server(self):
        moment = "as_of=2026-03-31"
        for form, name in (
            ("md", "report.md"), ("html", "report"), ("csv", "threats-mitigations"),
            ("json", "model.json"),
        ):
            result = self.ask(
                "report", form, "--product", "1", "-o", f"r.{form}", "--as-of", "2026-03-31"
            )
            self.assert_code(0, result)
            self.assertEqual(
                self.download(f"/api/products/1/download/{name}?{moment}"),
                (self.client.files / f"r.{form}").read_bytes(),
            )
        for form in ("docx", "zip"):
            self.assert_code(0, self.ask("report", form, "--product", "1", "--output", f"r.{form}"))
            self.assertEqual(b"PK\x03\x04", (self.client.files / f"r.{form}").read_bytes()[:4])
        result = self.ask("report", "md", "--product", "999", "-o", "none.md")
        self.assert_code(2, result, "There is no product 999")
        self.assertFalse((self.client.files / "none.md").exists())

    def replay(self, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run(
            [cases.programs / "threatatlas-replay", *arguments],
            cwd=self.client.files,
            capture_output=True,
            text=True,
        )

    def test_a_proof_is_verified_by_the_tool(self):
        files = self.client.files
        (files / "kept").mkdir()
        self.assert_code(0, self.ask("proof", "-o", "kept"))
        (kept,) = (files / "kept").glob("checkpoint-*")
        size = kept.name.removeprefix("checkpoint-")
        self.assertEqual(self.download("/api/proof/key"), (files / "kept/log.vkey").read_bytes())
        self.site.issue("gate")
        result = self.ask("proof", "-o", "kept", "--since", f"kept/{kept.name}")
        self.assert_code(0, result, f"kept/growth-from-{size}.json")
        self.assertEqual(2, len(list((files / "kept").glob("checkpoint-*"))))
        checked = self.replay(
            "check-growth", f"kept/growth-from-{size}.json", "--checkpoint", kept,
            "--vkey", (files / "kept/log.vkey").read_text().strip(),
        )
        self.assertEqual(0, checked.returncode, checked.stdout + checked.stderr)

    def test_a_log_that_contradicts_the_kept_checkpoint(self):
        files = self.client.files
        self.assert_code(0, self.ask("proof", "-o", "."))
        (kept,) = files.glob("checkpoint-*")
        name, size, root, *rest = kept.read_text().split("\n")
        longer = "\n".join([name, str(int(size) + 1000), root, *rest])
        (files / "longer").write_text(longer)
        result = self.ask("proof", "-o", ".", "--since", "longer")
        self.assert_code(1, result, f"fewer than the {int(size) + 1000} of longer", "AUDITING.md")
        other = ("B" if root.startswith("A") else "A") + root[1:]
        kept.write_text("\n".join([name, size, other, *rest]))
        before = kept.read_text()
        result = self.ask("proof", "-o", ".")
        self.assert_code(1, result, f"The checkpoint of {size} events is not the one in")
        self.assertEqual(before, kept.read_text())
        (files / "log.vkey").write_text("another+00000000+key\n")
        self.assert_code(1, self.ask("proof", "-o", "."), "The key of the log is not the one in")
        (files / "text").write_text("a\nb\n")
        result = self.ask("proof", "-o", ".", "--since", "text")
        self.assert_code(2, result, "text is not a checkpoint")


class Forms(SampleCase):
    """The forms of the gate's answer that the server makes for other tools."""

    FILES = ("--sarif", "a.sarif", "--junit", "a.xml", "--gitlab", "a.json", "--summary", "a.md")

    def file(self, name: str) -> str:
        return (self.client.files / name).read_text()

    def test_files_for_other_tools(self):
        (self.client.files / "a.md").write_text("before\n")
        result = self.ask(
            "gate", "--product", "1", *THRESHOLDS, *self.FILES, "--model-path", "docs/model.json",
            "--annotations",
        )
        self.assert_code(1, result, "FAILED: Payments API (product 1)")
        (run,) = json.loads(self.file("a.sarif"))["runs"]
        self.assertTrue(run["results"])
        for found in run["results"]:
            place = found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            self.assertEqual("docs/model.json", place)
        report = json.loads(self.file("a.json"))
        self.assertEqual({"docs/model.json"}, {entry["location"]["path"] for entry in report})
        cases = list(xml.etree.ElementTree.fromstring(self.file("a.xml")).iter("testcase"))
        self.assertEqual(3, len(cases))
        self.assertEqual(1, len([case for case in cases if case.find("failure") is not None]))
        self.assertRegex(self.file("a.md"), "^before\n(?s:.*)Payments API")
        annotations = [line for line in result.out.splitlines() if line.startswith("::")]
        self.assertIn("3 high/critical threat(s) have no active mitigation", annotations[0])
        for line in annotations:
            self.assertRegex(line, "^::(error|warning|notice) title=")

    def test_they_have_the_moment_of_the_gate_and_keep_the_verdict(self):
        result = self.ask(
            "gate", "--product", "1", "--min-threats", "19", "--as-of", "2026-03-31", *self.FILES
        )
        self.assert_code(0, result, "PASSED", "19 threats")
        (case,) = xml.etree.ElementTree.fromstring(self.file("a.xml")).iter("testcase")
        self.assertIsNone(case.find("failure"))

    def test_check_adds_its_origin_to_the_summary(self):
        result = self.ask("check", "--product", "1", "--commit", "8f3a1c", "--summary", "a.md")
        self.assert_code(0, result)
        self.assertIn("8f3a1c", self.file("a.md"))


class Policies(SampleCase):
    """Policies of the server, with the sample, which has no critical threat and three high ones
    that are not mitigated."""

    FAILURE = "3 threat(s) of severity high or above without active mitigation, at most 0 allowed"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        critical = {"rule": "max_threats", "severity": "critical", "limit": 0}
        high = {"rule": "max_unmitigated", "severity": "high", "limit": 0}
        for name, rules in (
            ("passing", [critical]),
            ("warning", [critical, high | {"mode": "warn"}]),
            ("failing", [high]),
        ):
            cls.site.ask("PUT", f"/api/policies/{name}", {"title": name, "rules": rules})

    def setUp(self):
        super().setUp()
        self.assign(None)

    def assign(self, policy: str | None, enforced: bool = False) -> None:
        self.site.ask("PUT", "/api/products/1/policy", {"policy": policy, "enforced": enforced})

    def test_a_policy_that_passes(self):
        result = self.ask("gate", "--product", "1", "--policy", "passing")
        self.assert_code(
            0, result,
            "PASSED: Payments API", "  conditions: passing/max_threats/critical passed\n",
            "  policy: passing, version 1\n",
        )
        self.assertEqual("", result.err)

    def test_a_policy_that_warns(self):
        result = self.ask("gate", "--product", "1", "--policy", "warning")
        self.assert_code(
            0, result,
            "PASSED: Payments API (product 1)\n  - warning: Policy warning: " + self.FAILURE,
            "warning/max_unmitigated/high/warn warns",
        )

    def test_a_policy_that_fails(self):
        for variables in ({}, {"THREATATLAS_POLICY": "failing"}):
            options = [] if variables else ["--policy", "failing"]
            result = self.ask("gate", "--product", "1", *options, **variables)
            self.assert_code(
                1, result,
                "FAILED: Payments API (product 1)\n  - Policy failing: " + self.FAILURE,
                "  conditions: failing/max_unmitigated/high failed\n",
            )

    def test_a_policy_that_is_not_there(self):
        for name, says in (
            ("no-such", "(422). Invalid parameter policy. There is no policy no-such"),
            ("No Such", "(422). Invalid parameter policy. The name of a policy is 1 to 64"),
        ):
            result = self.ask("gate", "--product", "1", "--policy", name)
            self.assert_code(2, result, says)
            self.assertEqual("", result.out)

    def test_the_policy_of_the_product_applies_without_an_option(self):
        self.assign("failing")
        result = self.ask("gate", "--product", "1", "--fail-on-critical")
        self.assert_code(1, result, "  policy: failing, version 1\n")
        for options in (["--policy", "none", "--fail-on-critical"], ["--policy", "passing"]):
            result = self.ask("gate", "--product", "1", *options)
            self.assert_code(0, result)
            self.assertNotIn("failing", result.out)

    def test_an_enforced_policy_cannot_be_left_out(self):
        self.assign("failing", enforced=True)
        result = self.ask("gate", "--product", "1", "--policy", "none")
        self.assert_code(2, result, "The policy failing is enforced for this product")
        self.assertEqual("", result.out)
        result = self.ask("gate", "--product", "1", "--policy", "passing")
        self.assert_code(
            1, result, "  policy: failing, version 1, enforced\n  policy: passing, version 1\n"
        )

    def test_a_policy_that_comes_into_effect(self):
        rules = [{"rule": "max_unmitigated", "severity": "high", "limit": 0}]
        definition = {"title": "Later", "rules": rules, "effective_from": "9998-12-30"}
        self.site.ask("PUT", "/api/policies/later", definition)
        result = self.ask("gate", "--product", "1", "--policy", "later")
        self.assert_code(
            0, result,
            "later/max_unmitigated/high warns",
            "  policy: later, version 1; the gate fails from 9998-12-30 on\n",
        )

    def test_reports_have_it(self):
        result = self.ask("report", "json", "--product", "1", "--policy", "failing", "-o", "r.json")
        self.assert_code(0, result)
        verdict = json.loads((self.client.files / "r.json").read_text())["verdict"]
        self.assertEqual(["Policy failing: " + self.FAILURE], verdict["failures"])
        self.assertEqual("failing", verdict["policy"]["name"])


class Push(SampleCase):
    """The import of a threat model of another tool, which has 9 threats and 4 mitigations."""

    def setUp(self):
        super().setUp()
        self.model = json.loads(
            (cases.source / "tests/unit/import/models/threat-dragon-v2.json").read_text()
        )
        self.key = f"git/{self.id()}"

    def threats(self) -> list[dict]:
        return self.model["detail"]["diagrams"][0]["cells"][0]["data"]["threats"]

    def push(self, *options: str, role: str = "editor"):
        (self.client.files / "model.json").write_text(json.dumps(self.model))
        return self.ask("push", "model.json", "--product-key", self.key, *options, role=role)

    def create(self) -> str:
        """Pushes the model into a new product; returns its id."""
        result = self.push("--create", "Meters", "--min-threats", "1", role="admin")
        self.assert_code(0, result, "13 added, 0 changed, 0 removed, 0 unchanged", "PASSED: Meters")
        return re.search(r"Product (\d+) was created", result.out)[1]

    def change(self, product: str, threat: int, change: dict) -> None:
        self.site.ask("PATCH", f"/api/products/{product}/threats/{threat}", change)

    def position(self, product: str) -> int:
        return json.loads(self.site.ask("GET", f"/api/products/{product}/security-status"))["position"]

    def test_the_same_file_again_records_nothing(self):
        product = self.create()
        before = self.position(product)
        for options in ([], ["--create", "Other"], ["--source", "threat-dragon"]):
            result = self.push("--min-threats", "1", *options)
            self.assert_code(0, result, "0 added, 0 changed, 0 removed, 13 unchanged", "Meters")
            self.assertNotIn("was created", result.said)
        self.assertEqual(before, self.position(product))

    def test_warnings_of_the_reader(self):
        self.create()
        result = self.push("--dry-run")
        self.assert_code(0, result, '/severity: severity is "Severe"', "the gate was not asked")

    def test_a_dry_run_records_nothing(self):
        product = self.create()
        before = self.position(product)
        self.threats()[0]["title"] = "Readings are forged, again"
        self.assert_code(0, self.push("--dry-run"), "0 added, 1 changed, 0 removed, 12 unchanged")
        self.assertEqual(before, self.position(product))
        self.assert_code(0, self.push(), "0 added, 1 changed, 0 removed, 12 unchanged")
        # The new name, and the record of the import.
        self.assertEqual(before + 2, self.position(product))

    def test_a_conflict_names_the_kept_value(self):
        product = self.create()
        threats = json.loads(self.site.ask("GET", f"/api/products/{product}/threats"))
        number = next(t["id"] for t in threats if t["name"] == self.threats()[0]["title"])
        self.change(product, number, {"status": "in_progress"})
        self.threats()[0]["status"] = "Mitigated"
        result = self.push()
        self.assert_code(
            0, result, f"conflict: threat {number} (Readings are forged), status: changed in the "
            "file and here; the value here is kept",
        )

    def test_objects_missing_from_the_file(self):
        self.create()
        del self.threats()[0]
        self.assertRegex(self.push().out, r"missing in the file: [12] threats or mitigations")
        result = self.push("--missing", "remove")
        self.assertRegex(result.out, r"0 added, 0 changed, [12] removed")
        self.assertNotIn("missing", self.push().out)

    def test_a_file_that_is_not_a_threat_model(self):
        self.create()
        self.model = {"name": "package", "version": "1.0.0"}
        self.assert_code(2, self.push(), "(422)")
        (self.client.files / "broken.json").write_text('{"summary": {')
        result = self.ask("push", "broken.json", "--product-key", self.key, role="editor")
        self.assert_code(2, result, "(400)", "line 1")

    def test_rights(self):
        result = self.push("--create", "Meters")
        self.assert_code(2, result, "Only an admin's token may create the product.")
        self.create()
        result = self.push(role="auditor")
        self.assert_code(2, result, "(403). A token with the role auditor may not do this")


class Restart(ClientCase):
    own_clock = False

    def test_the_client_waits_for_it(self):
        with tempfile.TemporaryDirectory(prefix="threatatlas-client-site-") as directory:
            place = (cases.programs, pathlib.Path(directory))
            first = SampleSite(*place, cases.source)
            first.start()
            token = first.issue("gate")
            first.stop()
            second = Site(*place)
            client = self.client.start(
                "gate", "--product", "1", "--fail-on-critical", "--retries", "100",
                THREATATLAS_TOKEN=token, THREATATLAS_URL=second.url,
            )
            self.addCleanup(client.kill)
            self.assertIn(b"Again in 1 s", client.stderr.readline())
            second.start()
            try:
                out, err = client.communicate(timeout=PATIENCE_SECONDS)
            finally:
                second.stop()
            self.assertEqual(0, client.returncode, out + err)
            self.assertIn(b"PASSED: Payments API", out)
