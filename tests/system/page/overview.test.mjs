// The first screen of a product: why it is red, since when, through whose change, and its facts.
import assert from 'node:assert/strict';
import test from 'node:test';

import { onEveryScreen, start } from './browser.mjs';

const server = await start();
const hostile = '<img src=x onerror=alert(1)> \u202Eevil\u202C 🔥';
const long = 'W'.repeat(500);

async function tokenOf(role, name = `the ${role}`) {
  return (await server.make('POST', '/api/api-tokens', { name, role })).token;
}
const tokens = { admin: server.adminToken, editor: await tokenOf('editor', 'ada'), auditor: await tokenOf('auditor') };

// Sends JSON with the token of an editor.
async function edit(method, target, body) {
  const answer = await server.ask(method, target, {
    token: tokens.editor,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(answer.status < 300, `${method} ${target}: ${answer.text}`);
  return answer.json();
}

await server.make('PUT', '/api/policies/web-baseline', {
  title: 'Baseline for services on the web',
  rules: [
    { rule: 'max_threats', severity: 'critical', limit: 0 },
    { rule: 'max_unscored', limit: 0 },
    { rule: 'min_threats', limit: 1 },
    { rule: 'max_unmitigated', severity: 'high', limit: 0, mode: 'warn' },
  ],
});

// A product that met its policy until one of its threats was scored critical.
async function redProduct(name) {
  const { id } = await server.make('POST', '/api/products', { name, owner_name: 'Maria Keller' });
  const at = `/api/products/${id}`;
  const first = await edit('POST', `${at}/threats`, { name: 'Forged receipts', severity: 'low' });
  const second = await edit('POST', `${at}/threats`, { name: hostile, severity: 'medium' });
  await server.make('PUT', `${at}/policy`, { policy: 'web-baseline', enforced: true });
  await edit('PATCH', `${at}/threats/${second.id}`, {
    severity: 'critical',
    reason: 'Found in the pentest',
    on_behalf_of: 'Grace Hopper',
  });
  return { id, at, first: first.id, second: second.id };
}

const path = (product, tab = 'overview') => `/products/${product}/${tab}`;

onEveryScreen(test, 'why a product is red', server, { token: tokens.auditor }, async ({ page, context, look }) => {
  const product = await redProduct('Payments API');
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(path(product.id));
  const verdict = page.getByRole('region', { name: 'Verdict' });
  await verdict.getByRole('heading', { name: 'May not ship' }).waitFor();
  await verdict
    .getByText(/^Fails since .+ through ada#\d+ on behalf of Grace Hopper: Threat \d+ was scored critical \(“Found in the pentest”\)\.$/)
    .waitFor();

  // The first reason is unfolded: the threat behind it is one click away.
  const reasons = verdict.getByRole('region', { name: 'Reasons' });
  const behind = reasons.getByRole('link', { name: `${product.second} ${hostile}` });
  await behind.waitFor();
  const since = page.getByRole('region', { name: 'Changes since then' });
  await since.getByText('severity medium → critical').waitFor();
  await look('overview of a red product');

  // The link shows the same answer after the product has become green.
  await page.getByRole('button', { name: 'Copy link to this answer' }).click();
  await page.getByText('The link is in the clipboard.').waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole('button', { name: 'Copy curl command' }).click();
  await page.getByText('The command is in the clipboard.').waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(!command.includes(tokens.auditor) && command.includes('$THREATATLAS_TOKEN'), command);
  const asked = new URL(command.match(/'(.+)'$/)[1]);
  await edit('PATCH', `${product.at}/threats/${product.second}`, { severity: 'low' });
  await verdict.getByRole('heading', { name: 'May ship' }).waitFor();
  await verdict.getByText(/^Passes since .+ was scored low/).waitFor();
  await look('overview of a green product');
  assert.equal((await server.ask('GET', asked.pathname + asked.search)).json().pass, false);
  await page.goto(link);
  await verdict.getByRole('heading', { name: 'May not ship' }).waitFor();
  await page.getByText('You see everything as of').waitFor();

  // From there to the threat, with the keyboard.
  await behind.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/threats/${product.second}\\?as_of=`));
});

onEveryScreen(test, 'warnings apart from reasons, and what lies behind them', server, { token: tokens.auditor }, async ({ page, look }) => {
  const product = await redProduct('Ledger');
  await page.goto(path(product.id));
  const warnings = page.getByRole('region', { name: 'Warnings' });
  const summary = warnings.locator('summary');
  await summary.focus();
  await page.keyboard.press('Enter');
  await warnings.getByRole('link', { name: `${product.second} ${hostile}` }).waitFor();
  await page.getByText('2 conditions are met').click();
  await page.getByText('Threats on record: 2, at least 1 required').waitFor();
  await look('overview with warnings unfolded');
  await warnings.getByRole('link', { name: 'Show in the register' }).click();
  await page.waitForURL(/threats\?severity=critical%2Chigh&status=identified%2Cin_progress%2Caccepted&covered=false/);
});

onEveryScreen(test, 'a product without a policy gets one', server, { token: tokens.admin }, async ({ page, look }) => {
  const { id } = await server.make('POST', '/api/products', { name: long, owner_name: hostile, repository_url: `https://git.example/${long}`.slice(0, 500) });
  await page.goto(path(id));
  const verdict = page.getByRole('region', { name: 'Verdict' });
  await verdict.getByRole('heading', { name: 'Not judged: no policy applies' }).waitFor();
  await verdict.getByRole('link', { name: 'policies' }).waitFor();
  await look('overview without a policy');
  await page.getByRole('button', { name: 'Assign a policy' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Policy of the product' });
  await dialog.getByLabel('Policy', { exact: true }).selectOption('web-baseline');
  await dialog.getByText('Baseline for services on the web').waitFor();
  await dialog.getByLabel('Enforced').focus();
  await page.keyboard.press('Space');
  await look('dialog for the policy');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Decided by the board');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await verdict.getByRole('heading', { name: 'May not ship' }).waitFor();
  await page.getByRole('region', { name: 'Policy' }).getByText('Enforced: it applies whatever').waitFor();
});

onEveryScreen(test, 'facts that two people edit', server, { token: tokens.editor }, async ({ page, look }) => {
  const { id } = await server.make('POST', '/api/products', { name: 'Shop', owner_name: 'Maria' });
  await server.make('POST', '/api/products', { name: 'Its namesake', external_id: `taken-${id}` });
  await page.goto(path(id));
  await page.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit the product' });
  await dialog.getByLabel('Owner', { exact: true }).fill('Grace');
  await dialog.getByLabel('Business area').fill('Sales');
  await edit('PATCH', `/api/products/${id}`, { owner_name: 'Ada', description: 'What ada wrote' });
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.getByText('Somebody else has changed this product meanwhile.').waitFor();
  await dialog.getByRole('row', { name: 'Owner Ada Grace' }).waitFor();
  await dialog.getByRole('row', { name: 'Description What ada wrote not changed' }).waitFor();
  await look('two people edit the product');
  await dialog.getByRole('button', { name: 'Save mine over it' }).click();
  await dialog.waitFor({ state: 'detached' });
  const saved = (await server.ask('GET', `/api/products/${id}`)).json();
  assert.deepEqual(
    [saved.owner_name, saved.business_area, saved.description],
    ['Grace', 'Sales', 'What ada wrote'],
  );

  // A fault is beside its field, and what was typed stays.
  await page.getByRole('button', { name: 'Edit' }).click();
  await dialog.getByLabel('Repository').fill(long + long);
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.locator('.field.invalid', { hasText: 'Repository' }).locator('.fault').waitFor();
  assert.equal(await dialog.getByLabel('Repository').inputValue(), long + long);
  await look('a fault in the facts');
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Discard it' }).click();
  await dialog.waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Record a review' }).click();
  const review = page.getByRole('dialog', { name: 'Record a review' });
  await page.keyboard.press('Tab');
  await review.getByLabel('Note').fill('The new login, with the team');
  await look('dialog for a review');
  await review.getByRole('button', { name: 'Record the review' }).click();
  await review.waitFor({ state: 'detached' });
  await page.getByRole('region', { name: 'Facts' }).getByText('none recorded').waitFor({ state: 'detached' });
});

onEveryScreen(test, 'a server that is busy, then slow', server, { token: tokens.auditor }, async ({ page, look }) => {
  const product = await redProduct('Queue');
  let isBusy = true;
  await page.route('**/security-status/since*', async (route) => {
    if (!isBusy) return await route.continue();
    return await route.fulfill({
      status: 503,
      headers: { 'content-type': 'application/problem+json', 'retry-after': '1' },
      body: JSON.stringify({ title: 'Service Unavailable', status: 503, detail: 'Too many long calls wait.' }),
    });
  });
  await page.goto(path(product.id));
  const verdict = page.getByRole('region', { name: 'Verdict' });
  // The verdict does not wait for its history.
  await verdict.getByRole('heading', { name: 'May not ship' }).waitFor();
  await verdict.getByText('Too many long calls wait.').waitFor();
  await look('a busy server');
  isBusy = false;
  await verdict.getByText(/^Fails since/).waitFor();
});
