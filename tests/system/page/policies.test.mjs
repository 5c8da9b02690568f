// Policies: read, defined, previewed, edited by two people at once, given to products and removed.
import assert from 'node:assert/strict';
import test from 'node:test';

import { onEveryScreen, start } from './browser.mjs';

const server = await start();
const hostile = {
  script: '<img src=x onerror=alert(1)>',
  direction: 'abc \u202Egnp.exe',
  long: 'x'.repeat(500),
  emoji: '🧨👩‍💻 Zahlungen',
};
const issue = (role, name = `the ${role}`) => server.make('POST', '/api/api-tokens', { name, role });
const { token: admin } = await issue('admin', 'Ada');
const { token: auditor } = await issue('auditor', 'Maria');

// A product with `count` open threats of high severity.
async function product(name, count) {
  const { id } = await server.make('POST', '/api/products', { name });
  for (let i = 0; i < count; ++i) {
    await server.make('POST', `/api/products/${id}/threats`, { name: `Threat ${i}`, likelihood: 4, impact: 5 });
  }
  return id;
}
const clean = await product('Clean', 0);
const risky = await product('Risky', 2);
for (const name of Object.values(hostile)) await product(name, 0);
const define = (name, rules, more = {}) => server.make('PUT', `/api/policies/${name}`, { title: `The policy ${name}`, rules, ...more });
const onePolicy = [{ rule: 'max_unmitigated', severity: 'high', limit: 3 }];
await define('every-rule', [
  { rule: 'max_threats', severity: 'critical', limit: 0 },
  { rule: 'max_unmitigated', severity: 'high', limit: 1 },
  { rule: 'max_open_days', severity: 'high', limit: 30 },
  { rule: 'min_mitigation_ratio', limit: 0.7, mode: 'warn' },
  { rule: 'max_unscored', limit: 0 },
  { rule: 'min_threats', limit: 5 },
  { rule: 'max_accepted', limit: 3 },
  { rule: 'max_days_since_review', limit: 365 },
], { description: 'For everything that the internet reaches.', acceptances: { honoured: true, max_days: 90 } });
await define('hostile', onePolicy, { title: hostile.long, description: hostile.script });
await define('script', onePolicy, { title: hostile.script });
await define('direction', onePolicy, { title: hostile.direction });
await define('emoji', onePolicy, { title: hostile.emoji });

onEveryScreen(test, 'an auditor reads policies, now and in the past', server, { token: auditor, path: '/policies' }, async (visit) => {
  const { page, look } = visit;
  const list = page.getByRole('table', { name: 'Policies' });
  await list.getByRole('link', { name: 'The policy every-rule' }).waitFor();
  await look('policies');
  assert.equal(await page.getByRole('link', { name: 'Define a policy' }).count(), 0);
  await page.getByLabel('Search policies').fill('every');
  await list.getByRole('link', { name: hostile.script }).waitFor({ state: 'detached' });
  await page.waitForURL(/search=every/);
  await list.getByRole('link', { name: 'The policy every-rule' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'The policy every-rule' }).waitFor();
  for (const sentence of [
    'No critical threat is on record',
    'At most 1 threat of high severity or above is open',
    'No threat of high severity or above is open for more than 30 days',
    'At least 70 % of the threats are mitigated',
    'No threat is without a severity',
    'At least 5 threats are on record',
    'At most 3 threats are accepted',
    'The last review is at most 365 days ago',
    'New acceptances last at most 90 days',
  ]) {
    await page.getByText(sentence).waitFor();
  }
  assert.equal(await page.getByRole('button', { name: 'Edit' }).count(), 0);
  await page.getByLabel('Show').selectOption('all');
  const products = page.getByRole('table', { name: 'Products' });
  await products.getByRole('link', { name: 'Risky' }).waitFor();
  await look('policy');
  // Each verdict is explained in full, also where the table has no room.
  await products.getByRole('row').filter({ hasText: 'Risky' }).getByRole('button').click();
  await page.getByRole('dialog').getByText('2 threat(s) on record, at least 5 expected').waitFor();
  await look('policy, a verdict');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  // Before it was defined, it does not exist.
  await page.goto('/policies/every-rule?as_of=2020-01-01');
  await page.getByRole('alert').filter({ hasText: 'Not found' }).waitFor();
  for (const path of ['/policies?new=yes', '/policies/every-rule?edit=yes']) {
    await page.goto(path);
    await page.getByText('Only administrators may define and change policies').waitFor();
  }
  await look('policy, without rights');
});

onEveryScreen(test, 'hostile titles', server, { token: admin, path: '/policies/hostile' }, async ({ page, look }) => {
  await page.getByRole('heading', { name: hostile.long }).waitFor();
  await page.getByText(hostile.script, { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Title').waitFor();
  await look('policy, hostile');
});

onEveryScreen(test, 'define a policy with the keyboard alone', server, { token: admin, path: '/policies' }, async (visit, screen) => {
  const { page, look } = visit;
  const name = `keyboard-${screen.viewport.width}`;
  const { keyboard } = page;
  // Tab as far as an element that the person can hear the name of.
  async function tabTo(locator) {
    for (let i = 0; i < 60; ++i) {
      if (await locator.evaluate((element) => element === document.activeElement)) return;
      await keyboard.press('Tab');
    }
    assert.fail(`the keyboard does not reach ${locator}`);
  }
  await tabTo(page.getByRole('link', { name: 'Define a policy' }));
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Define a policy' }).waitFor();
  await tabTo(page.getByLabel('Name', { exact: true }));
  await keyboard.type(name);
  await tabTo(page.getByLabel('Title'));
  await keyboard.type('By keyboard');
  await tabTo(page.getByRole('button', { name: 'Add a rule' }));
  await keyboard.press('Enter');
  const second = page.getByRole('group', { name: 'Rule 2' });
  // The new rule has the keyboard. It says the same as the first.
  assert.ok(await second.getByLabel('About').evaluate((element) => element === document.activeElement));
  const save = page.getByRole('button', { name: 'Define the policy' });
  await tabTo(save);
  await keyboard.press('Enter');
  await second.getByRole('alert').filter({ hasText: '“Open threats” of high is there twice' }).waitFor();
  await look('policy form, contradiction');
  await tabTo(second.getByLabel('If it is broken'));
  await keyboard.press('ArrowDown');
  const first = page.getByRole('group', { name: 'Rule 1', exact: true });
  await first.getByLabel('At most (threats)').focus();
  await keyboard.press('Control+A');
  await keyboard.type('1');
  await first.getByText('At most 1 threat of high severity or above is open').waitFor();
  await tabTo(page.getByRole('button', { name: 'Preview who would fail' }));
  await keyboard.press('Enter');
  await page.getByText('1 product would fail').waitFor();
  assert.ok(await page.getByRole('heading', { name: 'Who would fail' }).evaluate((element) => element === document.activeElement));
  await look('policy form, preview of a new one');
  await save.focus();
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'By keyboard' }).waitFor();
  assert.ok(page.url().endsWith(`/policies/${name}`), page.url());
  const { rules, title } = (await server.ask('GET', `/api/policies/${name}`)).json();
  assert.deepEqual([title, rules], [
    'By keyboard',
    [
      { rule: 'max_unmitigated', severity: 'high', limit: 1, mode: 'fail' },
      { rule: 'max_unmitigated', severity: 'high', limit: 0, mode: 'warn' },
    ],
  ]);
});

onEveryScreen(test, 'preview a stricter version, and one that is refused', server, { token: admin }, async (visit, screen) => {
  const { page, look } = visit;
  const name = `strict-${screen.viewport.width}`;
  await define(name, onePolicy);
  await server.make('PUT', `/api/products/${risky}/policy`, { policy: name });
  await page.goto(`/policies/${name}?edit=yes`);
  const rule = page.getByRole('group', { name: 'Rule 1', exact: true });
  await rule.getByLabel('At most (threats)').fill('none');
  await page.getByRole('button', { name: 'Preview who would fail' }).click();
  await rule.getByText('Give a number').waitFor();
  await rule.getByLabel('About').selectOption('min_mitigation_ratio');
  await rule.getByLabel('At least (%)').fill('150');
  await page.getByRole('button', { name: 'Preview who would fail' }).click();
  await rule.getByText('Give a decimal from 0 to 1').waitFor();
  await rule.getByLabel('At least (%)').fill('99.5');
  await rule.getByText('At least 99.5 % of the threats are mitigated').waitFor();
  await page.getByRole('button', { name: 'Preview who would fail' }).click();
  await page.getByText('1 product would newly fail').waitFor();
  await page.getByText('(1 of them at once, because they have this policy)').waitFor();
  const firstRow = page.getByRole('table', { name: 'Products' }).getByRole('row').nth(1);
  await firstRow.getByText('Newly fails').waitFor();
  await firstRow.getByRole('link', { name: 'Risky' }).waitFor();
  await look('policy form, preview of a change');
  await page.getByLabel('In effect from').fill('2999-01-31');
  await page.getByText('The form has changed since this preview').waitFor();
  // A server that is busy: nothing typed is lost, and the second attempt succeeds.
  let isBusy = true;
  await page.route(`**/api/policies/${name}`, (route) =>
    isBusy && route.request().method() === 'PUT'
      ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"type":"about:blank","title":"x","status":503,"detail":"The server is stopping."}' })
      : route.continue(),
  );
  const save = page.getByRole('button', { name: 'Save as the next version' });
  await save.click();
  await page.getByRole('alert').filter({ hasText: 'The server is stopping.' }).waitFor();
  assert.equal(await rule.getByLabel('At least (%)').inputValue(), '99.5');
  isBusy = false;
  await save.click();
  await page.getByText('In effect from 31 Jan 2999 (UTC)').waitFor();
  const saved = (await server.ask('GET', `/api/policies/${name}`)).json();
  assert.deepEqual([saved.version, saved.effective_from, saved.rules], [
    2, '2999-01-31', [{ rule: 'min_mitigation_ratio', limit: 0.995, mode: 'fail' }],
  ]);
});

onEveryScreen(test, 'two people edit a policy at once', server, { token: admin }, async (visit, screen) => {
  const { page, look } = visit;
  const name = `shared-${screen.viewport.width}`;
  await define(name, onePolicy);
  await page.goto(`/policies/${name}?edit=yes`);
  const rule = page.getByRole('group', { name: 'Rule 1', exact: true });
  await rule.getByLabel('At most (threats)').fill('2');
  await define(name, [{ rule: 'max_unmitigated', severity: 'high', limit: 7 }, { rule: 'max_unscored', limit: 0 }]);
  // The news arrives, and what is typed stays.
  await page.getByText('Version 2 was defined by').waitFor();
  assert.equal(await rule.getByLabel('At most (threats)').inputValue(), '2');
  const save = page.getByRole('button', { name: 'Save as the next version' });
  await save.click();
  const dialog = page.getByRole('dialog', { name: 'The policy was changed by somebody else' });
  const differing = dialog.getByRole('row').filter({ hasText: 'Differs' });
  await differing.filter({ hasText: 'At most 7 threats of high severity or above are open' })
    .filter({ hasText: 'At most 2 threats of high severity or above are open' }).waitFor();
  await differing.filter({ hasText: 'No threat is without a severity' }).filter({ hasText: 'Not there' }).waitFor();
  assert.equal(await differing.count(), 2);
  await look('policy form, conflict');
  const version = async () => (await server.ask('GET', `/api/policies/${name}`)).json().version;
  assert.equal(await version(), 2);
  // It changes once more while the question is open: the answer was about version 2 only.
  await define(name, [{ rule: 'max_unscored', limit: 5 }]);
  await dialog.getByRole('button', { name: 'Save mine instead' }).click();
  await dialog.getByText('On the server: version 3').waitFor();
  assert.equal(await version(), 3);
  await dialog.getByRole('button', { name: 'Discard mine, go on from version 3' }).click();
  await page.getByText('You edit version 3').waitFor();
  await rule.getByLabel('At most (threats)').fill('6');
  await save.click();
  await page.waitForURL((url) => !url.searchParams.has('edit'));
  await page.getByText('At most 6 threats are without a severity').waitFor();
  assert.equal(await version(), 4);
});

onEveryScreen(test, 'give a policy to products, and remove it', server, { token: admin }, async (visit, screen) => {
  const { page, look } = visit;
  const name = `given-${screen.viewport.width}`;
  await define(name, onePolicy);
  await server.make('PUT', `/api/products/${clean}/policy`, { policy: 'every-rule' });
  await page.goto(`/policies/${name}`);
  await page.getByText('No product that you may see has this policy').waitFor();
  await page.getByRole('button', { name: 'Assign to products…' }).click();
  const dialog = page.getByRole('dialog', { name: `Assign ${name} to products` });
  await dialog.getByLabel('Search products').fill('clean');
  await dialog.getByLabel('Select Clean', { exact: true }).check();
  await dialog.getByLabel('Search products').fill('');
  await dialog.getByLabel(`Select ${hostile.script}`).check();
  await dialog.getByText('1 of them has another policy').waitFor();
  await dialog.getByLabel('Enforced').check();
  await dialog.getByLabel('Reason').fill('Handles card data');
  await look('policy, give to products');
  // Somebody else gives one of them another policy at the same moment.
  let isFirst = true;
  await page.route(`**/api/products/${clean}/policy`, async (route) => {
    if (isFirst) await server.make('PUT', `/api/products/${clean}/policy`, { policy: 'every-rule', enforced: true });
    isFirst = false;
    await route.continue();
  });
  await dialog.getByRole('button', { name: 'Assign it to 2 products' }).click();
  await dialog.getByRole('alert').filter({ hasText: 'Clean: Somebody else has changed it at the same time' }).waitFor();
  await look('policy, not given to all');
  await dialog.getByText('every-rule, enforced').first().waitFor();
  await dialog.getByRole('button', { name: 'Assign it to 1 product' }).click();
  await dialog.waitFor({ state: 'detached' });
  const products = page.getByRole('table', { name: 'Products' });
  await products.getByRole('link', { name: 'Clean' }).waitFor();
  assert.deepEqual((await server.ask('GET', `/api/products/${clean}`)).json().policy, { name, enforced: true });

  await page.getByRole('button', { name: 'Remove…' }).click();
  const question = page.getByRole('dialog', { name: `Remove the policy ${name}?` });
  await question.getByText('2 products have it').waitFor();
  await question.getByRole('button', { name: 'Remove the policy' }).click();
  await question.getByRole('alert').filter({ hasText: 'give them another one, or none, first' }).waitFor();
  await look('policy, remove');
  for (const { id, policy } of (await server.ask('GET', '/api/products?limit=1000')).json()) {
    if (policy?.name === name) await server.make('PUT', `/api/products/${id}/policy`, { policy: null });
  }
  await question.getByLabel('Reason').fill('No longer needed');
  await question.getByRole('button', { name: 'Remove the policy' }).click();
  await page.getByRole('heading', { name: 'Policies' }).waitFor();
  await page.getByRole('table', { name: 'Policies' }).getByRole('link', { name: 'The policy every-rule' }).waitFor();
  assert.equal((await server.ask('GET', `/api/policies/${name}`)).status, 404);
  // A policy that somebody else defines appears by itself.
  await define(`seen-${screen.viewport.width}`, onePolicy);
  await page.getByRole('link', { name: `The policy seen-${screen.viewport.width}` }).waitFor();
});
