// Sends values that are almost valid: the server must accept exactly what the description accepts.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { faultOf, faultOfBody, isJson, membersOf, operations, valueOf } from './description.mjs';
import { makeAcceptance, makeProduct, makeState, targetOf, withState, withValidDay } from './requests.mjs';
import { server } from './server.mjs';
import { bodyValues, headerValues, queryValues } from './values.mjs';

const parallel = 16;

// Calls fn with each value, several at a time.
async function forEach(values, fn) {
  const rest = [...values];
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (rest.length > 0) {
        await fn(rest.shift());
      }
    }),
  );
}

// For these members, acceptance of a well-formed value may depend on the current data and time,
// which a schema cannot express.
const dependent = new Set([
  ...['threat_ids', 'product_ids', 'threat_id', 'mitigation_id', 'external_id', 'from'],
  ...['while_mitigations', 'replaces', 'policy'],
  ...['occurred_at', 'expires_at', 'time', 'valid_until'],
  ...['as_of', 'at_position', 'baseline', 'to', 'after', 'size', 'witness'],
]);

// The severity must agree with likelihood and impact. If only one of these is given, the object may
// already have the other.
const dependsOnScores = ({ severity, likelihood, impact }) =>
  Boolean(severity && (likelihood || impact)) || Boolean(likelihood) !== Boolean(impact);

class Comparison {
  disagreements = [];
  taken = 0;

  add({ what, fault, taken, mayRefuse, answer }) {
    this.taken += taken ? 1 : 0;
    const agree = taken === (fault === '') || (mayRefuse && !taken);
    if (!agree) {
      const said = `${answer.status} ${answer.text.slice(0, 300)}`;
      this.disagreements.push(`${what.slice(0, 300)}: schema: ${fault || 'right'}; server: ${said}`);
    }
  }

  check() {
    assert.deepEqual(this.disagreements, []);
  }
}

// Refusals of what a schema cannot express: a reason if the object already equals the body, and rules
// that contradict each other.
const inexpressible = /as nothing changes|is there twice|never warns before/;

// Variants of the object: each member of its schema removed or set to each of the other values, and
// an unknown member added. The same for members of the members named in `into`, which are objects or
// lists of objects.
function* variants(object, schema, into = []) {
  const members = membersOf(schema, object);
  for (const member of new Set([...Object.keys(object), ...Object.keys(members)])) {
    const rest = Object.fromEntries(Object.entries(object).filter(([name]) => name !== member));
    yield { member, holder: rest, value: rest };
    for (const other of bodyValues) {
      const changed = { ...object, [member]: other };
      yield { member, holder: changed, value: changed };
    }
    if (into.includes(member) && Array.isArray(object[member])) {
      for (const [index, element] of object[member].entries()) {
        for (const inner of variants(element, members[member].items)) {
          yield { ...inner, value: { ...object, [member]: object[member].with(index, inner.value) } };
        }
      }
    } else if (into.includes(member) && object[member]) {
      for (const inner of variants(object[member], members[member], into)) {
        yield { ...inner, value: { ...object, [member]: inner.value } };
      }
    }
  }
  for (const member of ['no_such_member', 'nosuchmember', 'No Such']) {
    for (const other of [1, 'x', null, {}]) {
      yield { member, holder: object, value: { ...object, [member]: other } };
    }
  }
}

// Variants of the first example, which has the most members, and of the examples without a reason.
// A reason is refused if nothing changes.
function* bodiesLike({ schema, examples }) {
  const values = Object.values(examples).map(({ value }) => value);
  const isFit = (value, index) => index === 0 || !JSON.stringify(value).includes('"reason"');
  for (const value of values.filter(isFit)) {
    if (!Array.isArray(value)) {
      yield* variants(value, schema, ['rules', 'acceptances', 'subject', 'digest']);
      continue;
    }
    for (const item of value) {
      for (const variant of variants(item, schema.items, ['data'])) {
        yield { ...variant, value: [variant.value] };
      }
    }
  }
  for (const value of [[], {}, [[]], [{}], 'x', 1, null]) {
    yield { member: '', holder: {}, value };
  }
}

// A separate object for each request, so that each changes something: ids from 2 on of a product
// with that many objects.
const objects = 1000;
let left = 0;
let product;
async function nextObject() {
  if (left === 0) {
    left = objects - 1;
    product = makeProduct({ threats: objects, mitigations: objects });
  }
  // Variants of ids have these values, and may have removed such an object.
  do {
    left -= 1;
  } while (bodyValues.includes(left + 2));
  const id = left + 2;
  return { id, product: await product };
}

// The body with the object's id instead of the example's, or with an unused id if it creates an
// object. The unused ids decrease, so that none is the next one that the server assigns.
const idOfExamples = 101;
function textWithId(value, id) {
  const starts = ['threat.identified', 'mitigation.proposed'].some((type) => value?.[0]?.type === type);
  const text = JSON.stringify(value, (name, inner) =>
    inner === idOfExamples && name.endsWith('_id') ? id + (starts ? 100 * objects : 0) : inner,
  );
  return withValidDay(text);
}

// An acceptance in the state that the call needs. Few acceptances may name the same threat.
async function acceptanceFor(operation, { id }, threat) {
  const answer = await makeAcceptance(id, { threat, approved: operation.id === 'revokeAcceptance' });
  return answer.json().id;
}

// A token that sees one product, because a preview judges all that it sees.
let narrowToken;
async function tokenFor({ id }) {
  if (id !== 'previewPolicy') {
    return server.adminToken;
  }
  const { product } = await makeState();
  const request = { name: 'narrow', role: 'auditor', product_ids: [product.id] };
  narrowToken ??= (await server.make('POST', '/api/api-tokens', request)).token;
  return narrowToken;
}

const ofPolicies = new Set(['previewPolicy', 'recordReview']);
for (const operation of operations.filter(({ id, needsBody }) => needsBody || ofPolicies.has(id))) {
  for (const [mediaType, media] of Object.entries(operation.content).filter(([type]) => isJson(type))) {
    test(`${operation.name} accepts what its schema accepts (${mediaType})`, async () => {
      const state = await makeState();
      const comparison = new Comparison();
      const token = await tokenFor(operation);
      await forEach(bodiesLike(media), async ({ member, holder, value }) => {
        const { id, product: of } = await nextObject();
        const given = { product_id: of.id, threat_id: id, mitigation_id: id };
        if (operation.path.includes('{acceptance_id}')) {
          given.acceptance_id = await acceptanceFor(operation, of, id);
        }
        const body = textWithId(value, id);
        const answer = await server.ask(operation.method, targetOf(operation, state, given).target, {
          token,
          headers: { 'content-type': mediaType },
          body,
        });
        comparison.add({
          what: `${member} in ${body}`,
          fault: faultOfBody(media, value),
          taken: answer.status < 300,
          mayRefuse: dependent.has(member) || dependsOnScores(holder) || inexpressible.test(answer.text),
          answer,
        });
      });
      comparison.check();
      assert.ok(comparison.taken > 10, `${comparison.taken} are too few to have been taken`);
    });
  }
}

// Each parameter is tested once, regardless of the number of calls that have it. Reports have the
// parameters of the gate.
const asked = new Map();
for (const operation of operations.filter(({ path }) => !path.includes('/download/'))) {
  for (const parameter of operation.parameters.filter((one) => one.in !== 'path')) {
    const key = `${operation.method} ${parameter.name} ${JSON.stringify(parameter.schema)}`;
    asked.set(key, { operation, parameter });
  }
}

const sending = {
  query: (operation, { target }, name, value) => {
    const query = new URLSearchParams({ [name]: value });
    return server.ask(operation.method, `${target.split('?')[0]}?${query}`);
  },
  header: (operation, { target }, name, value) => {
    const [mediaType] = Object.keys(operation.content);
    const headers = { [name]: value, ...(mediaType ? { 'content-type': mediaType } : {}) };
    return server.ask(operation.method, target, { headers, ...(mediaType ? { body: '{"name":"x"}' } : {}) });
  },
};

for (const { operation, parameter } of asked.values()) {
  const { name, schema } = parameter;
  test(`${operation.name} accepts ${name} as its schema does`, async () => {
    const comparison = new Comparison();
    await forEach(parameter.in === 'query' ? queryValues : headerValues, async (value) => {
      const answer = await withState(operation, (state) =>
        sending[parameter.in](operation, targetOf(operation, state), name, value),
      );
      // What the path names is there; only a parameter may name something that is not.
      assert.ok(answer.status !== 404 || dependent.has(name), `${name}=${value}: 404 ${answer.text}`);
      const errors = answer.status === 422 || answer.status === 403 ? (answer.json().errors ?? []) : [];
      comparison.add({
        what: `${name}=${value}`,
        fault: faultOf(schema, valueOf(schema, value)),
        taken: !errors.some((error) => (error.parameter ?? error.header) === name),
        mayRefuse: dependent.has(name),
        answer,
      });
    });
    comparison.check();
  });
}
