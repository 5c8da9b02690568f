// Makes requests from the description and validates the responses against it.
import assert from 'node:assert/strict';

import { examplesOf, faultOf, faultOfBody, isJson, operations, resolved, valueOf } from './description.mjs';
import { server, witnessNames } from './server.mjs';

// General HTTP headers, which need no description.
const ordinaryHeaders = new Set([
  'cache-control',
  'connection',
  'content-length',
  'content-security-policy',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'vary',
  'x-content-type-options',
]);

// Statuses received so far, by operation.
export const seen = new Map(operations.map(({ id }) => [id, new Set()]));

let count = 0;
export const nextNumber = () => (count += 1);

// A day that a request may name. Examples cannot: whatever day they have will be over one day.
const dayOfExamples = '2027-01-31';
const daysAhead = 30;
export const validDay = new Date(Date.now() + daysAhead * 86_400_000).toISOString().slice(0, 10);
export const withValidDay = (text) => text.replaceAll(dayOfExamples, validDay);

let requester;

// Requests an acceptance with a token that the admin token may decide for, and approves it on
// demand. Returns the response to the last request.
export async function makeAcceptance(product, { token, threat = 1, approved = false } = {}) {
  requester ??= (await server.make('POST', '/api/api-tokens', { name: 'requester', role: 'editor' })).token;
  const target = `/api/products/${product}/acceptances`;
  const request = { threat_ids: [threat], justification: 'Fixture', valid_until: validDay };
  const answer = await server.ask('POST', target, {
    token: token ?? requester,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  assert.equal(answer.status, 201, answer.text);
  if (!approved) {
    return answer;
  }
  const approval = await server.ask('POST', `${target}/${answer.json().id}/approve`);
  assert.equal(approval.status, 200, approval.text);
  return approval;
}

// Creates a product with the objects that the examples refer to: threats with a history, and
// mitigations. Returns the product with its tag and the position of its newest event.
export async function makeProduct({ threats = 3, mitigations = 2 } = {}) {
  const { id } = await server.make('POST', '/api/products', { name: `Fixture ${nextNumber()}` });
  const threat = { name: 'Fixture', status: 'in_progress', diagram: 'Checkout', element_id: 'node-7' };
  const numbers = (length) => Array.from({ length }, (_, index) => index + 1);
  const { last_position: position } = await server.make('POST', `/api/products/${id}/events`, [
    ...numbers(threats).map((threat_id) => ({ type: 'threat.identified', data: { threat_id, ...threat } })),
    ...numbers(mitigations).map((mitigation_id) => ({
      type: 'mitigation.proposed',
      data: { mitigation_id, name: 'Fixture', status: 'implemented', threat_ids: [1] },
    })),
    { type: 'threat.scored', data: { threat_id: 1, severity: 'low' } },
  ]);
  const answer = await server.ask('GET', `/api/products/${id}`);
  return { ...answer.json(), position, tag: answer.headers.etag };
}

// Records a check by the policy of the product, and returns the answer.
export const makeCheck = (product, members = {}) =>
  server.make('POST', `/api/products/${product}/checks`, {
    subject: { name: 'payments-api', digest: { gitCommit: '0123456789abcdef0123456789abcdef01234567' } },
    ...members,
  });

// The policy that the examples refer to, and one with every kind of rule for products.
async function makePolicies() {
  const { examples } = operations.find(({ id }) => id === 'definePolicy').content['application/json'];
  const define = (name, { value }) => server.make('PUT', `/api/policies/${name}`, value);
  await define('every-rule', examples.every);
  await define('web-baseline', examples.least);
  return examples.least.value;
}
let policies;

// Creates an acceptance for each of the steps that may follow: 1 can be approved or rejected, 2 can
// be withdrawn with the admin token, and 3 can be revoked. Returns the product as makeProduct() does.
async function withAcceptances(product) {
  await makeAcceptance(product.id);
  await makeAcceptance(product.id, { token: server.adminToken });
  const { headers } = await makeAcceptance(product.id, { approved: true });
  const answer = await server.ask('GET', `/api/products/${product.id}`);
  return { ...answer.json(), position: Number(headers['x-log-position']), tag: answer.headers.etag };
}

// A policy that may be removed. If it is there, nothing is recorded.
async function defineUnused() {
  policies ??= makePolicies();
  await server.make('PUT', '/api/policies/unused', await policies);
}

// So that no list has only one product.
let another;

// Values of parameters that depend on the current data; the others use the description's examples.
export async function makeState() {
  another ??= makeProduct();
  await another;
  await defineUnused();
  const made = await makeProduct();
  await server.make('PUT', `/api/products/${made.id}/policy`, { policy: 'every-rule' });
  await server.make('POST', `/api/products/${made.id}/reviews`, {});
  const product = await withAcceptances(made);
  await makeCheck(made.id);
  await makeCheck(made.id);
  const token = await server.make('POST', '/api/api-tokens', { name: 'fixture', role: 'gate' });
  return {
    product,
    // Keyed by the parameter's location and name, or by the operation if these are ambiguous.
    values: {
      'path product_id': product.id,
      'path threat_id': 1,
      'path mitigation_id': 1,
      'path acceptance_id': 1,
      'withdrawAcceptance path acceptance_id': 2,
      'revokeAcceptance path acceptance_id': 3,
      'definePolicy path key': 'defined-by-a-test',
      'removePolicy path key': 'unused',
      'path check_id': 1,
      'path token_id': token.id,
      'path position': product.position,
      'path level': 0,
      'path index': '000',
      'path width': 1,
      'query as_of': product.updated_at,
      'query at_position': product.position,
      'query policy': 'web-baseline',
      'query baseline': `position:${product.position}`,
      'query threat_id': 1,
      'query from': product.created_at,
      'query to': product.updated_at,
      'query size': 1,
      'query witness': witnessNames.signs,
      'getConsistency query from': 1,
      'getConsistency query to': 2,
      'header If-Match': product.tag,
    },
  };
}

// States that nothing has changed yet. Each costs more than ten writes, and most requests only read or
// are refused.
const unchanged = [];

// Calls fn with a state. Another call may get the same one later, unless the answer that fn returns is the
// success of a write. Calls at the same time get different states.
export async function withState(operation, fn) {
  const state = unchanged.pop() ?? (await makeState());
  if (operation.id === 'removePolicy') {
    await defineUnused();
  }
  const answer = await fn(state);
  if (operation.method === 'GET' || answer.status >= 400) {
    unchanged.push(state);
  }
  return answer;
}

function stateValue(operation, parameter, state) {
  const key = `${parameter.in} ${parameter.name}`;
  return state.values[`${operation.id} ${key}`] ?? state.values[key];
}

// Values to try for a parameter: the one that matches the state, or else the description's
// examples.
export function valuesOf(operation, parameter, state) {
  const value = stateValue(operation, parameter, state);
  return value === undefined ? examplesOf(parameter.schema) : [value];
}

// Path, query and headers of a request with its required parameters and the given ones.
export function targetOf(operation, state, given = {}) {
  let path = operation.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const parameter of operation.parameters) {
    const value =
      given[parameter.name] ?? (parameter.required ? valuesOf(operation, parameter, state)[0] : undefined);
    if (value === undefined) {
      continue;
    }
    if (parameter.in === 'path') {
      path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
    } else if (parameter.in === 'query') {
      query.append(parameter.name, String(value));
    } else {
      headers[parameter.name.toLowerCase()] = String(value);
    }
  }
  return { target: query.toString() === '' ? path : `${path}?${query}`, headers };
}

export function bodyOf(mediaType, value) {
  return isJson(mediaType) ? withValidDay(JSON.stringify(value)) : value;
}

// Fails if the description does not allow this response.
export function checkAnswer(operation, answer, request) {
  const where = `${operation.name} as ${request}: ${answer.status} ${answer.text.slice(0, 1000)}`;
  const response = operation.responses[answer.status];
  assert.ok(response, `not described: ${where}`);
  seen.get(operation.id).add(answer.status);

  const headers = Object.entries(response.headers ?? {});
  for (const [name, header] of headers) {
    const { required, schema } = resolved(header);
    // Set-Cookie is a list.
    const sent = answer.headers[name.toLowerCase()]?.toString();
    assert.ok(sent !== undefined || !required, `without ${name}: ${where}`);
    if (sent !== undefined) {
      assert.equal(faultOf(schema, valueOf(schema, sent)), '', `${name}: ${sent}: ${where}`);
    }
  }
  const described = new Set(headers.map(([name]) => name.toLowerCase()));
  for (const name of Object.keys(answer.headers)) {
    assert.ok(ordinaryHeaders.has(name) || described.has(name), `header ${name} is not described: ${where}`);
  }

  if (!response.content) {
    assert.equal(answer.bytes.length, 0, `a body is not described: ${where}`);
    return;
  }
  const essence = (type) => (type ?? '').split(';')[0].trim();
  const mediaType = essence(answer.headers['content-type']);
  const media = Object.entries(response.content).find(([type]) => essence(type) === mediaType)?.[1];
  assert.ok(media, `${mediaType} is not described: ${where}`);
  const value = isJson(mediaType) ? answer.json() : answer.text;
  assert.equal(faultOfBody(media, value, { closed: true }), '', where);
  if (media.schema.format === 'binary') {
    assert.notEqual(answer.bytes.length, 0, where);
  }
}
