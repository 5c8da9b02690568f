// Records checks and finds them again. Every response must be as described.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { operations } from './description.mjs';
import { checkAnswer, makeCheck, makeProduct, targetOf } from './requests.mjs';
import { server } from './server.mjs';

const operationOf = (id) => operations.find((one) => one.id === id);

// Makes the call with these parameters, and returns the response, which has this status.
async function call(id, given, { status = 200, body, token, headers } = {}) {
  const operation = operationOf(id);
  const request = targetOf(operation, { values: {} }, given);
  const answer = await server.ask(operation.method, request.target, {
    headers: { ...request.headers, ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(token ? { token } : {}),
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  checkAnswer(operation, answer, request.target);
  assert.equal(answer.status, status, `${operation.method} ${request.target}: ${answer.text}`);
  return answer;
}

const subject = { name: 'payments-api-4.2.tar.gz', digest: { sha256: '00ff', gitCommit: 'abc1' } };
const record = (product_id, question = {}, options = {}) =>
  call('recordCheck', { product_id }, { status: 201, body: { subject, ...question }, ...options });

test('a pipeline records a check, and an auditor finds it by its digest', async () => {
  const { id } = await makeProduct();
  const { token } = await server.make('POST', '/api/api-tokens', { name: 'release', role: 'gate' });
  const made = await record(id, { min_threats: 4, ref: 'refs/tags/v4.2', reason: 'Release 4.2' }, { token });
  const { check_id, pass, conditions } = made.json();
  assert.equal(pass, false);
  assert.equal(made.headers.etag, (await call('getProduct', { product_id: id })).headers.etag);
  assert.equal(made.headers.location, `/api/products/${id}/checks/${check_id}`);
  await makeCheck(id);

  for (const digest of ['00ff', 'sha256:00ff', 'gitCommit:abc1', 'abc1']) {
    const found = (await call('listChecks', { product_id: id, digest })).json();
    assert.deepEqual(
      found.map((check) => check.check_id),
      [check_id],
      digest,
    );
  }
  assert.deepEqual((await call('listChecks', { product_id: id, digest: 'gitCommit:00ff' })).json(), []);
  assert.equal((await call('listChecks', { product_id: id, subject: subject.name })).json().length, 1);

  const check = (await call('getCheck', { product_id: id, check_id }, { token })).json();
  assert.deepEqual(check.question, { min_threats: 4 });
  assert.deepEqual(check.conditions, conditions);
  assert.deepEqual(check.subject, subject);
  assert.equal(check.ref, 'refs/tags/v4.2');
  assert.equal(check.reason, 'Release 4.2');
  assert.match(check.actor, /^release#/);
  await call('listChecks', { product_id: id }, { token, status: 403 });
});

test('a check leaves the product as it is', async () => {
  const { id } = await makeProduct();
  const ask = async (name) => (await call(name, { product_id: id })).text;
  const product = await ask('getProduct');
  const events = await ask('getProductEvents');
  await record(id);
  assert.equal(await ask('getProduct'), product);
  assert.equal(await ask('getProductEvents'), events);
});

test('the event of a check is in the stream of all events, and its proof is linked', async () => {
  const { id, position } = await makeProduct();
  const { check_id } = (await record(id)).json();
  const check = (await call('getCheck', { product_id: id, check_id })).json();
  const { text } = await call('getEvents', { after: `${position}`, types: 'gate.checked' });
  const event = JSON.parse(text.split('\n')[0]);
  assert.equal(event.subject, `checks/${check_id}`);
  assert.equal(event.source, `/api/products/${id}`);
  assert.equal(event.position, check.position);
  assert.deepEqual(event.data.subject, subject);

  const { headers } = await call('getAttestation', { product_id: id, check_id });
  const [, proof] = /^<(.*)>; rel="proof"$/.exec(headers.link);
  const operation = operationOf('getEventProof');
  assert.equal(proof, targetOf(operation, { values: {} }, { product_id: id, position: check.position }).target);
  checkAnswer(operation, await server.ask('GET', proof), proof);
});

test('a check names the policies that applied', async () => {
  const { id } = await makeProduct();
  const rules = [{ rule: 'max_threats', severity: 'low', limit: 0 }];
  for (const name of ['of-the-product', 'of-the-pipeline']) {
    await server.make('PUT', `/api/policies/${name}`, { title: name, rules });
  }
  await server.make('PUT', `/api/products/${id}/policy`, { policy: 'of-the-product', enforced: true });
  const answer = (await record(id, { policy: 'of-the-pipeline' })).json();
  assert.equal(answer.policy.name, 'of-the-product');
  assert.equal(answer.also_applied.name, 'of-the-pipeline');
  const { policies, conditions } = (await call('getCheck', { product_id: id, check_id: answer.check_id })).json();
  assert.deepEqual(policies, [
    { name: 'of-the-product', version: 1, enforced: true },
    { name: 'of-the-pipeline', version: 1, enforced: false },
  ]);
  assert.deepEqual(conditions[0].threat_ids, [1]);
  for (const policy of ['none', 'no-such']) {
    await record(id, { policy }, { status: 422 });
  }
});

test('what is no check is refused, and not recorded', async () => {
  const { id } = await makeProduct();
  const digests = (count) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, '00']));
  const subjects = [
    null,
    { name: 'x' },
    { name: 'x', digest: {} },
    { name: 'x', digest: digests(11) },
    { name: 'x', digest: { sha256: '00FF' } },
    { name: 'x', digest: { 'sha-256': '00ff' } },
    { name: '', digest: { sha256: '00ff' } },
  ];
  for (const wrong of subjects) {
    await record(id, { subject: wrong }, { status: 422 });
  }
  const conditional = await record(id, {}, { status: 422, headers: { 'If-Match': '*' } });
  assert.equal(conditional.json().errors[0].header, 'If-Match');
  assert.deepEqual((await call('listChecks', { product_id: id })).json(), []);
  await record(id, { subject: { name: 'x', digest: digests(10) } });
});

test('the checks of an archived product are still found', async () => {
  const { id } = await makeProduct();
  const { check_id } = (await record(id)).json();
  await call('archiveProduct', { product_id: id }, { status: 204 });
  assert.equal((await call('listChecks', { product_id: id })).json().length, 1);
  await call('getCheck', { product_id: id, check_id });
  await call('getAttestation', { product_id: id, check_id, format: 'bundle' });
  await record(id, {}, { status: 404 });
});
