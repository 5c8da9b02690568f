// The payload has the members that in-toto Statement v1 and SLSA's verification summary v1 require.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import { envelope } from './attestation.mjs';

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

test('the payload is a verification summary in a statement', () => {
  assert.equal(envelope.payloadType, 'application/vnd.in-toto+json');
  const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(envelope.payload, 'base64'));
  const statement = JSON.parse(text);
  assert.ok(validate(statement), ajv.errorsText(validate.errors));
  assert.deepEqual(statement.predicate['threatatlas:check/v1'].product, {
    id: 7,
    name: 'Zahlungen \u2028 "<&>" € 😀',
    version: 12,
  });
});
