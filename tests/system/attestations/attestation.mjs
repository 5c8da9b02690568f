// A check that a pipeline has recorded, its attestation in both formats, what may be wrong with one, and
// the keys.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';

import { start } from '../start.mjs';

export const server = await start();

async function servedKey() {
  const { status, headers, text } = await server.ask('GET', '/api/attestation-key');
  assert.equal(status, 200, text);
  assert.equal(headers['content-type'], 'application/x-pem-file');
  return text;
}

// The product fails the first policy, which is enforced.
async function makeProduct() {
  const { id } = await server.make('POST', '/api/products', { name: 'Zahlungen \u2028 "<&>" € 😀' });
  await server.make('POST', `/api/products/${id}/threats`, { name: 'Found', severity: 'high' });
  const rule = (limit) => ({ rule: 'max_threats', severity: 'high', limit });
  await server.make('PUT', '/api/policies/release', {
    title: 'Release',
    rules: [{ rule: 'min_mitigation_ratio', limit: 0.05, mode: 'warn' }, rule(0)],
    acceptances: { max_days: 30 },
    effective_from: '2026-01-01',
  });
  await server.make('PUT', '/api/policies/of-the-pipeline', { title: 'Other', rules: [rule(5)] });
  await server.make('PUT', `/api/products/${id}/policy`, { policy: 'release', enforced: true });
  return id;
}

// Records a check with the pipeline's token, and returns it as an auditor sees it.
async function recordCheck(product, question) {
  const { headers, status, text } = await server.ask('POST', `/api/products/${product}/checks`, {
    token,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  });
  assert.equal(status, 201, text);
  return (await server.ask('GET', headers.location)).json();
}

// The attestation with what its response says of the proof.
export async function attest({ product_id, check_id }, format) {
  const path = `/api/products/${product_id}/checks/${check_id}/attestation?format=${format}`;
  const { status, headers, text } = await server.ask('GET', path, { token });
  assert.equal(status, 200, text);
  assert.equal(headers['content-type'], mediaTypes[format]);
  return { attestation: JSON.parse(text), proof: /^<(.*)>; rel="proof"$/.exec(headers.link)[1] };
}

export const statementOf = ({ payload }) =>
  JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(payload, 'base64')));

const mediaTypes = {
  dsse: 'application/vnd.dsse.envelope.v1+json',
  bundle: 'application/vnd.dev.sigstore.bundle.v0.3+json',
};
const { token } = await server.make('POST', '/api/api-tokens', { name: 'release', role: 'gate' });
const sha256 = createHash('sha256').update('payments').digest('hex');
const product = await makeProduct();

// By two policies.
export const check = await recordCheck(product, {
  subject: { name: 'payments-2.4.1.tar.gz', digest: { sha256, gitCommit: 'ab'.repeat(20) } },
  ref: 'refs/tags/v2.4.1',
  pipeline_url: 'https://ci.example.com/runs/9',
  policy: 'of-the-pipeline',
  fail_on_unscored: true,
});

await server.make('PUT', `/api/products/${product}/policy`, { policy: null });
// By thresholds alone, with as little as a check needs.
export const passingCheck = await recordCheck(product, {
  subject: { name: 'payments', digest: { gitCommit: 'cd'.repeat(20) } },
  min_threats: 1,
});

// A folder for files of the suites.
export const { directory } = server;
export const publicKey = await servedKey();
export const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
  type: 'spki',
  format: 'pem',
});
export const { attestation: envelope, proof } = await attest(check, 'dsse');
export const { attestation: bundle } = await attest(check, 'bundle');

// The base64 with one bit of byte `at` changed.
function falsified(base64, at) {
  const bytes = Buffer.from(base64, 'base64');
  bytes[at] ^= 1;
  return bytes.toString('base64');
}

const [signature] = envelope.signatures;
const payload = Buffer.from(envelope.payload, 'base64').toString('utf8');

// The last byte of a signature in DER is one of a number, so it remains well-formed.
const lastOf = (base64) => Buffer.from(base64, 'base64').length - 1;

// The envelope with one thing changed.
export const forgeries = {
  'another payload': { ...envelope, payload: falsified(envelope.payload, 100) },
  'a longer payload': { ...envelope, payload: Buffer.from(`${payload} `).toString('base64') },
  'another type of payload': { ...envelope, payloadType: 'application/vnd.in-toto.vsa+json' },
  'another signature': {
    ...envelope,
    signatures: [{ ...signature, sig: falsified(signature.sig, lastOf(signature.sig)) }],
  },
};
