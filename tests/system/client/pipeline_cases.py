"""action.yml and templates/gate.yml, with a simulated runner."""

import json
import re
import subprocess

import yaml

import cases
from cases import ClientCase
from client import TOKEN
from fake_server import Answer, FakeServer, problem
from fake_server_cases import (
    BUSY, FAILS, FORMS, IMPORTED, NOT_THERE, ONCE, PASSES, with_checks, with_forms,
)

# Breaks a script that contains it: unquoted, in double quotes or in single quotes.
HOSTILE = "$(echo >pwned)'$(echo >pwned)'"

# Inputs whose values reach the server, and their parameters.
THRESHOLDS = {
    "fail-on-critical": "true",
    "fail-on-unmitigated-high": "true",
    "fail-on-unscored": "false",
    "min-mitigation-ratio": "0.7",
    "min-threats": "5",
    "policy": HOSTILE,
    "baseline": "2026-01-01",
}
PARAMETERS = {name.replace("-", "_"): value for name, value in THRESHOLDS.items()}


def answers(gate: Answer):
    def respond(request):
        return Answer(body=IMPORTED) if request.method == "POST" else with_forms(gate)(request)

    return respond


def records(passes: bool):
    """Imports, too."""

    def respond(request):
        is_import = request.path.endswith("/import")
        return Answer(body=IMPORTED) if is_import else with_checks(passes)(request)

    return respond


# What the answer is recorded for, as inputs and as the subject that is sent.
RELEASE = {"record": "true", "subject": HOSTILE, "digest": "sha256:00ff"}
SUBJECT = {"name": HOSTILE, "digest": {"sha256": "00ff"}}
# The commit, if the inputs do not say what is released.
GITHUB = {"GITHUB_SHA": "abc1", "GITHUB_REPOSITORY": "shop/payments"}
GITLAB = {"CI_COMMIT_SHA": "abc1", "CI_PROJECT_PATH": "shop/payments"}
COMMIT = {"name": "shop/payments", "digest": {"gitCommit": "abc1"}}


class Runner:
    """The parts that both runners share. `files` is the checked out repository."""

    def setUp(self):
        super().setUp()
        self.files = self.client.files
        (self.files / "model.json").write_text('{"summary": {}}')

    def assert_recorded(self, subject: dict, server: FakeServer) -> None:
        (sent,) = [r for r in server.requests if r.path.endswith("/checks")]
        self.assertEqual(subject, json.loads(sent.body)["subject"])

    def assert_no_harm(self, said: str) -> None:
        self.assertFalse((self.files / "pwned").exists())
        self.assertNotIn(TOKEN, said)

    def run_script(self, shell: list[str], script: str, variables: dict[str, str]):
        file = self.files / "step"
        file.write_text(script)
        return subprocess.run(
            [*shell, str(file)],
            cwd=self.files,
            env=self.client.environment | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )


class Action(Runner, ClientCase):
    """https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax"""

    def setUp(self):
        super().setUp()
        self.action = yaml.safe_load((cases.source / "action.yml").read_text())
        # The steps are run by bash on every runner.
        if "busybox" in self.client.shell:
            self.client.use_real("bash", "tee")

    def run_action(self, server: FakeServer, inputs: dict[str, str], **variables: str):
        """Returns the exit code, the printed text, the outputs, and the page of the job."""
        known = self.action["inputs"]
        self.assertLessEqual(inputs.keys(), known.keys())
        given = {name: rules.get("default", "") for name, rules in known.items()}
        given |= {"url": server.url, "token": TOKEN, "product": "1"} | inputs
        outputs, summary = self.files / "outputs", self.files / "page"
        for file in (outputs, summary):
            file.write_text("")
        (step,) = self.action["runs"]["steps"]
        self.assertEqual("bash", step["shell"])
        environment = {}
        for name, value in step["env"].items():
            (referred,) = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", value).groups()
            environment[name] = given[referred]
        ended = self.run_script(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"],
            step["run"],
            environment
            | {
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(cases.source),
                "GITHUB_OUTPUT": str(outputs),
                "GITHUB_STEP_SUMMARY": str(summary),
            }
            | variables,
        )
        said = ended.stdout + ended.stderr
        self.assert_no_harm(said)
        found = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
        return ended.returncode, said, found, summary.read_text()

    def test_every_input_is_used_and_no_script_contains_one(self):
        (step,) = self.action["runs"]["steps"]
        self.assertNotIn("${{", step["run"])
        used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(step["env"])))
        self.assertEqual(set(self.action["inputs"]), used)
        for rules in self.action["outputs"].values():
            self.assertRegex(rules["value"], r"^\$\{\{ steps\.gate\.outputs\.[a-z]+ \}\}$")

    def test_gate(self):
        for gate, code, result in ((PASSES, 0, "passed"), (FAILS, 1, "failed")):
            server = self.serve(answers(gate))
            ended, said, outputs, page = self.run_action(server, THRESHOLDS | {"sarif": "a b.sarif"})
            self.assertEqual((code, result), (ended, outputs["result"]), said)
            self.assertEqual("a b.sarif", outputs["sarif"])
            self.assertEqual(FORMS["sarif"].body, json.loads((self.files / "a b.sarif").read_text()))
            self.assertEqual(FORMS["md"].body, page)
            self.assertIn("::error title=Threat model::3 threats", said)
            self.assertTrue(all(r.query == PARAMETERS for r in server.requests))

    def test_push(self):
        server = self.serve(answers(PASSES))
        inputs = {"file": "model.json", "format": "otm", "source": HOSTILE, "missing": "keep"}
        code, said, outputs, _ = self.run_action(server, inputs | {"sarif": "a.sarif"})
        self.assertEqual((0, "passed"), (code, outputs["result"]), said)
        self.assertEqual("POST", server.requests[0].method)
        self.assertEqual(
            {"format": "otm", "source": HOSTILE, "missing": "keep"}, server.requests[0].query
        )
        located = [r.query for r in server.requests if r.path.endswith(".sarif")]
        self.assertEqual([{"model_path": "model.json"}], located)
        code, said, outputs, _ = self.run_action(server, {"file": HOSTILE})
        self.assertEqual((2, {"result": "refused"}), (code, outputs), said)

    def test_record(self):
        for passes, code, result in ((True, 0, "passed"), (False, 1, "failed")):
            server = self.serve(records(passes))
            ended, said, outputs, page = self.run_action(
                server, RELEASE | {"attestation": "a b.json", "min-threats": "5"}
            )
            self.assertEqual((code, result), (ended, outputs["result"]), said)
            self.assert_recorded(SUBJECT, server)
            self.assertEqual("a b.json", outputs["attestation"])
            self.assertEqual("{}", (self.files / "a b.json").read_text())
            self.assertIn("| Digest | sha256:00ff |", page)

    def test_record_the_commit(self):
        server = self.serve(records(True))
        inputs = {"record": "true", "file": "model.json"}
        code, said, outputs, _ = self.run_action(server, inputs, **GITHUB)
        self.assertEqual((0, {"result": "passed"}), (code, outputs), said)
        self.assertTrue(server.requests[0].path.endswith("/import"))
        self.assert_recorded(COMMIT, server)

    def test_record_without_an_answer(self):
        (self.files / "a.json").write_text("of yesterday")
        inputs = RELEASE | {"attestation": "a.json"}
        code, said, outputs, _ = self.run_action(self.serve(lambda _: BUSY), inputs, **ONCE)
        self.assertEqual((3, {"result": "not-asked"}), (code, outputs), said)

    def test_product_by_its_key(self):
        def respond(request):
            return Answer(body=[{"id": 1}]) if request.path == "/api/products" else PASSES

        server = self.serve(respond)
        quiet = {"summary": "false", "annotations": "false"}
        inputs = {"product": "", "product-key": HOSTILE} | quiet
        code, said, outputs, page = self.run_action(server, inputs)
        self.assertEqual((0, {"result": "passed"}, ""), (code, outputs, page), said)
        self.assertEqual({"external_id": HOSTILE}, server.requests[0].query)

    def test_without_an_answer(self):
        (self.files / "a.sarif").write_text("of yesterday")
        for inputs, code in (({}, 3), ({"fail-open": "true"}, 0)):
            ended, said, outputs, _ = self.run_action(
                self.serve(lambda _: BUSY), inputs | {"sarif": "a.sarif"}, **ONCE
            )
            self.assertEqual((code, {"result": "not-asked"}), (ended, outputs), said)
            self.assertEqual(code == 0, "::warning title=ThreatAtlas::FAIL OPEN" in said)

    def test_refused_and_too_old(self):
        refusal = problem(422, "Invalid parameter min_threats.")
        code, said, outputs, _ = self.run_action(self.serve(lambda _: refusal), {"min-threats": "x"})
        self.assertEqual((2, {"result": "refused"}), (code, outputs), said)
        old = self.serve(lambda r: PASSES if r.path.endswith("security-status") else NOT_THERE)
        code, said, outputs, _ = self.run_action(old, {})
        self.assertEqual((2, {"result": "passed"}), (code, outputs), said)
        self.assertIn("::error title=ThreatAtlas::The server is too old for --summary", said)


class Component(Runner, ClientCase):
    """https://docs.gitlab.com/ci/components/ and https://docs.gitlab.com/ci/inputs/"""

    def setUp(self):
        super().setUp()
        text = (cases.source / "templates/gate.yml").read_text()
        head, self.body = text.split("\n---\n")
        self.inputs = yaml.safe_load(head)["spec"]["inputs"]
        self.client.program("apk", "exit 1")
        self.client.program("threatatlas-ci", f'exec sh {cases.source}/ci/threatatlas-ci "$@"')

    def run_job(self, server: FakeServer, inputs: dict[str, str], **variables: str):
        self.assertLessEqual(inputs.keys(), self.inputs.keys())
        given = {name: rules.get("default") for name, rules in self.inputs.items()}
        given |= {"url": server.url, "product": "1"} | inputs
        self.assertNotIn(None, given.values())
        (job,) = interpolated(yaml.safe_load(self.body), given).values()
        ended = self.run_script(
            ["sh", "-e"], "\n".join(job["before_script"] + job["script"]),
            job["variables"] | {"GITLAB_CI": "true"} | variables,
        )
        said = ended.stdout + ended.stderr
        self.assert_no_harm(said)
        return ended.returncode, said, job

    def test_every_input_is_used_and_no_script_contains_one(self):
        job = next(iter(yaml.safe_load(self.body).values()))
        self.assertNotIn("$[[", json.dumps([job["before_script"], job["script"]]))
        self.assertEqual(set(self.inputs), set(re.findall(r"\$\[\[ inputs\.([a-z-]+) \]\]", self.body)))

    def test_gate(self):
        for gate, code in ((PASSES, 0), (FAILS, 1)):
            server = self.serve(answers(gate))
            ended, said, job = self.run_job(server, THRESHOLDS)
            self.assertEqual(code, ended, said)
            self.assertTrue(all(r.query == PARAMETERS for r in server.requests))
            reports = job["artifacts"]["reports"]
            self.assertEqual("<testsuites/>\n", (self.files / reports["junit"]).read_text())
            self.assertEqual("[]", (self.files / reports["codequality"]).read_text())

    def test_push(self):
        server = self.serve(answers(FAILS))
        inputs = {"file": "model.json", "format": "otm", "source": HOSTILE, "missing": "keep"}
        code, said, _ = self.run_job(server, inputs)
        self.assertEqual(1, code, said)
        self.assertEqual(
            {"format": "otm", "source": HOSTILE, "missing": "keep"}, server.requests[0].query
        )
        code, said, _ = self.run_job(server, {"file": HOSTILE})
        self.assertEqual(2, code, said)

    def test_record(self):
        for passes, code in ((True, 0), (False, 1)):
            server = self.serve(records(passes))
            ended, said, job = self.run_job(server, RELEASE)
            self.assertEqual(code, ended, said)
            self.assert_recorded(SUBJECT, server)
            (attestation,) = job["artifacts"]["paths"]
            self.assertEqual("{}", (self.files / attestation).read_text())

    def test_record_the_commit(self):
        server = self.serve(records(True))
        code, said, _ = self.run_job(server, {"record": "true", "file": "model.json"}, **GITLAB)
        self.assertEqual(0, code, said)
        self.assertTrue(server.requests[0].path.endswith("/import"))
        self.assert_recorded(COMMIT, server)

    def test_other_exit_codes(self):
        plain = {"reports": "false"}
        for answer, inputs, code in (
            (PASSES, {}, 0),
            (BUSY, {}, 3),
            (BUSY, {"fail-open": "true"}, 0),
            (problem(401, "Who are you?"), {"fail-open": "true"}, 2),
        ):
            ended, said, _ = self.run_job(self.serve(lambda _, a=answer: a), plain | inputs, **ONCE)
            self.assertEqual(code, ended, said)
            self.assertEqual(answer is BUSY and code == 0, "FAIL OPEN" in said)

    def test_the_names_of_the_job(self):
        names = {"job-name": "atlas", "stage": "check", "image": "debian:12", "client": "ci/x"}
        (name, job), = interpolated(yaml.safe_load(self.body), {n: "" for n in self.inputs} | names).items()
        self.assertEqual(
            ("atlas", "check", "debian:12", "ci/x"),
            (name, job["stage"], job["image"], job["variables"]["THREATATLAS_CI"]),
        )


def interpolated(value, inputs: dict[str, str]):
    """GitLab replaces inputs in the texts of the parsed document."""
    if isinstance(value, dict):
        return {interpolated(k, inputs): interpolated(v, inputs) for k, v in value.items()}
    if isinstance(value, list):
        return [interpolated(item, inputs) for item in value]
    if isinstance(value, str):
        return re.sub(r"\$\[\[ inputs\.([a-z-]+) \]\]", lambda m: inputs[m[1]], value)
    return value
