// A real browser that uses the page of a real server, as a person would. Whatever the content
// security policy forbids, every uncaught error and every request to another origin fails the test.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after } from 'node:test';

import { chromium } from 'playwright-core';

import { start } from '../start.mjs';

const executable = process.env.THREATATLAS_CHROMIUM ?? '/usr/bin/chromium';
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// Every document has it from its start, where it is only a function that is not called yet. To send it
// with each check would cost more than most checks.
const axeScript = `globalThis.loadAxe = () => {
  const module = { exports: {} };
  (function (module, exports) { ${axeSource} })(module, module.exports);
  return (globalThis.loadedAxe = module.exports);
};`;
// Details are collected of violations only, and style sheets of other origins, which the policy forbids,
// are not read.
const everyRule = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
  preload: false,
};
// The rules whose outcome depends on sizes and colours, and not on the elements alone.
const rulesOfLooks = {
  ...everyRule,
  runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size'] },
};

// What the other rules look at: the elements that are shown, their attributes, and whether they have a
// text. The second screen is checked with every rule only where it has other elements than the first.
const checkedElements = new Set();
function describeElements() {
  return [...document.querySelectorAll('*')]
    .map((element) => {
      const attributes = [...element.attributes].map(({ name, value }) => (/^(aria-hidden|class|role|tabindex|type)$/.test(name) ? `${name}=${value}` : name));
      const hasText = [...element.childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim() !== '');
      return `${element.localName} ${attributes.join(' ')} ${hasText} ${element.checkVisibility({ visibilityProperty: true })} ${element.childElementCount}`;
    })
    .join('\n');
}

// Every task is done on both, in both colour schemes.
export const screens = [
  { name: 'wide, light', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'narrow, dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
];

let launched;
// The browser of this process. It ends with the process's tests.
async function browser() {
  launched ??= chromium.launch({
    executablePath: executable,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
    ],
  });
  return await launched;
}
after(async () => {
  if (launched) await (await launched).close();
});

export { start };

// Pages that no visit uses, by their server. A new context starts two processes and costs more CPU time
// than most visits, so visits use one after the other, each as if it were new.
const resting = new Map();

// Whatever tests listen to.
const heard = ['console', 'dialog', 'download', 'pageerror', 'popup', 'request', 'requestfailed', 'response'];

async function newPage(server) {
  const context = await (await browser()).newContext({
    baseURL: server.url,
    reducedMotion: 'reduce',
    acceptDownloads: true,
    timezoneId: 'America/New_York',
    locale: 'en-US',
  });
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
      console.error(`CSP: ${violatedDirective} ${blockedURI} ${sample}`),
    );
  });
  await context.addInitScript(axeScript);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await rest(page);
  return page;
}

// Leaves what `page` shows for an empty document of the server's origin, and forgets all that a visit
// has left in the browser. Only init scripts would stay: tests add none.
async function rest(page) {
  const context = page.context();
  for (const other of context.pages()) if (other !== page) await other.close();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.route('**/resting', (route) =>
    route.fulfill({
      contentType: 'text/html',
      // With another opener policy than the page's, it would be in another process.
      headers: { 'cross-origin-opener-policy': 'same-origin' },
      body: '<!doctype html><title>resting</title>',
    }),
  );
  await page.goto('/resting');
  await page.unrouteAll();
  await context.clearCookies();
  await context.clearPermissions();
  await page.evaluate(() => {
    localStorage.clear();
    sessionStorage.clear();
  });
}

// The page of `server` on `screen`, signed in with `token` if there is one. `faults` collects what must
// not happen; `expected` are patterns of console errors that the test provokes.
export async function open(server, screen, { token, path = '/', expected = [] } = {}) {
  if (!resting.has(server)) resting.set(server, []);
  const page = resting.get(server).pop() ?? (await newPage(server));
  const context = page.context();
  await page.setViewportSize(screen.viewport);
  await page.emulateMedia({ media: null, colorScheme: screen.colorScheme });
  const faults = [];
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.stack ?? error}`));
  page.on('console', (message) => {
    // A response that is not a success is reported by the browser, too; the page shows it.
    if (message.type() !== 'error' || /Failed to load resource/.test(message.text())) return;
    if (!expected.some((pattern) => pattern.test(message.text()))) faults.push(message.text());
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== server.url) faults.push(`another origin: ${request.url()}`);
  });
  const visit = {
    page,
    context,
    server,
    // Signs in as a person would.
    async signIn(secret) {
      await page.getByLabel('API token').fill(secret);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('navigation', { name: 'Main' }).waitFor();
    },
    // Finds faults of accessibility on the screen as it is now.
    async checkAccessibility(what) {
      const elements = await page.evaluate(describeElements);
      const seen = screen !== screens[0] && checkedElements.has(elements);
      const violations = await page.evaluate(
        async (options) => (await (globalThis.loadedAxe ?? globalThis.loadAxe()).run(document, options)).violations,
        seen ? rulesOfLooks : everyRule,
      );
      if (violations.length === 0) checkedElements.add(elements);
      const found = violations.map(
        ({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.slice(0, 5).map(({ html, failureSummary }) => `${html}\n      ${failureSummary}`).join('\n    ')}`,
      );
      assert.deepEqual(found, [], `${what}: ${found.join('\n')}`);
    },
    // Nothing is wider than the screen.
    async checkWidth(what) {
      const [wide, screenWidth] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= screenWidth, `${what} is ${wide} px wide on a screen of ${screenWidth} px`);
    },
    // A picture for people to look at, if a folder for them is given.
    async picture(name) {
      const folder = process.env.THREATATLAS_PICTURES;
      if (!folder) return;
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name} (${screen.name}).png`), fullPage: true });
    },
    // Accessibility, width and picture of a screen.
    async look(name) {
      // The header, which stays at the top, covers a part of the page elsewhere.
      await page.evaluate(() => scrollTo(0, 0));
      await visit.checkWidth(name);
      await visit.checkAccessibility(name);
      await visit.picture(name);
    },
    async close() {
      // It may ask whether to lose what was typed; without a listener the answer is yes.
      page.removeAllListeners('dialog');
      await rest(page);
      for (const event of heard) page.removeAllListeners(event);
      resting.get(server).push(page);
      assert.deepEqual(faults, [], faults.join('\n'));
    },
  };
  // The form is for the tests of signing in.
  if (token) {
    const status = await page.evaluate(async (secret) => {
      const headers = { authorization: `Bearer ${secret}`, 'x-threatatlas-page': '1' };
      return (await fetch('/api/session', { method: 'POST', headers })).status;
    }, token);
    assert.equal(status, 200, 'the session of the token');
  }
  await page.goto(path);
  if (token) await page.getByRole('navigation', { name: 'Main' }).waitFor();
  return visit;
}

// Makes a test of a task for every screen.
export function onEveryScreen(test, name, server, options, task) {
  for (const screen of screens) {
    test(`${name} (${screen.name})`, async () => {
      const visit = await open(server, screen, options);
      try {
        await task(visit, screen);
      } catch (error) {
        await visit.picture(`failed: ${name}`.replaceAll('/', ' '));
        await visit.context.close();
        throw error;
      }
      await visit.close();
    });
  }
}
