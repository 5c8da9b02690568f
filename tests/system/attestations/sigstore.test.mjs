// The libraries of Sigstore, with a key that the verifier has rather than one of Sigstore's authorities.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { bundleFromJSON, isBundleWithDsseEnvelope, isBundleWithPublicKey } from '@sigstore/bundle';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';

import { bundle, directory, envelope, forgeries, otherKey, publicKey, statementOf } from './attestation.mjs';

const { keyid } = envelope.signatures[0];

const noAuthorities = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };

// Throws VerificationError. `keys` are PEM, by their id.
function verify(json, keys) {
  const known = Object.entries(keys).map(([id, pem]) => {
    return [id, { rawBytes: createPublicKey(pem).export({ type: 'spki', format: 'der' }) }];
  });
  const material = toTrustMaterial(noAuthorities, Object.fromEntries(known));
  const verifier = new Verifier(material, { ctlogThreshold: 0, tlogThreshold: 0, tsaThreshold: 0 });
  return verifier.verify(toSignedEntity(bundleFromJSON(json)));
}

test('a bundle is one of version 0.3, with an envelope and the name of a key', () => {
  const parsed = bundleFromJSON(bundle);
  assert.equal(parsed.mediaType, 'application/vnd.dev.sigstore.bundle.v0.3+json');
  assert.ok(isBundleWithDsseEnvelope(parsed));
  assert.ok(isBundleWithPublicKey(parsed));
});

test('a bundle states the same as an envelope', () => {
  // Each is signed when it is asked for.
  const { signatures, ...rest } = bundle.dsseEnvelope;
  assert.deepEqual({ ...rest, signatures: envelope.signatures }, envelope);
  assert.equal(signatures[0].keyid, keyid);
});

test('Sigstore verifies a bundle', () => {
  const { key } = verify(bundle, { [keyid]: publicKey });
  assert.equal(key.export({ type: 'spki', format: 'pem' }), publicKey);
});

// The program of docs/AUDITING.md, as an auditor runs it.
test('the documented program verifies a bundle, and refuses everything else', () => {
  const document = readFileSync(process.env.THREATATLAS_AUDITING, 'utf8');
  const [, text] = /```js\n(\/\/ node verify\.mjs .*?)```/s.exec(document);
  const program = fileURLToPath(new URL('verify.mjs', import.meta.url));
  writeFileSync(program, text);
  const run = (json, key) => {
    const files = [join(directory, 'documented.json'), join(directory, 'documented.pem')];
    writeFileSync(files[0], JSON.stringify(json));
    writeFileSync(files[1], key);
    return spawnSync(process.execPath, [program, ...files], { encoding: 'utf8' });
  };
  const { status, stdout, stderr } = run(bundle, publicKey);
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), statementOf(bundle.dsseEnvelope));
  for (const [json, key] of [
    [{ ...bundle, dsseEnvelope: forgeries['another payload'] }, publicKey],
    [bundle, otherKey],
  ]) {
    assert.match(run(json, key).stderr, /VerificationError/);
    assert.equal(run(json, key).status, 1);
  }
});

test('Sigstore refuses everything else', () => {
  for (const [name, forgery] of Object.entries(forgeries)) {
    const forged = { ...bundle, dsseEnvelope: forgery };
    assert.throws(() => verify(forged, { [keyid]: publicKey }), { code: 'SIGNATURE_ERROR' }, name);
  }
  assert.throws(() => verify(bundle, { [keyid]: otherKey }), { code: 'SIGNATURE_ERROR' });
  assert.throws(() => verify(bundle, { other: publicKey }), { code: 'PUBLIC_KEY_ERROR' });
});
