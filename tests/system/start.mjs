// The real server, on a free port and its own data directory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = process.env.THREATATLAS_PROGRAM;
if (!program) {
  throw new Error('THREATATLAS_PROGRAM names the server to test: run this suite with ctest');
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });

// Sends one request; the response has its body as a Buffer and as text. `from` is a local address
// of this machine.
export function ask(port, method, target, { token, headers = {}, body, from } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: '127.0.0.1',
      port,
      method,
      path: target,
      agent: from ? false : agent,
      localAddress: from,
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(parts);
        resolve({
          status: response.statusCode,
          headers: response.headers,
          bytes,
          text: bytes.toString('utf8'),
          json() {
            return JSON.parse(this.text);
          },
        });
      });
    });
    request.end(body);
  });
}

class Server {
  constructor(directory, run, child, port) {
    this.directory = directory;
    this.run = run;
    this.child = child;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.adminToken = readFileSync(join(directory, 'data', 'admin-token'), 'utf8').trim();
  }

  // Ends at once, as if the machine had failed.
  async kill() {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  // Starts again after kill(), with the same port and data.
  async startAgain() {
    this.child = this.run(this.port);
    await whenReady(this.child);
    this.child.stderr.unref();
    this.child.unref();
  }

  ask(method, target, options = {}) {
    return ask(this.port, method, target, { token: this.adminToken, ...options });
  }

  // Sends a JSON request, which must succeed, and returns the response's JSON.
  async make(method, target, value) {
    const answer = await this.ask(method, target, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
    if (answer.status >= 300) {
      throw new Error(`${method} ${target}: ${answer.status} ${answer.text}`);
    }
    return answer.json();
  }
}

// Resolves with the port in the server's log when the server is ready. Rejects with the log if the
// server ends first.
function whenReady(child) {
  return new Promise((resolve, reject) => {
    let log = '';
    const read = (part) => {
      log += part;
      const lines = log.split('\n').slice(0, -1);
      if (lines.some((line) => line.includes('"event":"ready"'))) {
        // Further output is discarded.
        child.stderr.off('data', read).resume();
        const listening = lines.find((line) => line.includes('"event":"listening"'));
        resolve(JSON.parse(listening).port);
      }
    };
    child.stderr.setEncoding('utf8').on('data', read);
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`the server ended before it was ready:\n${log}`)));
  });
}

// Starts a server with the options that `options` gives for its directory. It ends with this process.
export async function start(options = () => []) {
  const directory = mkdtempSync(join(tmpdir(), 'threatatlas-system-'));
  const run = (port) =>
    spawn(
      program,
      ['serve', '--data', join(directory, 'data'), '--listen', `127.0.0.1:${port}`, ...options(directory)],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
  const child = run(0);
  let server;
  process.on('exit', () => {
    (server?.child ?? child).kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  const port = await whenReady(child);
  // The child does not keep this process alive.
  child.stderr.unref();
  child.unref();
  server = new Server(directory, run, child, port);
  return server;
}
