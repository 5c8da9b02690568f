// Signing in and out, with tokens of all kinds.
import assert from 'node:assert/strict';
import test from 'node:test';

import { onEveryScreen, start } from './browser.mjs';

const server = await start();
const { id: product } = await server.make('POST', '/api/products', { name: 'Payments API' });
const issue = (role, more = {}) => server.make('POST', '/api/api-tokens', { name: `the ${role}`, role, ...more });

onEveryScreen(test, 'sign in, reload, sign out', server, {}, async ({ page, signIn, look }) => {
  await page.getByLabel('API token').waitFor();
  await look('sign in');
  const { token } = await issue('auditor');
  await page.getByLabel('API token').fill('ta_0000000000000000000000000000000000000000000');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').filter({ hasText: 'does not know the token' }).waitFor();
  await signIn(token);
  await page.reload();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  // The token is where no script of the page can read it.
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
  assert.ok(!kept.includes(token), kept);
  await page.getByText('the auditor').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API token').waitFor();
  await page.reload();
  await page.getByLabel('API token').waitFor();
});

onEveryScreen(test, 'a token for programs', server, {}, async ({ page, look }) => {
  const { token } = await issue('gate');
  await page.getByLabel('API token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This token may not read models').waitFor();
  await look('a token for programs');
});

onEveryScreen(test, 'a session that ends while something is typed', server, {}, async ({ page, signIn }) => {
  const first = await issue('auditor');
  const second = await issue('auditor');
  await signIn(first.token);
  await page.goto(`/products/${product}/overview`);
  await page.getByRole('heading', { name: 'Payments API' }).waitFor();
  await server.ask('DELETE', `/api/api-tokens/${first.id}`);
  // The page notices by itself: it asks for changes all the time.
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.waitFor();
  await dialog.getByLabel('API token').fill(second.token);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'detached' });
});
