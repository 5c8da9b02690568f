// Generates a TypeScript client from the description, compiles it and uses it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import openapiTypescript, { astToString } from 'openapi-typescript';

import { text } from './description.mjs';
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
  const said = await useApi(server.url, server.adminToken);

  assert.equal(said.product.name, 'Payments API');
  assert.equal(said.threat.severity, 'high');
  assert.equal(said.threat.risk_score, 12);
  assert.deepEqual(said.mitigation.threat_ids, [said.threat.id]);
  assert.equal(said.appended.appended, 3);
  assert.equal(said.gate.pass, false);
  assert.deepEqual(said.gate.failures, ['1 critical threat(s) require immediate attention']);
  assert.deepEqual(said.pages, [['SQL injection in login form', 'Open redirect'], ['Outdated library']]);
  assert.deepEqual(said.events, [
    'threatatlas.product.registered.v1',
    'SQL injection in login form',
    'threatatlas.mitigation.proposed.v1',
    'Open redirect',
    'Outdated library',
    'identified -> mitigated',
  ]);
  const digestBytes = 32;
  assert.equal(said.tile.byteLength, 3 * digestBytes);
  assert.match(said.entries, /threatatlas\.token\.issued\.v1/);
  assert.match(said.farTile.detail, /^No such tile/);
  assert.equal(said.refused.status, 422);
  assert.match(said.refused.detail, /Did you mean fail_on_critical\?/);
});
