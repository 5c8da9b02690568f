// The page's verification of proofs (web/src/proofs), with published vectors, trees of all small
// sizes, and everything that somebody might alter in a proof.
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { createRequire } from 'node:module';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

// Where the packages of the page are installed.
const web = process.env.THREATATLAS_WEB_STAGE ?? fileURLToPath(new URL('../../../web', import.meta.url));
const { buildSync } = createRequire(`${web}/package.json`)('esbuild');

const parts = ['merkle', 'note', 'verifier_key', 'checkpoint', 'proof_file', 'verify_event', 'bytes', 'decimal'];
const { outputFiles } = buildSync({
  stdin: { contents: parts.map((part) => `export * from './${part}';`).join('\n'), resolveDir: `${web}/src/proofs` },
  bundle: true,
  format: 'esm',
  write: false,
});
const proofs = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);

const sha256 = (...pieces) => createHash('sha256').update(Buffer.concat(pieces)).digest();
const node = (left, right) => sha256(Buffer.of(1), left, right);
const leaf = (entry) => sha256(Buffer.of(0), Buffer.from(entry));
const base64 = (bytes) => Buffer.from(bytes).toString('base64');

// The definitions of RFC 6962, section 2.1, word by word.
function split(size) {
  let half = 1;
  while (2 * half < size) half *= 2;
  return half;
}
function root(leaves) {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0];
  const half = split(leaves.length);
  return node(root(leaves.slice(0, half)), root(leaves.slice(half)));
}
function pathTo(index, leaves) {
  if (leaves.length === 1) return [];
  const half = split(leaves.length);
  return index < half
    ? [...pathTo(index, leaves.slice(0, half)), root(leaves.slice(half))]
    : [...pathTo(index - half, leaves.slice(half)), root(leaves.slice(0, half))];
}
function growth(old, leaves, isWhole = true) {
  if (old === leaves.length) return isWhole ? [] : [root(leaves)];
  const half = split(leaves.length);
  return old <= half
    ? [...growth(old, leaves.slice(0, half), isWhole), root(leaves.slice(half))]
    : [...growth(old - half, leaves.slice(half), false), root(leaves.slice(0, half))];
}

// A key of a log or a witness, from its seed.
function keyOf(name, seed, kind = 1) {
  const secret = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const typed = Buffer.concat([Buffer.of(kind), createPublicKey(secret).export({ type: 'spki', format: 'der' }).subarray(-32)]);
  const id = sha256(Buffer.from(`${name}\n`), typed).subarray(0, 4);
  return {
    name,
    vkey: `${name}+${id.toString('hex')}+${base64(typed)}`,
    line(text) {
      return `\u2014 ${name} ${base64(Buffer.concat([id, sign(null, Buffer.from(text), secret)]))}\n`;
    },
    cosign(text, time) {
      const seconds = Buffer.alloc(8);
      seconds.writeBigUInt64BE(BigInt(time));
      const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), secret);
      return `\u2014 ${name} ${base64(Buffer.concat([id, seconds, signature]))}\n`;
    },
  };
}

const log = keyOf('threatatlas/0123456789abcdef', Buffer.alloc(32, 7));
const lines = Array.from({ length: 13 }, (_, index) => `{"position":${index + 1},"data":{"name":"é\u202e${index}"}}`);
const leaves = lines.map(leaf);
function checkpoint(size, key = log, origin = key.name) {
  const text = `${origin}\n${size}\n${base64(root(leaves.slice(0, size)))}\n`;
  return `${text}\n${key.line(text)}`;
}
function proofFile(index, size, { extra = lines[index], note = checkpoint(size), at = index, path = pathTo(index, leaves.slice(0, size)) } = {}) {
  const more = extra === undefined ? '' : `extra ${base64(extra)}\n`;
  return `c2sp.org/tlog-proof@v1\n${more}index ${at}\n${path.map((one) => `${base64(one)}\n`).join('')}\n${note}`;
}
const verifierKey = proofs.parseVerifierKey(log.vkey);

test('published vectors of hashes, keys and notes', () => {
  const hex = (bytes) => Buffer.from(bytes).toString('hex');
  assert.equal(hex(proofs.leafHash(proofs.utf8('L123456'))), '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56');
  const key = proofs.parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
  const note = proofs.parseNote(
    'This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
  );
  assert.ok(proofs.signatureOf(note, key));
  const logKey = proofs.parseVerifierKey('example.com/threatlog+92e82821+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  const witness = proofs.parseVerifierKey('witness.example/w1+cc9a7044+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  const signed = proofs.parseCheckpoint(
    'example.com/threatlog\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n' +
      '\u2014 example.com/threatlog kugoIXTh2kCGgF40qLRmkiovyschMsYm3a/FzHYJWccyCSJeBrutFNbNOAl1O6EVfJyVSmJe2SRDgJxRlfHndHWdlAI=\n' +
      '\u2014 witness.example/w1 zJpwRAAAAABkGFDLdVZEDTRNCRok7o3d3vlCmCBkPGzIYDzZ3tdvpE2Hr9mosw7aitoN70FQDj32+gSssqGzolwIbjcsa/RhLImACA==\n',
  );
  proofs.requireSigned(signed, logKey);
  assert.equal(proofs.cosignedAt(signed.note, witness).getTime(), 1679315147000);
  assert.equal(proofs.verifyWitness(signed, witness).isVerified, true);
});

test('trees of every small size: what is true is proven, and nothing else', () => {
  for (let size = 1; size <= lines.length; ++size) {
    const tree = leaves.slice(0, size);
    const top = root(tree);
    for (let index = 0; index < size; ++index) {
      const path = pathTo(index, tree);
      assert.ok(proofs.provesInclusion(index, size, leaves[index], path, top), `${index} of ${size}`);
      for (const [at, of, digests] of [
        [index + 1, size, path], [index ^ 2, size, path], [index, size * 2, path], [index, Math.floor(size / 2), path],
        [index, size, [...path, top]], [index, size, [top, ...path]], [index, size, path.slice(1)], [index, size, path.slice(0, -1)],
      ]) {
        if (at === index && of === size && digests.length === path.length) continue;
        assert.ok(!proofs.provesInclusion(at, of, leaves[index], digests, top), `${at} of ${of}, ${digests.length} hashes`);
      }
    }
    for (let old = 0; old <= size; ++old) {
      const before = root(leaves.slice(0, old));
      const path = old === 0 ? [] : growth(old, tree);
      assert.ok(proofs.provesGrowth(old, before, size, top, path), `${old} to ${size}`);
      assert.ok(!proofs.provesGrowth(old, leaf('another'), size, top, path), `another root of ${old}`);
      if (old > 0) assert.ok(!proofs.provesGrowth(old, before, size, leaf('another'), path), `another root of ${size}`);
      assert.ok(!proofs.provesGrowth(old, before, size, top, [...path, top]), 'one hash more');
      if (path.length > 0) assert.ok(!proofs.provesGrowth(old, before, size, top, path.slice(1)), 'one hash fewer');
      for (let at = 0; at < path.length; ++at) {
        const altered = path.map((digest, index) => (index === at ? leaf('altered') : digest));
        assert.ok(!proofs.provesGrowth(old, before, size, top, altered), `hash ${at} altered`);
      }
    }
  }
});

test('an event is verified', () => {
  for (const options of [{}, { extra: undefined }]) {
    const { steps, checkpoint: reached } = proofs.verifyEvent(lines[4], 5, proofFile(4, 13, options), verifierKey);
    assert.deepEqual(steps.map(({ name, isVerified }) => [name, isVerified]), [['Signature', true], ['Line', true], ['Inclusion', true]]);
    assert.equal(reached.size, 13);
  }
});

// [what was altered, line, position, proof, key, the step that fails, a part of its reason]
const other = keyOf(log.name, Buffer.alloc(32, 8));
const file = proofFile(4, 13);
const path = pathTo(4, leaves);
const replaced = (from, to) => file.replace(from, to);
// The last digit of 32 bytes in base64 has two bits that belong to no byte.
const withSpareBit = (digits) => digits.slice(0, -2) + String.fromCharCode(digits.charCodeAt(digits.length - 2) + 1) + '=';
const alterations = [
  ['the line shown', lines[4].replace('é', 'e'), 5, file, 'Line', /another line/],
  ['the line shown, in a proof without it', lines[4].replace('é', 'e'), 5, proofFile(4, 13, { extra: undefined }), 'Inclusion', /was changed/],
  ['the line in the proof', lines[4], 5, proofFile(4, 13, { extra: lines[3] }), 'Line', /another line/],
  ['a hash of the path', lines[4], 5, proofFile(4, 13, { path: [path[0], leaf('x'), ...path.slice(2)] }), 'Inclusion', /was changed/],
  ['a hash fewer', lines[4], 5, proofFile(4, 13, { path: path.slice(1) }), 'Inclusion', /was changed/],
  ['the index', lines[4], 5, proofFile(4, 13, { at: 5 }), 'Line', /about position 6/],
  ['an index beyond the log', lines[4], 21, proofFile(4, 13, { at: 20 }), 'Inclusion', /only 13 events/],
  ['the size', lines[4], 5, replaced('\n13\n', '\n12\n'), 'Signature', /is wrong/],
  ['the root', lines[4], 5, replaced(base64(root(leaves)), base64(leaf('x'))), 'Signature', /is wrong/],
  ['another log', lines[4], 5, proofFile(4, 13, { note: checkpoint(13, keyOf('elsewhere', Buffer.alloc(32, 7))) }), 'Signature', /another log/],
  ['another origin, signed by the key', lines[4], 5, proofFile(4, 13, { note: checkpoint(13, log, 'elsewhere') }), 'Signature', /another log/],
  ['another key of that name', lines[4], 5, proofFile(4, 13, { note: checkpoint(13, other) }), 'Signature', /not signed by this key/],
  ['a smaller signed checkpoint', lines[4], 5, proofFile(4, 13, { note: checkpoint(12) }), 'Inclusion', /was changed/],
  ['no base64 in the path', lines[4], 5, replaced(base64(path[0]), '!'.repeat(44)), 'Proof', /base64/],
  ['spare bits in base64', lines[4], 5, replaced(base64(path[0]), withSpareBit(base64(path[0]))), 'Proof', /base64/],
  ['a size of 2^53', lines[4], 5, replaced('\n13\n', '\n9007199254740992\n'), 'Proof', /2\^53/],
  ['an index of 2^64', lines[4], 5, proofFile(4, 13, { at: 18446744073709551616n }), 'Proof', /2\^53/],
  ['leading zeros', lines[4], 5, proofFile(4, 13, { at: '04' }), 'Proof', /2\^53/],
  ['no signature', lines[4], 5, file.slice(0, file.lastIndexOf('\u2014')), 'Proof', /signature|complete/],
  ['a hundred hashes', lines[4], 5, proofFile(4, 13, { path: Array(100).fill(leaf('x')) }), 'Proof', /too long/],
  ['another kind of file', lines[4], 5, '<html>\n\n</html>\n', 'Proof', /first line/],
  ['nothing', lines[4], 5, '', 'Proof', /too early/],
];
for (const [what, line, position, proof, step, reason] of alterations) {
  test(`not verified: ${what}`, () => {
    const { steps } = proofs.verifyEvent(line, position, proof, verifierKey);
    const failed = steps.find(({ name }) => name === step);
    assert.equal(failed?.isVerified, false, JSON.stringify(steps));
    assert.match(failed.detail, reason);
  });
}

test('no truncated proof, and none with a changed byte, is verified', () => {
  for (let length = 0; length < file.length; ++length) {
    const { steps } = proofs.verifyEvent(lines[4], 5, file.slice(0, length), verifierKey);
    assert.ok(steps.some(({ isVerified }) => !isVerified), `${length} characters`);
  }
  for (let at = 0; at < file.length; ++at) {
    const changed = file.slice(0, at) + String.fromCharCode(file.charCodeAt(at) ^ 1) + file.slice(at + 1);
    const { steps } = proofs.verifyEvent(lines[4], 5, changed, verifierKey);
    assert.ok(steps.some(({ isVerified }) => !isVerified), `character ${at}: ${JSON.stringify(file[at])}`);
  }
});

test('growth from a checkpoint of one\'s own', () => {
  const between = (old, size, { own = checkpoint(old), now = checkpoint(size), digests = growth(Math.min(old, size), leaves.slice(0, Math.max(old, size))) } = {}) =>
    proofs.verifyGrowth(proofs.parseCheckpoint(own), proofs.parseCheckpoint(now), digests.map(base64), verifierKey);
  assert.equal(between(6, 13).isVerified, true);
  assert.equal(between(13, 13).isVerified, true);
  // A proof may lead to an older checkpoint, which witnesses have signed.
  assert.equal(between(13, 6).isVerified, true);
  assert.equal(between(6, 13, { digests: growth(5, leaves) }).isVerified, false);
  assert.equal(between(6, 13, { digests: [] }).isVerified, false);
  const rewritten = `${log.name}\n13\n${base64(leaf('rewritten'))}\n`;
  const step = between(13, 13, { own: `${rewritten}\n${log.line(rewritten)}` });
  assert.equal(step.isVerified, false);
  assert.match(step.detail, /was rewritten/);
  assert.match(between(6, 13, { own: checkpoint(6, other) }).detail, /not signed by this key/);
  assert.match(between(6, 13, { own: checkpoint(6, keyOf('elsewhere', Buffer.alloc(32, 7))) }).detail, /another log/);
});

test('witnesses', () => {
  const witness = keyOf('witness.example/1', Buffer.alloc(32, 9), 4);
  const key = proofs.parseVerifierKey(witness.vkey);
  const note = checkpoint(13);
  const text = note.slice(0, note.indexOf('\n\n') + 1);
  const verify = (signed) => proofs.verifyWitness(proofs.parseCheckpoint(signed), key);
  assert.equal(verify(note + witness.cosign(text, 1700000000)).isVerified, true);
  assert.match(verify(note).detail, /has not signed/);
  assert.match(verify(note + witness.cosign(checkpoint(12).slice(0, 80), 1700000000)).detail, /is wrong/);
  assert.equal(verify(note + witness.cosign(text, 2n ** 63n)).isVerified, false);
});

test('damaged keys', () => {
  const [name, id, encoded] = log.vkey.split('+');
  for (const text of [
    '', name, `${name}+${id}`, `${name}+${id}+`, `+${id}+${encoded}`, `${name}+00000000+${encoded}`, `other+${id}+${encoded}`,
    `${name}+${id}+${encoded.slice(4)}`, `${name} x+${id}+${encoded}`, `${name}+${id}+${base64(Buffer.alloc(33, 2))}`,
    log.vkey.slice(0, -1), `${log.vkey}\n${log.vkey}`, 'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  ]) {
    assert.throws(() => proofs.parseVerifierKey(text), { name: 'BadProof' }, text);
  }
  assert.equal(proofs.parseVerifierKey(` ${log.vkey}\n`).text, log.vkey);
});
