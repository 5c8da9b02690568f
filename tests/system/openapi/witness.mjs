// A witness (C2SP tlog-witness) that signs every checkpoint, or refuses all.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';

const cosignatureType = 4;

function beBytes(value, count) {
  const bytes = Buffer.alloc(count);
  bytes.writeUIntBE(value, count > 6 ? count - 6 : 0, Math.min(count, 6));
  return bytes;
}

export async function startWitness(name, { refuses = false } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const rawKey = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url');
  const typedKey = Buffer.concat([Buffer.from([cosignatureType]), rawKey]);
  const id = createHash('sha256').update(`${name}\n`).update(typedKey).digest().subarray(0, 4);

  function cosign(checkpoint) {
    const seconds = Math.floor(Date.now() / 1000);
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${seconds}\n${checkpoint}`), privateKey);
    return `— ${name} ${Buffer.concat([id, beBytes(seconds, 8), signature]).toString('base64')}\n`;
  }

  const listener = http.createServer(async (request, response) => {
    let text = '';
    for await (const part of request.setEncoding('utf8')) {
      text += part;
    }
    if (refuses) {
      response.writeHead(403).end();
      return;
    }
    // The body consists of "old SIZE", the proof, an empty line and the signed note, whose text
    // ends before the next empty line.
    const note = text.slice(text.indexOf('\n\n') + 2);
    response.writeHead(200).end(cosign(note.slice(0, note.indexOf('\n\n') + 1)));
  });
  // Connections and the listener do not keep the process alive.
  listener.on('connection', (socket) => socket.unref());
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  listener.unref();
  return {
    name,
    key: `${name}+${id.toString('hex')}+${typedKey.toString('base64')}`,
    url: `http://127.0.0.1:${listener.address().port}`,
  };
}
