// GitLab's code quality report. No package contains GitLab's schema, so these are the rules of
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import Ajv2020 from 'ajv/dist/2020.js';

import { answersAs, assertPlainUtf8, assertUnique } from './answers.mjs';

const text = { type: 'string', minLength: 1 };
// GitLab ignores members that it does not know, so one that is here is a misspelt one.
const object = (properties) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const isReport = new Ajv2020.default({ allErrors: true }).compile({
  type: 'array',
  items: object({
    description: text,
    check_name: text,
    fingerprint: text,
    severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
    location: object({
      // Relative to the repository, without "./".
      path: { type: 'string', minLength: 1, not: { pattern: '^(/|[.]/)' } },
      lines: object({ begin: { type: 'integer', minimum: 1 } }),
    }),
  }),
});

const answers = await answersAs('security-status.gitlab.json', { takesPath: true });

test("a code quality report has what GitLab's documentation requires", () => {
  for (const answer of answers) {
    assertPlainUtf8(answer);
    const report = JSON.parse(answer.text);
    assert.ok(isReport(report), `${answer.name}: ${JSON.stringify(isReport.errors)}`);
    assertUnique(
      report.map(({ fingerprint }) => fingerprint),
      answer.name,
    );
    for (const { location } of report) {
      assert.equal(location.path, answer.path || 'threat-model', answer.name);
    }
  }
});

test('these rules refuse a report that lacks any member', () => {
  const { text: whole } = answers.find(({ name }) => name.startsWith('every threat'));
  for (const member of ['description', 'check_name', 'fingerprint', 'severity', 'location']) {
    const damaged = JSON.parse(whole);
    delete damaged.at(-1)[member];
    assert.ok(!isReport(damaged), member);
  }
});
