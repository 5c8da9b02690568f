// The portfolio: which products may not ship, found, sorted, filtered, live and in the past.
import assert from 'node:assert/strict';
import test from 'node:test';

import { onEveryScreen, start } from './browser.mjs';

const hostile = ['<img src=x onerror=alert(1)>', '\u202eevil\u202c \u0627\u0644\u062f\u0641\u0639', 'W'.repeat(500), '🦊🔥 Emoji shop'];

async function filledServer() {
  const server = await start();
  const make = (path, value, method = 'POST') => server.make(method, path, value);
  await make('/api/policies/web-baseline', {
    title: 'Web applications',
    rules: [{ rule: 'max_unmitigated', severity: 'high', limit: 0 }],
  }, 'PUT');
  const product = async (name, more, severities, hasPolicy) => {
    const { id } = await make('/api/products', { name, ...more });
    for (const severity of severities) await make(`/api/products/${id}/threats`, { name: `A ${severity} threat`, severity });
    if (hasPolicy) await make(`/api/products/${id}/policy`, { policy: 'web-baseline' }, 'PUT');
    return id;
  };
  const ids = {
    shop: await product('Shop', { owner_name: 'Grace Hopper', status: 'production' }, ['low', 'medium'], true),
    payments: await product('Payments API', { owner_name: 'Ada Lovelace', external_id: 'git/payments', status: 'production' }, ['high', 'critical', 'low'], true),
    login: await product('Login', { owner_name: 'Ada Lovelace', status: 'design' }, ['high'], true),
    wiki: await product('Wiki', {}, [], false),
  };
  for (const name of hostile) await product(name, { owner_name: name }, ['high'], false);
  const { token } = await make('/api/api-tokens', { name: 'auditor', role: 'auditor' });
  return { server, ids, token, make };
}

const { server, ids, token, make } = await filledServer();
const rows = (page) => page.getByRole('table', { name: 'Products' }).getByRole('row').filter({ has: page.getByRole('link') });
const names = async (page) => await rows(page).getByRole('link').allInnerTexts();

onEveryScreen(test, 'which products may not ship', server, { token }, async ({ page, look }) => {
  await page.getByText('2 of 8 products fail; 5 have no policy.').waitFor();
  await page.getByText('8 products', { exact: true }).waitFor();
  assert.deepEqual((await names(page)).slice(0, 2), ['Payments API', 'Login']);
  const failing = rows(page).filter({ hasText: 'Payments API' });
  await failing.getByText(/^. Fail$/).waitFor();
  await failing.getByRole('img', { name: /^Unmitigated high and critical threats: .* 2 at the end/ }).waitFor();
  await failing.getByRole('img', { name: '1 critical, 1 high, 1 low' }).waitFor();
  await look('portfolio');
});

onEveryScreen(test, 'search, filter and sort by keyboard; the address has it all', server, { token }, async ({ page, look }) => {
  await page.getByText('8 products', { exact: true }).waitFor();
  await page.getByLabel('Search').focus();
  await page.keyboard.type('ADA');
  await page.getByText('2 of 8 products', { exact: true }).waitFor();
  await page.getByLabel('Search').fill('git/pay');
  await page.getByText('1 of 8 products', { exact: true }).waitFor();
  await page.getByLabel('Search').fill('');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Prod');
  await page.getByText('2 of 8 products', { exact: true }).waitFor();
  await page.getByRole('checkbox', { name: 'Failing only' }).focus();
  await page.keyboard.press('Space');
  await page.getByText('1 of 8 products', { exact: true }).waitFor();
  const query = new URL(page.url()).searchParams;
  assert.deepEqual([query.get('failing'), query.get('status')], ['1', 'production']);
  await page.reload();
  await page.getByText('1 of 8 products', { exact: true }).waitFor();
  assert.deepEqual(await names(page), ['Payments API']);
  await page.goBack();
  await page.getByText('2 of 8 products', { exact: true }).waitFor();
  await page.getByLabel('Search').fill('no such product');
  await page.getByText('No product matches.').waitFor();
  await look('portfolio, nothing found');
  await page.getByRole('button', { name: 'Show all products' }).click();
  await page.getByRole('button', { name: 'Product', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('columnheader', { name: 'Product', exact: true }).and(page.locator('[aria-sort=ascending]')).waitFor();
  const sorted = await names(page);
  assert.deepEqual(sorted, [...sorted].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
  await page.getByRole('button', { name: 'Product', exact: true }).press('Enter');
  await page.waitForURL(/sort=-name/);
  assert.deepEqual(await names(page), sorted.reverse());
  // From row to row, and into a product.
  await rows(page).first().getByRole('link').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/products\/\d+/);
  await page.goBack();
  await page.waitForURL(/sort=-name/);
});

test('every column sorts', async () => {
  const { open, screens } = await import('./browser.mjs');
  const visit = await open(server, screens[0], { token });
  await visit.page.getByText('8 products', { exact: true }).waitFor();
  const first = async (column) => {
    await visit.page.goto(`/?sort=${column}`);
    await visit.page.getByText('8 products', { exact: true }).waitFor();
    return (await names(visit.page))[0];
  };
  assert.equal(await first('owner'), hostile[0]);
  assert.equal(await first('-severity'), 'Payments API');
  assert.equal(await first('-trend'), 'Payments API');
  assert.equal(await first('ratio'), 'Payments API');
  assert.equal(await first('-verdict'), 'Shop');
  assert.equal(await first('-changed'), 'Shop');
  await visit.close();
});

onEveryScreen(test, 'a change made elsewhere', server, { token }, async ({ page }) => {
  const { id } = await make(`/api/products/${ids.shop}/threats`, { name: 'New and high', severity: 'high' });
  await page.getByLabel('Search').fill('o');
  await page.getByText('3 of 8 products fail').waitFor();
  await make(`/api/products/${ids.shop}/threats/${id}`, { severity: 'low' }, 'PATCH');
  await page.getByText('2 of 8 products fail').waitFor();
  assert.equal(await page.getByLabel('Search').inputValue(), 'o');
  // Policies change the verdicts of many products.
  await make(`/api/products/${ids.login}/policy`, { policy: null }, 'PUT');
  await page.getByText('1 of 8 products fails; 6 have no policy.').waitFor();
  await make(`/api/products/${ids.login}/policy`, { policy: 'web-baseline' }, 'PUT');
  await page.getByText('2 of 8 products fail; 5 have no policy.').waitFor();
});

onEveryScreen(test, 'the portfolio of a past moment', server, { token }, async ({ page, look }) => {
  const { created_at: then } = (await server.ask('GET', `/api/products/${ids.login}`)).json();
  await page.getByText('8 products', { exact: true }).waitFor();
  await page.goto(`/?as_of=${then}`);
  await page.getByText('3 products', { exact: true }).waitFor();
  await page.getByText('1 of 3 products fails; 1 has no policy at that moment.').waitFor();
  assert.deepEqual(new Set(await names(page)), new Set(['Payments API', 'Login', 'Shop']));
  await look('portfolio in the past');
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel('As of').fill(yesterday);
  await page.waitForURL(new RegExp(`as_of=${yesterday}`));
  await page.getByText('There were no products yet').waitFor();
  await page.getByRole('button', { name: 'Back to now' }).click();
  await page.getByText('8 products', { exact: true }).waitFor();
  await page.goto('/?as_of=never');
  await page.getByRole('alert').filter({ hasText: 'as_of' }).waitFor();
});

onEveryScreen(test, 'an empty server', await start(), {}, async ({ page, server, signIn, look }, screen) => {
  const path = '/api/products?limit=1000';
  for (const { id } of (await server.ask('GET', path)).json()) await server.ask('DELETE', `/api/products/${id}`);
  const { token } = await server.make('POST', '/api/api-tokens', { name: 'editor', role: 'editor' });
  await signIn(token);
  await page.getByText('Ask an administrator').waitFor();
  await look('empty portfolio of an editor');
  await page.getByText('editor').first().click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signIn(server.adminToken);
  await look('empty portfolio of an administrator');
  await page.getByRole('button', { name: 'Register the first product' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'New product' });
  await dialog.getByLabel('Name').fill('Till');
  await dialog.getByLabel('Owner').fill(`Owner on ${screen.name}`);
  await dialog.getByLabel('External id').fill('git/till');
  await dialog.getByLabel('Status').selectOption('design');
  await look('new product');
  // The server fails once; what was typed stays.
  await page.route('**/api/products', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: 'x', status: 503, detail: 'The queue is full: try again.' }) }), { times: 1 });
  await dialog.getByRole('button', { name: 'Register the product' }).click();
  await dialog.getByRole('alert').filter({ hasText: 'The queue is full' }).waitFor();
  assert.equal(await dialog.getByLabel('External id').inputValue(), 'git/till');
  await dialog.getByRole('button', { name: 'Register the product' }).click();
  await page.getByRole('heading', { name: 'Till' }).waitFor();
  const [made] = (await server.ask('GET', path)).json();
  assert.deepEqual([made.name, made.external_id, made.status], ['Till', 'git/till', 'design']);
});

onEveryScreen(test, 'more products than a page, and a slow and busy server', await start(), {}, async ({ page, server, signIn, look }) => {
  if ((await server.ask('GET', '/api/products?limit=1')).json().length === 0) {
    for (let i = 0; i < 1_150; ++i) await server.make('POST', '/api/products', { name: `Product ${i}` });
  }
  const answers = [];
  await page.route(/\/api\/products\?.*after=[1-9]/, async (route) => {
    await new Promise((resolve) => answers.push(resolve));
    await route.fallback();
  });
  await page.route(/\/api\/products\?.*after=0/, (route) => route.fulfill({ status: 503, headers: { 'Retry-After': '1' } }), { times: 1 });
  await signIn(server.adminToken);
  // 100 at first, or 1,000 if something has changed meanwhile and they are read again.
  await page.getByText('00 products read so far…').waitFor();
  await page.getByText('Among those read so far.').waitFor();
  await look('portfolio while it is read');
  await page.unroute(/\/api\/products\?.*after=[1-9]/);
  for (const answer of answers) answer();
  await page.getByText('1,150 products', { exact: true }).waitFor();
});
