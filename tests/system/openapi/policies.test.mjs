// Follows policies through their life. Every response must be as described.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { operations } from './description.mjs';
import { checkAnswer, makeAcceptance, makeProduct, targetOf, validDay } from './requests.mjs';
import { server } from './server.mjs';

const operationOf = (id) => operations.find((one) => one.id === id);

// Makes the call with these parameters, and returns the response, which has this status.
async function call(id, given, { status = 200, body } = {}) {
  const operation = operationOf(id);
  const { target, headers } = targetOf(operation, { values: {} }, given);
  const answer = await server.ask(operation.method, target, {
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  checkAnswer(operation, answer, target);
  assert.equal(answer.status, status, `${operation.method} ${target}: ${answer.text}`);
  return answer;
}

const define = (key, rules, members = {}, status = 201) =>
  call('definePolicy', { key }, { status, body: { title: key, rules, ...members } });
const assign = (product_id, body) => call('assignPolicy', { product_id }, { body });

// The status of threat 1 of makeProduct() is in_progress and its severity low; 2 and 3 are unscored.
const noLow = { rule: 'max_threats', severity: 'low', limit: 0 };
const noUnscored = { rule: 'max_unscored', limit: 0 };

test('rules only warn before the first day of their policy', async () => {
  const { id } = await makeProduct();
  await define('from-a-day', [noLow], { effective_from: validDay });
  const { pass, warnings, conditions, policy } = (
    await call('getSecurityStatus', { product_id: id, policy: 'from-a-day' })
  ).json();
  assert.equal(pass, true);
  assert.equal(warnings.length, 1);
  assert.equal(conditions[0].mode, 'warn');
  assert.equal(conditions[0].fails_from, validDay);
  assert.deepEqual(conditions[0].threat_ids, [1]);
  assert.deepEqual(policy, { name: 'from-a-day', version: 1, enforced: false, fails_on: validDay });
});

test('a question adds to an enforced policy, and replaces another one', async () => {
  const { id } = await makeProduct();
  await define('own', [noLow]);
  await define('other', [noUnscored]);
  await assign(id, { policy: 'own' });
  const ask = async (query) => (await call('getSecurityStatus', { product_id: id, ...query })).json();
  assert.deepEqual((await ask({})).policy, { name: 'own', version: 1, enforced: false, fails_on: null });
  assert.equal((await ask({ policy: 'other' })).policy.name, 'other');
  assert.equal((await ask({ policy: 'none' })).policy, undefined);

  await assign(id, { policy: 'own', enforced: true });
  const both = await ask({ policy: 'other' });
  assert.equal(both.policy.name, 'own');
  assert.deepEqual(both.also_applied, { name: 'other', version: 1, enforced: false });
  assert.deepEqual(
    both.conditions.map(({ policy }) => policy),
    ['own', 'other'],
  );
  const refused = await call('getSecurityStatus', { product_id: id, policy: 'none' }, { status: 422 });
  assert.equal(refused.json().errors[0].parameter, 'policy');
  await call('getSecurityStatus', { product_id: id, policy: 'no-such' }, { status: 422 });
  const { product } = (await call('downloadModel', { product_id: id, policy: 'other' })).json();
  assert.deepEqual(product.policy, { name: 'own', enforced: true });
});

test('the past is judged by the policies of then, or of now', async () => {
  const { id } = await makeProduct();
  await define('changing', [noLow]);
  await assign(id, { policy: 'changing' });
  const { position } = (await call('getSecurityStatus', { product_id: id })).json();
  await define('changing', [{ ...noLow, limit: 5 }], {}, 200);
  const then = { product_id: id, at_position: position };
  assert.equal((await call('getSecurityStatus', then)).json().pass, false);
  const now = (await call('getSecurityStatus', { ...then, policy_at: 'now' })).json();
  assert.equal(now.pass, true);
  assert.equal(now.policy.version, 2);
  const old = (await call('getPolicy', { key: 'changing', at_position: position })).json();
  assert.equal(old.version, 1);
  assert.equal(old.products, undefined);
  assert.equal((await call('getPolicy', { key: 'changing' })).json().products, 1);
});

test('a policy is removed when no product has it, and its name goes on counting', async () => {
  const { id } = await makeProduct();
  await define('passing-by', [noLow]);
  await assign(id, { policy: 'passing-by' });
  await call('removePolicy', { key: 'passing-by' }, { status: 409 });
  await assign(id, { policy: null });
  await call('removePolicy', { key: 'passing-by' }, { status: 204 });
  await call('getPolicy', { key: 'passing-by' }, { status: 404 });
  const policies = (await call('listPolicies', {})).json();
  assert.ok(!policies.some(({ name }) => name === 'passing-by'));
  assert.equal((await define('passing-by', [noLow])).json().version, 2);
  await call('assignPolicy', { product_id: id }, { status: 422, body: { policy: 'no-such' } });
});

test('definitions and removals depend on no tag', async () => {
  for (const header of ['If-Match', 'If-None-Match']) {
    for (const id of ['definePolicy', 'removePolicy']) {
      const operation = operationOf(id);
      const answer = await server.ask(operation.method, '/api/policies/conditional', {
        headers: { [header]: '*', 'content-type': 'application/json' },
      });
      checkAnswer(operation, answer, header);
      assert.equal(answer.status, 422);
      assert.equal(answer.json().errors[0].header, header);
    }
  }
});

test('contradicting rules and names that are none are refused', async () => {
  const refused = [
    [noLow, noLow],
    [noLow, { ...noLow, limit: 1, mode: 'warn' }],
    [{ ...noLow, limit: 1 }, noUnscored, { rule: 'max_accepted', limit: 0 }, { rule: 'min_threats', limit: 2 }],
  ];
  for (const rules of refused) {
    await define('contradicting', rules, {}, 422);
  }
  for (const key of ['none', 'No', '-a', 'a'.repeat(65)]) {
    await define(key, [noLow], {}, 422);
  }
});

test('a policy limits acceptances, or ignores them', async () => {
  const { id } = await makeProduct();
  await define('honouring', [noLow], { acceptances: { max_days: 30 } });
  await assign(id, { policy: 'honouring', enforced: true });
  await makeAcceptance(id, { approved: true });
  const ask = async () => (await call('getSecurityStatus', { product_id: id })).json();
  const { pass, conditions, acceptances, policy } = await ask();
  assert.equal(pass, true);
  assert.equal(conditions[0].accepted, 1);
  assert.equal(policy.fails_on, acceptances.fails_on);

  await define('honouring', [noLow], { acceptances: { max_days: 1 } }, 200);
  const request = { threat_ids: [1], justification: 'Too long', valid_until: validDay };
  const refused = await call('requestAcceptance', { product_id: id }, { status: 422, body: request });
  assert.match(refused.json().detail, /allows acceptances for 1 days/);

  await define('honouring', [noLow], { acceptances: { honoured: false } }, 200);
  assert.equal((await ask()).pass, false);
});

test('all who may read events see those of policies', async () => {
  const { id, position } = await makeProduct();
  await define('recorded', [noLow], { reason: 'Decided by the board' });
  await assign(id, { policy: 'recorded' });
  await call('recordReview', { product_id: id }, { body: { note: 'Looked at the login' } });
  await assign(id, { policy: null });
  await call('removePolicy', { key: 'recorded' }, { status: 204 });
  const { token } = await server.make('POST', '/api/api-tokens', { name: 'reader', role: 'auditor' });
  const operation = operationOf('getEvents');
  const types = 'policy.defined,policy.removed,product.policy_assigned,product.reviewed,token.issued';
  const target = `/api/events?after=${position}&types=${types}`;
  const answer = await server.ask('GET', target, { token });
  checkAnswer(operation, answer, target);
  const events = answer.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    events.map(({ type, subject }) => `${type} ${subject}`),
    [
      'threatatlas.policy.defined.v1 policies/recorded',
      'threatatlas.product.policy_assigned.v1 product',
      'threatatlas.product.reviewed.v1 product',
      'threatatlas.product.policy_assigned.v1 product',
      'threatatlas.policy.removed.v1 policies/recorded',
    ],
  );
  assert.equal(events[0].source, '/api/policies');
  assert.equal(events[0].reason, 'Decided by the board');
  assert.equal(events[2].data.note, 'Looked at the login');
});
