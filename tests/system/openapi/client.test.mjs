// Generates a TypeScript client from the description, compiles it and uses it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import openapiTypescript, { astToString } from 'openapi-typescript';

import { text } from './description.mjs';
import { validDay } from './requests.mjs';
import { server } from './server.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

function compile() {
  try {
    const compiler = here('../node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, '--project', here('tsconfig.json')]);
  } catch (error) {
    assert.fail(`the client does not compile:\n${error.stdout}`);
  }
}

test('a generated client supports pipelines and people', async () => {
  writeFileSync(here('schema.d.ts'), astToString(await openapiTypescript(text)));
  compile();
  const { useApi } = await import('./compiled/client.js');
  const said = await useApi(server.url, server.adminToken, validDay);

  assert.equal(said.product.name, 'Payments API');
  assert.equal(said.threat.severity, 'high');
  assert.equal(said.threat.risk_score, 12);
  assert.deepEqual(said.mitigation.threat_ids, [said.threat.id]);
  assert.equal(said.appended.appended, 3);
  assert.equal(said.gate.pass, false);
  assert.deepEqual(said.gate.failures, ['1 critical threat(s) require immediate attention']);
  assert.equal(said.own.status, 403);
  assert.equal(said.acceptance.in_force, true);
  assert.deepEqual(said.acceptance.approved_severities, ['critical']);
  assert.equal(said.acceptance.decided.note, 'Seen');
  assert.equal(said.accepted.pass, true);
  assert.equal(said.accepted.conditions[0].accepted, 1);
  assert.deepEqual(said.accepted.acceptances, {
    in_force: 1,
    next_expiry: validDay,
    fails_on: said.acceptance.ends_at.slice(0, 10),
    next_change: { at: said.acceptance.ends_at, pass: false, acceptance_ids: [said.acceptance.id] },
    pass_without_acceptances: false,
  });
  assert.equal(said.strict.pass, false);
  assert.equal(said.policy.version, 1);
  assert.equal(said.preview.pass, false);
  assert.equal(said.judged.pass, false);
  assert.deepEqual(said.judged.failures, ['Policy typed: 1 critical threat(s), at most 0 allowed']);
  assert.equal(said.judged.warnings.length, 1);
  assert.deepEqual(said.judged.conditions[0].threat_ids, [2]);
  assert.deepEqual(said.judged.policy, { name: 'typed', version: 1, enforced: true, fails_on: null });
  assert.equal(said.evaded.status, 422);
  assert.match(said.evaded.detail, /The policy typed is enforced/);
  assert.equal(said.removed, 204);
  assert.equal(said.checked.pass, true);
  assert.deepEqual(said.checks, [[said.checked.check_id, '8f3a1c']]);
  assert.equal(said.payloadType, 'application/vnd.in-toto+json');
  assert.deepEqual(said.pages, [['SQL injection in login form', 'Open redirect'], ['Outdated library']]);
  assert.deepEqual(said.events, [
    'threatatlas.product.registered.v1',
    'SQL injection in login form',
    'threatatlas.mitigation.proposed.v1',
    'Open redirect',
    'Outdated library',
    'identified -> mitigated',
    'Fixed in the next release (critical)',
    'threatatlas.acceptance.approved.v1',
    'typed (true)',
    'no policy (false)',
  ]);
  const digestBytes = 32;
  assert.equal(said.tile.byteLength, 3 * digestBytes);
  assert.match(said.entries, /threatatlas\.token\.issued\.v1/);
  assert.match(said.farTile.detail, /^No such tile/);
  assert.equal(said.refused.status, 422);
  assert.match(said.refused.detail, /Did you mean fail_on_critical\?/);
});
