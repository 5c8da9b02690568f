// Makes each call with every kind of error. The response must be the error described for that or at least
// a described response. Only 503 is not provoked.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';

import { document, operations } from './description.mjs';
import { bodyOf, checkAnswer, nextNumber, targetOf, withState } from './requests.mjs';
import { bareServer, server, witnessNames } from './server.mjs';

const noSuch = 999_999;
const roles = document.components.schemas.Role.enum;
const tokens = new Map();

async function tokenOf(role) {
  if (!tokens.has(role)) {
    tokens.set(role, (await server.make('POST', '/api/api-tokens', { name: role, role })).token);
  }
  return tokens.get(role);
}

// The first example of a body.
function exampleOf(operation) {
  const media = Object.entries(operation.content)[0];
  if (!media) {
    return { headers: {} };
  }
  const [mediaType, { examples }] = media;
  const { value } = Object.values(examples)[0];
  return { headers: { 'content-type': mediaType }, body: bodyOf(mediaType, value) };
}

// Sends the request that the options describe, right after `before`.
function send(operation, { given, headers, of = server, query = '', before, ...options } = {}) {
  return withState(operation, async (state) => {
    const request = targetOf(operation, state, given);
    const example = exampleOf(operation);
    const separator = request.target.includes('?') ? '&' : '?';
    const target = query === '' ? request.target : `${request.target}${separator}${query}`;
    await before?.();
    return of.ask(operation.method, target, {
      ...example,
      ...options,
      headers: { ...request.headers, ...example.headers, ...headers },
    });
  });
}

// Sends only the head of a request and returns the response as ask() does.
function sendHead(operation, fields) {
  return withState(operation, (state) => sendHeadTo(targetOf(operation, state).target, operation, fields));
}

async function sendHeadTo(target, operation, fields) {
  const socket = net.connect(server.port, '127.0.0.1');
  const media = Object.keys(operation.content)[0];
  socket.write(
    [
      `${operation.method} ${target} HTTP/1.1`,
      `Host: 127.0.0.1:${server.port}`,
      `Authorization: Bearer ${server.adminToken}`,
      ...(media ? [`Content-Type: ${media}`] : []),
      ...fields,
      'Connection: close',
      '\r\n',
    ].join('\r\n'),
  );
  let received = '';
  socket.setEncoding('utf8').on('data', (part) => (received += part));
  await once(socket, 'close');
  const [head, text] = received.split('\r\n\r\n');
  const [statusLine, ...lines] = head.split('\r\n');
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(lines.map((line) => [line.split(': ')[0].toLowerCase(), line.split(': ')[1]])),
    text,
    bytes: Buffer.from(text),
    json: () => JSON.parse(text),
  };
}

async function withKeyOfAnother(operation) {
  const key = `key-${nextNumber()}`;
  await server.ask('POST', '/api/products', {
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: '{"name":"Another"}',
  });
  return send(operation, { headers: { 'idempotency-key': key } });
}

// Uses up the failed logins of an address that is not used for anything else. They come back with
// the time.
const guesser = '127.0.0.2';
const guesses = 200;
async function guess() {
  for (let i = 0; i < guesses; i += 1) {
    const answer = await server.ask('GET', '/api/products', { token: 'ta_guess', from: guesser });
    if (answer.status === 429) {
      return;
    }
  }
}

const provoke = {
  400: (operation) => send(operation, { body: '{' }),
  401: (operation) => send(operation, { token: 'ta_wrong' }),
  403: async (operation) => {
    if (operation.id === 'closeSession') {
      return send(operation, { headers: { 'x-threatatlas-page': '0' } });
    }
    const role = roles.find((one) => !operation.roles.includes(one)) ?? roles[0];
    return send(operation, { token: await tokenOf(role) });
  },
  404: (operation) => {
    const given = { witness: witnessNames.refuses };
    for (const { name, in: place } of operation.parameters) {
      if (place === 'path') {
        given[name] = { index: '999', x1: 'x999', level: 7, width: 1, key: 'no-such' }[name] ?? noSuch;
      }
    }
    // A PUT would create the policy, and the preview of a definition needs none.
    if (operation.method === 'PUT') {
      delete given.key;
    }
    return send(operation, { given, ...(operation.needsBody ? {} : { body: undefined }) });
  },
  409: (operation) => {
    if (operation.path === '/api/backups') {
      return send(operation, { of: bareServer, token: bareServer.adminToken });
    }
    const takesCursor = operation.parameters.some(({ name, schema }) => name === 'after' && schema.type === 'string');
    return takesCursor ? send(operation, { query: `after=1-${'0'.repeat(16)}` }) : withKeyOfAnother(operation);
  },
  411: (operation) => sendHead(operation, []),
  412: (operation) => send(operation, { headers: { 'if-match': '"999999"' } }),
  413: (operation) => sendHead(operation, ['Content-Length: 999999999']),
  415: (operation) => send(operation, { headers: { 'content-type': 'text/plain' } }),
  422: (operation) => send(operation, { query: 'no_such_parameter=1' }),
  429: (operation) => send(operation, { token: 'ta_guess', from: guesser, before: guess }),
};

// Errors of bodies, which do not apply to calls without a described body.
const ofBodies = new Set(['400', '411', '413', '415']);

for (const operation of operations) {
  const described = Object.keys(operation.responses).filter((status) => status >= '400' && status !== '503');
  const isForBody = Object.keys(operation.content).length > 0;
  const generic = Object.keys(provoke).filter((status) => isForBody || !ofBodies.has(status));
  test(`${operation.name} answers ${described.join(' ')}`, async () => {
    for (const status of new Set([...described, ...generic])) {
      assert.ok(provoke[status], `how to provoke ${status}?`);
      const answer = await provoke[status](operation);
      checkAnswer(operation, answer, `a request for ${status}`);
      if (described.includes(status)) {
        assert.equal(answer.status, Number(status), `${operation.name}: ${answer.status} ${answer.text}`);
      }
    }
  });
}

test('only the roles in the description may make a call', async () => {
  for (const operation of operations.filter((one) => one.roles.length > 0)) {
    for (const role of roles) {
      // A write need not be executed, so it has an unknown parameter, which is detected after the
      // role is checked.
      const query = operation.method === 'GET' ? '' : 'no_such_parameter=1';
      const { status } = await send(operation, { token: await tokenOf(role), query });
      assert.equal(status !== 403, operation.roles.includes(role), `${operation.name} as ${role}: ${status}`);
    }
  }
});
