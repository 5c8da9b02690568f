// The payload has the members that in-toto Statement v1 and SLSA's verification summary v1 require, and
// the facts of the check.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import { attest, check, envelope, passingCheck, server, statementOf } from './attestation.mjs';

const digests = {
  type: 'object',
  minProperties: 1,
  properties: { sha256: { pattern: '^[0-9a-f]{64}$' }, gitCommit: { pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$' } },
  additionalProperties: { type: 'string' },
};

const uri = { type: 'string', format: 'uri' };

// From the text of the specifications, which have no schemas.
const schema = {
  type: 'object',
  required: ['_type', 'subject', 'predicateType', 'predicate'],
  additionalProperties: false,
  properties: {
    _type: { const: 'https://in-toto.io/Statement/v1' },
    subject: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['digest'],
        additionalProperties: false,
        properties: { name: { type: 'string', minLength: 1 }, digest: digests },
      },
    },
    predicateType: { const: 'https://slsa.dev/verification_summary/v1' },
    predicate: {
      type: 'object',
      required: ['verifier', 'timeVerified', 'resourceUri', 'policy', 'verificationResult', 'verifiedLevels'],
      // Extensions have names that are URIs.
      propertyNames: { anyOf: [{ pattern: '^[a-zA-Z]+$' }, { format: 'uri' }] },
      properties: {
        verifier: {
          type: 'object',
          required: ['id'],
          properties: { id: uri, version: { type: 'object', additionalProperties: { type: 'string' } } },
        },
        timeVerified: { type: 'string', format: 'date-time', pattern: 'Z$' },
        resourceUri: uri,
        policy: { type: 'object', required: ['uri'], properties: { uri, digest: digests } },
        verificationResult: { enum: ['PASSED', 'FAILED'] },
        verifiedLevels: { type: 'array', items: { type: 'string', not: { pattern: '^SLSA_' } } },
      },
    },
  },
};

const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictTypes: false });
addFormats(ajv);
const validate = ajv.compile(schema);

test('the payload is a verification summary in a statement', async () => {
  const { attestation } = await attest(passingCheck, 'dsse');
  for (const one of [envelope, attestation]) {
    assert.equal(one.payloadType, 'application/vnd.in-toto+json');
    assert.ok(validate(statementOf(one)), ajv.errorsText(validate.errors));
  }
});

test('a statement has the facts of its check', async () => {
  const { subject, predicate } = statementOf(envelope);
  assert.deepEqual(subject, [check.subject]);
  assert.equal(check.pass, false);
  assert.equal(predicate.verificationResult, 'FAILED');
  assert.deepEqual(predicate.verifiedLevels, ['FAILED']);
  assert.equal(predicate.timeVerified, check.recorded_at);
  assert.equal(check.policies.length, 2);
  assert.deepEqual(predicate['threatatlas:check/v1'], {
    product: { id: check.product_id, name: 'Zahlungen \u2028 "<&>" € 😀', version: check.product_version },
    check_id: check.check_id,
    position: check.position,
    policy_version: check.policies[0].version,
    conditions: check.conditions,
    pipeline_url: check.pipeline_url,
    ref: check.ref,
  });
});

test('a statement names the log, and the definition of the enforced policy', async () => {
  const { text } = await server.ask('GET', '/api/proof/key');
  const log = `urn:threatatlas:${text.split('+')[0]}`;
  const { verifier, resourceUri, policy } = statementOf(envelope).predicate;
  assert.equal(verifier.id, log);
  assert.equal(resourceUri, `${log}:products:${check.product_id}`);
  assert.equal(policy.uri, `${log}:policies:release`);
  const events = await server.ask('GET', '/api/events?types=policy.defined');
  const { rules, acceptances, effective_from } = JSON.parse(events.text.split('\n')[0]).data;
  const definition = JSON.stringify({ rules, acceptances, effective_from });
  assert.deepEqual(policy.digest, { sha256: createHash('sha256').update(definition).digest('hex') });
});

test('a check by thresholds passes without a policy', async () => {
  const { attestation } = await attest(passingCheck, 'dsse');
  const { verifier, policy, verificationResult, verifiedLevels, ...rest } = statementOf(attestation).predicate;
  assert.equal(verificationResult, 'PASSED');
  assert.deepEqual(verifiedLevels, []);
  assert.deepEqual(policy, { uri: `${verifier.id}:thresholds` });
  const facts = rest['threatatlas:check/v1'];
  assert.deepEqual(facts.conditions, [{ rule: 'min_threats', limit: 1, actual: 1, pass: true }]);
  assert.deepEqual(Object.keys(facts), ['product', 'check_id', 'position', 'conditions']);
});
