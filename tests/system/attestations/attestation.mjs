// An attestation that is signed with a server's key, what may be wrong with one, and the keys.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { start } from '../start.mjs';

const server = await start();

async function servedKey() {
  const { status, headers, text } = await server.ask('GET', '/api/attestation-key');
  assert.equal(status, 200, text);
  assert.equal(headers['content-type'], 'application/x-pem-file');
  return text;
}

function attest() {
  const file = (name) => join(server.directory, name);
  const files = [file('envelope.json'), file('bundle.json')];
  execFileSync(process.env.THREATATLAS_ATTEST_PROGRAM, [file('data/attestation-key'), ...files]);
  return files.map((name) => JSON.parse(readFileSync(name, 'utf8')));
}

// A folder for files of the suites.
export const { directory } = server;
export const publicKey = await servedKey();
export const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
  type: 'spki',
  format: 'pem',
});
export const [envelope, bundle] = attest();

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
