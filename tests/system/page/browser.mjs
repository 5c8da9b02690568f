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

// The page of `server` on `screen`, signed in with `token` if there is one. `faults` collects what must
// not happen; `expected` are patterns of console errors that the test provokes.
export async function open(server, screen, { token, path = '/', expected = [] } = {}) {
  const context = await (await browser()).newContext({
    baseURL: server.url,
    viewport: screen.viewport,
    colorScheme: screen.colorScheme,
    reducedMotion: 'reduce',
    acceptDownloads: true,
    timezoneId: 'America/New_York',
    locale: 'en-US',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
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
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
      console.error(`CSP: ${violatedDirective} ${blockedURI} ${sample}`),
    );
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
      const results = await page.evaluate(`(() => {
        const module = { exports: {} };
        (function (module, exports) { ${axeSource} })(module, module.exports);
        return module.exports.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
      })()`);
      const found = results.violations.map(
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
      await context.close();
      assert.deepEqual(faults, [], faults.join('\n'));
    },
  };
  await page.goto(path);
  if (token) await visit.signIn(token);
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
