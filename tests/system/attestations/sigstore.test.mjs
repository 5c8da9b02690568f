// The libraries of Sigstore, with a key that the verifier has rather than one of Sigstore's authorities.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';

import { bundleFromJSON, isBundleWithDsseEnvelope, isBundleWithPublicKey } from '@sigstore/bundle';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';

import { bundle, envelope, forgeries, otherKey, publicKey } from './attestation.mjs';

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
  assert.deepEqual(bundle.dsseEnvelope, envelope);
});

test('Sigstore verifies a bundle', () => {
  const { key } = verify(bundle, { [keyid]: publicKey });
  assert.equal(key.export({ type: 'spki', format: 'pem' }), publicKey);
});

test('Sigstore refuses everything else', () => {
  for (const [name, forgery] of Object.entries(forgeries)) {
    const forged = { ...bundle, dsseEnvelope: forgery };
    assert.throws(() => verify(forged, { [keyid]: publicKey }), { code: 'SIGNATURE_ERROR' }, name);
  }
  assert.throws(() => verify(bundle, { [keyid]: otherKey }), { code: 'SIGNATURE_ERROR' });
  assert.throws(() => verify(bundle, { other: publicKey }), { code: 'PUBLIC_KEY_ERROR' });
});
