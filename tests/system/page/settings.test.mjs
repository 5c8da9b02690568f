// Settings: the state of the server, its tokens, backups and keys.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { onEveryScreen, start } from './browser.mjs';

const server = await start((directory) => ['--backup-dir', join(directory, 'backups')]);
const script = '<img src=x onerror=alert(1)>';
const long = 'y'.repeat(500);
const { id: product } = await server.make('POST', '/api/products', { name: script });
await server.make('POST', '/api/products', { name: 'Payments \u202EAPI 🧨' });
const issue = (role, name, more = {}) => server.make('POST', '/api/api-tokens', { name, role, ...more });
const { token: admin } = await issue('admin', 'Ada');
const { token: auditor } = await issue('auditor', 'Maria');
await issue('gate', long, { product_ids: [product] });
await issue('editor', `\u202E${script}`, { expires_at: '2999-12-31T23:59:59Z' });

const readyz = (status, body) => (route) =>
  route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) });

onEveryScreen(test, 'an auditor sees the server and its keys only', server, { token: auditor, path: '/settings' }, async ({ page, look }) => {
  await page.getByText('The server answers questions').waitFor();
  await page.getByText('This server has no witnesses').waitFor();
  await look('settings, server for an auditor');
  assert.equal(await page.getByRole('link', { name: 'Tokens' }).count(), 0);
  for (const tab of ['tokens', 'backups']) {
    await page.goto(`/settings/${tab}`);
    await page.getByRole('alert').filter({ hasText: `Only administrators see ${tab}` }).waitFor();
  }
  await look('settings, without rights');
  await page.getByRole('link', { name: 'Proofs' }).click();
  await page.getByText('BEGIN PUBLIC KEY').waitFor();
  const checkpoint = (await server.ask('GET', '/checkpoint')).text;
  await page.getByText(checkpoint.split('\n')[2]).waitFor();
  await look('settings, proofs');
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as checkpoint.txt' }).click(),
  ]);
  assert.equal(saved.suggestedFilename(), 'checkpoint.txt');
  assert.equal(readFileSync(await saved.path(), 'utf8'), checkpoint);
});

onEveryScreen(test, 'a server that rebuilds, and witnesses that lag', server, { token: admin }, async ({ page, look }) => {
  await page.route('**/readyz', readyz(503, { status: 'rebuilding', events_done: 1500, events: 6000 }));
  await page.goto('/settings/server');
  await page.getByText('1,500 of 6,000 events').waitFor();
  await page.getByText('The server rebuilds its tables').waitFor();
  await look('settings, rebuilding');
  await page.unroute('**/readyz');
  await page.route('**/readyz', readyz(200, {
    status: 'ready',
    log_epoch: '0123456789abcdef',
    witnesses: [
      { name: 'witness.example.org', cosigned_events: 3, lags: true, detail: 'It did not answer within 5 s.' },
      { name: 'other.example.org', cosigned_events: 1_000_000, lags: false },
    ],
  }));
  // The page asks again by itself.
  await page.getByRole('row').filter({ hasText: 'witness.example.org' }).filter({ hasText: 'Lags' }).waitFor();
  await page.getByRole('row').filter({ hasText: 'other.example.org' }).filter({ hasText: 'Up to date' }).waitFor();
  await look('settings, witnesses');
});

onEveryScreen(test, 'issue a token with the keyboard alone', server, { token: admin, path: '/settings/tokens' }, async (visit, screen) => {
  const { page, look } = visit;
  const { keyboard } = page;
  const name = `Pipeline ${screen.viewport.width} 🧨`;
  await page.getByRole('table', { name: 'Tokens' }).getByText(long).waitFor();
  await look('settings, tokens');
  await page.getByRole('button', { name: 'Issue a token…' }).focus();
  await keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Issue a token' });
  async function tabTo(locator) {
    for (let i = 0; i < 40; ++i) {
      if (await locator.evaluate((element) => element === document.activeElement)) return;
      await keyboard.press('Tab');
    }
    assert.fail(`the keyboard does not reach ${locator}`);
  }
  await tabTo(dialog.getByLabel('Name'));
  await keyboard.type(name);
  await look('settings, issue a token');
  await tabTo(dialog.getByLabel(/^gate/));
  await keyboard.press('ArrowDown');
  assert.ok(await dialog.getByLabel(/^auditor/).isChecked());
  await tabTo(dialog.getByLabel(`Select ${script}`));
  await keyboard.press('Space');
  await dialog.getByText('1 of 2 chosen').waitFor();
  await tabTo(dialog.getByRole('button', { name: 'Issue the token' }));
  await keyboard.press('Enter');
  const shown = page.getByRole('dialog', { name: 'The token is issued' });
  const secret = await shown.getByText(/^ta_/).innerText();
  await look('settings, secret of a token');
  await keyboard.press('Escape');
  await keyboard.press('Escape');
  await keyboard.press('Escape');
  assert.ok(await shown.isVisible());
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await tabTo(shown.getByRole('button', { name: 'Copy the secret' }));
  await keyboard.press('Enter');
  await shown.getByText('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  await tabTo(shown.getByRole('button', { name: 'I have stored it' }));
  await keyboard.press('Enter');
  await shown.waitFor({ state: 'detached' });
  await page.getByRole('table', { name: 'Tokens' }).getByText(name).waitFor();
  // The secret is nowhere any more, and it works.
  const left = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]) + document.documentElement.outerHTML);
  assert.ok(!left.includes(secret));
  const products = (await server.ask('GET', '/api/products', { token: secret })).json();
  assert.deepEqual(products.map(({ id }) => id), [product]);
});

onEveryScreen(test, 'a copy where the browser has no clipboard', server, { token: auditor, path: '/settings/proofs' }, async ({ page }) => {
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    document.addEventListener('copy', () => (window.copied = String(document.activeElement.value)));
  });
  const key = (await server.ask('GET', '/api/proof/key')).text;
  const button = page.getByRole('button', { name: 'Copy the key of the log' });
  await button.click();
  await page.getByText('Copied').waitFor();
  assert.equal(await page.evaluate(() => window.copied), key);
  assert.ok(await button.evaluate((element) => element === document.activeElement));
});

onEveryScreen(test, 'a token that is refused, and a slow server', server, { token: admin, path: '/settings/tokens' }, async ({ page, look }) => {
  await page.getByRole('button', { name: 'Issue a token…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Issue a token' });
  await dialog.getByLabel('Name').fill('x'.repeat(501));
  await dialog.getByLabel(/^admin/).check();
  await dialog.getByRole('button', { name: 'Issue the token' }).click();
  await dialog.getByRole('alert').waitFor();
  await dialog.locator('.field.invalid').filter({ hasText: 'Name' }).waitFor();
  await look('settings, token refused');
  // The connection breaks: the name is still there.
  await page.route('**/api/api-tokens', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
  await dialog.getByLabel('Name').fill('Another administrator');
  await dialog.getByRole('button', { name: 'Issue the token' }).click();
  await dialog.getByRole('alert').filter({ hasText: 'its secret is lost: revoke it' }).waitFor();
  assert.equal(await dialog.getByLabel('Name').inputValue(), 'Another administrator');
});

onEveryScreen(test, 'search, sort and revoke tokens', server, { token: admin, path: '/settings/tokens' }, async (visit, screen) => {
  const { page, look } = visit;
  const name = `Old ${screen.viewport.width}`;
  const { token: secret } = await issue('gate', name, { product_ids: [product] });
  await page.reload();
  const table = page.getByRole('table', { name: 'Tokens' });
  await table.getByText(name).waitFor();
  await page.getByLabel('Search tokens').fill(name);
  await table.getByText('Maria').waitFor({ state: 'detached' });
  await page.reload();
  await table.getByText(name).waitFor();
  assert.equal(await table.getByText('Maria').count(), 0);
  await table.getByRole('button', { name: `Revoke ${name}` }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Revoke this token?' });
  await dialog.getByText('This cannot be undone').waitFor();
  await look('settings, revoke');
  await dialog.getByLabel('Reason').fill('Lost');
  await dialog.getByRole('button', { name: 'Revoke the token' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('No token matches the search').waitFor();
  assert.equal((await server.ask('GET', '/api/products', { token: secret })).status, 401);
  await page.getByLabel('Search tokens').fill('');
  await table.getByRole('button', { name: 'Role' }).click();
  await table.getByRole('columnheader', { name: 'Role' }).and(page.locator('[aria-sort=ascending]')).waitFor();
  assert.match(page.url(), /sort=role/);
});

onEveryScreen(test, 'revoke the token that one is signed in with', server, {}, async ({ page, signIn, look }, screen) => {
  const name = `Short-lived ${screen.viewport.width}`;
  const { token } = await issue('admin', name);
  await signIn(token);
  await page.goto(`/settings/tokens?search=${encodeURIComponent(name)}`);
  await page.getByRole('button', { name: `Revoke ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Revoke this token?' });
  await dialog.getByText('You are signed in with this token').waitFor();
  await look('settings, revoke one’s own');
  await dialog.getByRole('button', { name: 'Revoke it and sign me out' }).click();
  await page.getByLabel('API token').waitFor();
  assert.equal(await page.getByRole('navigation', { name: 'Main' }).count(), 0);
});

onEveryScreen(test, 'make a backup', server, { token: admin, path: '/settings/backups' }, async ({ page, look }) => {
  let answer;
  const mayAnswer = new Promise((resolve) => (answer = resolve));
  await page.route('**/api/backups', async (route) => {
    if (route.request().method() === 'POST') await mayAnswer;
    await route.continue();
  });
  const before = (await server.ask('GET', '/api/backups')).json().length;
  await page.getByRole('button', { name: 'Make a backup now' }).click();
  assert.ok(await page.getByRole('button', { name: 'Making a backup…' }).isDisabled());
  await look('settings, making a backup');
  answer();
  await page.getByText('is made and verified').waitFor();
  const [newest, ...older] = (await server.ask('GET', '/api/backups')).json();
  assert.equal(older.length, before);
  await page.getByRole('table', { name: 'Backups' }).getByText(newest.name).waitFor();
  await page.getByText(`threatatlas restore --from BACKUPS/${newest.name} --data NEW`).waitFor();
  await look('settings, backups');
});

const bare = await start();

onEveryScreen(test, 'a server without backups, and its last admin token', bare, { token: bare.adminToken, path: '/settings/backups' }, async ({ page, look }) => {
  await page.getByText('This server has no backup directory').waitFor();
  await look('settings, no backups');
  await page.getByRole('link', { name: 'Tokens' }).click();
  await page.getByRole('button', { name: 'Revoke admin' }).click();
  const dialog = page.getByRole('dialog', { name: 'Revoke this token?' });
  await dialog.getByRole('button', { name: 'Revoke it and sign me out' }).click();
  await dialog.getByRole('alert').filter({ hasText: 'This is the last live admin token' }).waitFor();
  await look('settings, last admin token');
});
