// Makes every call of the description, with every example and every parameter, and validates every
// response against its schema.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { operations } from './description.mjs';
import { bodyOf, checkAnswer, makeState, nextNumber, seen, targetOf, valuesOf, withState } from './requests.mjs';
import { server, untilWitnessed } from './server.mjs';

const isSuccess = (status) => status >= 200 && status < 300;

// Tiles that exist only in a log of more than 256,000 events.
const isFarTile = (operation) => operation.path.startsWith('/tile/') && operation.path.includes('{x1}');

const schemaOf = (operation, status) => operation.responses[status].content['application/json'].schema;

async function ask(operation, target, options = {}) {
  const answer = await server.ask(operation.method, target, options);
  checkAnswer(operation, answer, `${target} ${options.body ?? ''}`);
  return answer;
}

async function askAndSucceed(operation, target, options) {
  const answer = await ask(operation, target, options);
  assert.ok(isSuccess(answer.status), `${operation.method} ${target}: ${answer.status} ${answer.text}`);
  return answer;
}

async function followPages(operation, state) {
  const { target } = targetOf(operation, state, { limit: 1 });
  const first = await askAndSucceed(operation, target);
  const link = /^<([^>]*)>; rel="next"$/.exec(first.headers.link);
  assert.ok(link, `${target} says nothing of a next page`);
  const second = await askAndSucceed(operation, link[1]);
  assert.notEqual(first.text, second.text, link[1]);
}

async function read(operation, state) {
  if (operation.parameters.some(({ name }) => name === 'witness')) {
    await untilWitnessed(state.product.position);
  }
  const { target, headers } = targetOf(operation, state);
  if (isFarTile(operation)) {
    const { detail } = (await ask(operation, target, { headers })).json();
    assert.match(detail, /^No such tile/);
    return;
  }
  const answer = await askAndSucceed(operation, target, { headers });
  if (operation.responses[304]) {
    const again = await ask(operation, target, { headers: { 'if-none-match': answer.headers.etag } });
    assert.equal(again.status, 304, target);
  }
  for (const parameter of operation.parameters.filter((one) => one.in !== 'path')) {
    for (const value of valuesOf(operation, parameter, state)) {
      const given = targetOf(operation, state, { [parameter.name]: value });
      await askAndSucceed(operation, given.target, { headers: given.headers });
    }
  }
  if (operation.responses[200].headers?.Link && operation.parameters.some(({ name }) => name === 'limit')) {
    await followPages(operation, state);
  }
}

// With all parameters of the call. The same request with the same key must get the same response.
async function write(operation, mediaType, value) {
  const state = await makeState();
  const given = Object.fromEntries(
    operation.parameters.map((parameter) => [parameter.name, valuesOf(operation, parameter, state)[0]]),
  );
  if (given['Idempotency-Key']) {
    given['Idempotency-Key'] += `-${nextNumber()}`;
  }
  const { target, headers } = targetOf(operation, state, given);
  const options = { headers };
  if (mediaType) {
    headers['content-type'] = mediaType;
    options.body = bodyOf(mediaType, value);
  }
  const answer = await askAndSucceed(operation, target, options);
  if (given['Idempotency-Key']) {
    const again = await askAndSucceed(operation, target, options);
    assert.equal(again.text, answer.text, target);
  }
  const reader = operations.find(
    ({ method, path }) => method === 'GET' && path.replace(/\/\{\w+\}$/, '/') === `${operation.path}/`,
  );
  if (answer.headers.location && reader) {
    const made = await askAndSucceed(reader, answer.headers.location);
    // A check has more to tell than the answer to it.
    if (isDeepStrictEqual(schemaOf(reader, 200), schemaOf(operation, 201))) {
      assert.deepEqual(made.json(), answer.json());
    }
  }
}

for (const operation of operations) {
  test(operation.name, async () => {
    if (operation.method === 'GET') {
      await withState(operation, (state) => read(operation, state));
      return;
    }
    for (const [mediaType, { examples }] of Object.entries(operation.content)) {
      for (const { value } of Object.values(examples)) {
        await write(operation, mediaType, value);
      }
    }
    if (!operation.needsBody) {
      await write(operation);
    }
  });
}

test('every described success was returned', () => {
  for (const operation of operations.filter((one) => !isFarTile(one))) {
    for (const status of Object.keys(operation.responses).filter((text) => text < '400')) {
      assert.ok(seen.get(operation.id).has(Number(status)), `${operation.name} never answered ${status}`);
    }
  }
});
