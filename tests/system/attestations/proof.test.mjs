// What threatatlas-replay finds without the server: that the event which an attestation names is in the log, and
// that the answer follows from the log.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { attest, check, directory, envelope, passingCheck, proof, server, statementOf } from './attestation.mjs';

async function saved(name, target) {
  const { status, text } = await server.ask('GET', target);
  assert.equal(status, 200, text);
  const file = join(directory, name);
  writeFileSync(file, text);
  return { file, text };
}

const { text: key } = await saved('log.vkey', '/api/proof/key');

async function lineOf({ position }) {
  return saved('event.json', `/api/events?after=${position - 1}&limit=1`);
}

function replay(...args) {
  const { error, status, stdout, stderr } = spawnSync(process.env.THREATATLAS_REPLAY_PROGRAM, args);
  assert.ifError(error);
  return { status, stdout, said: `${stdout}${stderr}` };
}

async function checkProof(target, line) {
  const { file } = await saved('event.tlog-proof', target);
  return replay('check-proof', file, '--vkey', key.trim(), '--event', line.file);
}

// The checks as the lines have them, each answered again.
function answeredAgain(lines) {
  const file = join(directory, 'lines');
  writeFileSync(file, lines);
  const { status, stdout, said } = replay('--events', file, 'checks', '--product', String(check.product_id));
  assert.match(said, /^\[/);
  return { status, checks: JSON.parse(stdout) };
}

test('the linked proof proves the event of the check', async () => {
  const line = await lineOf(check);
  const { status, said } = await checkProof(proof, line);
  assert.equal(status, 0, said);
  const { position, time, data } = JSON.parse(line.text);
  const { subject, predicate } = statementOf(envelope);
  assert.equal(position, predicate['threatatlas:check/v1'].position);
  assert.equal(time, predicate.timeVerified);
  assert.deepEqual([data.subject], subject);
  assert.deepEqual(data.conditions, predicate['threatatlas:check/v1'].conditions);
  assert.equal(data.pass, predicate.verificationResult === 'PASSED');
});

test('it proves no other event', async () => {
  const other = await attest(passingCheck, 'bundle');
  assert.notEqual(other.proof, proof);
  const { status, said } = await checkProof(other.proof, await lineOf(check));
  assert.equal(status, 1, said);
});

test('each answer is the one that the log gives', async () => {
  const { text } = await saved('events', '/api/events?limit=1000');
  const { status, checks } = answeredAgain(text);
  assert.equal(status, 0);
  const agrees = { log_agrees: true, difference: null };
  assert.deepEqual(checks, [
    { ...check, ...agrees },
    { ...passingCheck, ...agrees },
  ]);
});

test('an answer that the log does not give is found', async () => {
  const { text } = await saved('events', '/api/events?limit=1000');
  for (const [right, wrong, difference] of [
    ['"check_id":1,"pass":false', '"check_id":1,"pass":true', /^the recorded check passes, and the log gives one that fails$/],
    ['"actual":1,"pass":true}],"policies":[]', '"actual":2,"pass":true}],"policies":[]', /^the recorded conditions are not/],
    ['"name":"release","version":1', '"name":"release","version":2', /^the recorded policies are not/],
  ]) {
    assert.equal(text.split(right).length, 2, right);
    const { status, checks } = answeredAgain(text.replace(right, wrong));
    assert.equal(status, 1);
    const [found, ...others] = checks.filter((one) => !one.log_agrees);
    assert.match(found.difference, difference);
    assert.deepEqual(others, []);
  }
});
