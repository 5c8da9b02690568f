// The command line of OpenSSL, as an auditor uses it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { directory, envelope, forgeries, otherKey, publicKey } from './attestation.mjs';

function openssl(...args) {
  const { error, status, stdout, stderr } = spawnSync('openssl', args);
  assert.ifError(error);
  return { status, stdout, text: `${stdout}${stderr}` };
}

function write(name, content) {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
}

// The bytes that are signed (DSSE, protocol).
function preAuthEncoding(payloadType, payload) {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `),
    payload,
  ]);
}

function verify({ payloadType, payload, signatures }, key) {
  const signed = write('signed', preAuthEncoding(payloadType, Buffer.from(payload, 'base64')));
  const signature = write('signature', Buffer.from(signatures[0].sig, 'base64'));
  return openssl('dgst', '-sha256', '-verify', write('key.pem', key), '-signature', signature, signed);
}

test('OpenSSL verifies an envelope', () => {
  const { status, text } = verify(envelope, publicKey);
  assert.equal(status, 0, text);
  assert.match(text, /^Verified OK/);
});

test('OpenSSL refuses everything else', () => {
  for (const [name, forgery] of Object.entries(forgeries)) {
    const { status, text } = verify(forgery, publicKey);
    assert.equal(status, 1, name);
    assert.match(text, /^Verification failure/, name);
  }
  assert.equal(verify(envelope, otherKey).status, 1);
});

test('the id of the key is the digest of its DER', () => {
  const key = write('key.pem', publicKey);
  const { status, stdout } = openssl('pkey', '-pubin', '-in', key, '-outform', 'DER');
  assert.equal(status, 0);
  assert.equal(envelope.signatures[0].keyid, createHash('sha256').update(stdout).digest('hex'));
});

test('the key is on the curve P-256', () => {
  const { text } = openssl('pkey', '-pubin', '-in', write('key.pem', publicKey), '-noout', '-text');
  assert.match(text, /NIST CURVE: P-256/);
});
