// SARIF 2.1.0: its schema, the validator of Microsoft's SARIF SDK with the rules of GitHub, and what
// GitHub needs to keep alerts apart.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import { answersAs, assertPlainUtf8, assertUnique } from './answers.mjs';

// The program; its schema is beside it.
const multitool = createRequire(import.meta.url)('@microsoft/sarif-multitool');

const ajv = new Ajv2020.default({ allErrors: true, strict: false });
addFormats.default(ajv);
const isSarif = ajv.compile(JSON.parse(readFileSync(join(dirname(multitool), 'sarif-2.1.0.json'), 'utf8')));

const answers = await answersAs('security-status.sarif', { takesPath: true });
for (const answer of answers) {
  answer.log = JSON.parse(answer.text);
}
const example = answers.find(({ name, path }) => name.startsWith('every threat, fails') && path);

// The example after a change of a result.
function damaged(change) {
  const log = JSON.parse(example.text);
  change(log.runs[0].results.at(-1));
  return { ...example, log };
}

// What the multitool finds in the run of each answer: the names of the rules. It takes a while for each
// file, so a file has as many runs as GitHub takes.
async function findingsIn(tested, ruleKinds) {
  const directory = mkdtempSync(join(tmpdir(), 'threatatlas-sarif-'));
  try {
    const runsMax = 20;
    for (let first = 0; first < tested.length; first += runsMax) {
      const runs = tested.slice(first, first + runsMax).map(({ log }) => log.runs[0]);
      writeFileSync(join(directory, `${first}.sarif`), JSON.stringify({ ...tested[first].log, runs }));
    }
    const output = join(directory, 'findings.json');
    // npm sets the mode in an install script, and these are disabled.
    chmodSync(multitool, 0o755);
    // Not spawnSync: other suites of this process may be waiting for answers.
    const validator = spawn(
      multitool,
      ['validate', join(directory, '*.sarif'), '--output', output, '--rule-kind', ruleKinds, '--quiet'],
      // It needs no libicu then.
      { env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' }, stdio: 'ignore' },
    );
    const [, signal] = await once(validator, 'exit');
    assert.equal(signal, null);
    const findings = tested.map(() => []);
    for (const { ruleId, message, locations } of JSON.parse(readFileSync(output, 'utf8')).runs[0].results) {
      const [, first] = /(\d+)\.sarif$/.exec(locations[0].physicalLocation.artifactLocation.uri);
      const [, run] = /^runs\[(\d+)\]/.exec(message.arguments[0]);
      findings[Number(first) + Number(run)].push(ruleId);
    }
    return findings;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const needsX64 = { skip: process.arch === 'x64' ? false : 'the multitool is a program for x64' };
// It wants a version, which would make answers about the past change with each release, and an address
// of the tool. Both in every run, which shows that it has read all.
const accepted = ['SARIF2005', 'SARIF2005'];
// The larger ones have thousands of results of one kind, for which it takes many seconds.
const textCharsMax = 500_000;

test('SARIF is of its schema', () => {
  for (const answer of answers) {
    assertPlainUtf8(answer);
    assert.ok(isSarif(answer.log), `${answer.name}: ${JSON.stringify(isSarif.errors?.slice(0, 3))}`);
  }
});

test('the schema refuses what is not SARIF', () => {
  assert.ok(!isSarif(damaged((result) => delete result.message).log));
  assert.ok(!isSarif(damaged((result) => (result.level = 'fatal')).log));
  assert.ok(!isSarif(damaged((result) => (result.ruleIdx = 1)).log));
});

for (const [title, hasPath, ruleKinds] of [
  ["the multitool finds no fault, by GitHub's rules neither", true, 'Sarif;Ghas'],
  ['without a path the multitool finds no fault by the rules of SARIF', false, 'Sarif'],
]) {
  test(title, needsX64, async () => {
    const tested = answers.filter(({ path, text }) => Boolean(path) === hasPath && text.length < textCharsMax);
    assert.ok(tested.length > 40, `${tested.length} answers are too few`);
    const findings = await findingsIn(tested, ruleKinds);
    findings.forEach((rules, index) => assert.deepEqual(rules, accepted, tested[index].name));
  });
}

test('the multitool finds faults that the schema does not', needsX64, async () => {
  const faulty = [
    damaged((result) => delete result.locations),
    damaged((result) => (result.ruleIndex = 1_000)),
    damaged((result) => (result.locations[0].physicalLocation.artifactLocation.uri = 'a b')),
  ];
  const findings = await findingsIn(faulty, 'Sarif;Ghas');
  for (const [index, rules] of findings.entries()) {
    assert.ok(rules.length > accepted.length, `fault ${index}: ${rules}`);
  }
});

// The fingerprint of this name is the only one that GitHub reads, and it shows no result without a place:
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
test('every result has a fingerprint of its own, a rule, and a place if a path is given', () => {
  for (const { name, path, log } of answers) {
    const [{ results, tool }] = log.runs;
    assertUnique(
      tool.driver.rules.map(({ id }) => id),
      name,
    );
    assertUnique(
      results.map(({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash),
      name,
    );
    for (const { partialFingerprints, ruleId, ruleIndex, locations } of results) {
      assert.match(partialFingerprints.primaryLocationLineHash, /^[0-9a-f]{16}:1$/, name);
      assert.equal(tool.driver.rules[ruleIndex].id, ruleId, name);
      const place = locations?.[0].physicalLocation;
      if (path) {
        assert.equal(decodeURIComponent(place.artifactLocation.uri), path, name);
        assert.equal(place.region.startLine, 1, name);
        // It is a path for every reader of relative references, not an address.
        const base = 'https://example.org/repository/';
        assert.equal(decodeURIComponent(new URL(place.artifactLocation.uri, base).href), `${base}${path}`, name);
      } else {
        assert.equal(place, undefined, name);
      }
    }
  }
});

test('accepted threats, and no others, are suppressed', () => {
  for (const { name, log } of answers) {
    for (const { suppressions, properties } of log.runs[0].results) {
      assert.equal(suppressions.length, properties?.status === 'accepted' ? 1 : 0, name);
    }
  }
});
