// Editing threats and mitigations: alone, two at once, without a connection, and many at a time.
import assert from 'node:assert/strict';
import test from 'node:test';

import { onEveryScreen, open, start } from './browser.mjs';

const server = await start();
const issue = async (name, role) => (await server.make('POST', '/api/api-tokens', { name, role })).token;
const editor = await issue('Ada', 'editor');
const other = await issue('Grace', 'editor');
const hostile = '<img src=x onerror=alert(1)> \u202etfel';

// Every test has a product of its own.
async function makeProduct(threats = [{ name: hostile, severity: 'high', diagram: 'Checkout', element_id: 'node-7' }]) {
  const { id } = await server.make('POST', '/api/products', { name: 'Payments API' });
  if (threats.length > 0) {
    await server.make('POST', `/api/products/${id}/events`, threats.map((data) => ({ type: 'threat.identified', data })));
  }
  return id;
}
const read = async (path) => (await server.ask('GET', `/api/products/${path}`)).json();
const eventsOf = async (product, query = '') =>
  (await server.ask('GET', `/api/products/${product}/events?limit=1000${query}`)).text.split('\n').filter(Boolean).map(JSON.parse);
const press = (page, ...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());

onEveryScreen(test, 'record a threat with the keyboard', server, { token: editor, path: '/' }, async ({ page, look }) => {
  const product = await makeProduct([]);
  await page.goto(`/products/${product}/threats`);
  await page.getByRole('link', { name: 'New threat' }).press('Enter');
  const form = page.getByRole('form', { name: 'New threat' });
  await form.getByRole('button', { name: 'Record the threat' }).press('Enter');
  // The fault of the server stands beside the field, which has the focus.
  const name = form.getByLabel('Name', { exact: true });
  await form.locator('.field.invalid').filter({ has: page.getByLabel('Name', { exact: true }) }).waitFor();
  await look('new threat with a fault');
  await name.focus();
  await page.keyboard.type('Somebody replays a payment');
  // Through the ways of scoring into the matrix: likelihood 4, impact 5.
  await press(page, 'Tab', 'Tab');
  await press(page, 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'Space');
  await form.getByText('Critical: likelihood 4 × impact 5 = 20').waitFor();
  await press(page, 'ArrowDown', 'ArrowLeft', 'Enter');
  await form.getByText('High: likelihood 3 × impact 4 = 12').waitFor();
  await look('new threat');
  await press(page, 'Tab');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SELECT');
  await page.keyboard.type('Acc');
  await form.getByText('Required: an auditor will ask why.').waitFor();
  await form.getByRole('button', { name: 'Record the threat' }).press('Enter');
  await form.getByText(/Give a reason/).waitFor();
  await form.getByLabel('Reason', { exact: true }).fill('The bank refunds it');
  await form.getByLabel('On behalf of').fill('The owner');
  await form.getByRole('button', { name: 'Record the threat' }).press('Enter');
  await page.waitForURL(`**/products/${product}/threats/1`);
  await page.getByRole('heading', { name: 'Somebody replays a payment' }).waitFor();
  const threat = await read(`${product}/threats/1`);
  assert.deepEqual([threat.likelihood, threat.impact, threat.severity, threat.status], [3, 4, 'high', 'accepted']);
  const event = (await eventsOf(product)).at(-1);
  assert.deepEqual([event.reason, event.onbehalfof], ['The bank refunds it', 'The owner']);
});

onEveryScreen(test, 'a proxy that weakens or removes the tag of a state', server, { token: editor, path: '/' }, async ({ page }) => {
  const product = await makeProduct();
  let change = (headers) => ({ ...headers, etag: `W/${headers.etag}` });
  await page.route(`**/api/products/${product}/threats/1`, async (route) => {
    if (route.request().method() !== 'GET') return await route.continue();
    const response = await route.fetch();
    return await route.fulfill({ response, headers: change(response.headers()) });
  });
  await page.goto(`/products/${product}/threats/1`);
  const edit = async (name) => {
    await page.getByRole('button', { name: 'Edit', exact: true }).press('Enter');
    const form = page.getByRole('form', { name: 'Edit the threat' });
    await form.getByLabel('Name', { exact: true }).fill(name);
    await form.getByRole('button', { name: 'Save' }).press('Enter');
  };
  await edit('Weakened');
  await page.getByRole('heading', { name: 'Weakened' }).waitFor();
  assert.equal((await read(`${product}/threats/1`)).name, 'Weakened');
  change = ({ etag, ...headers }) => headers;
  await page.goto(`/products/${product}/threats/1`);
  await edit('Unprotected');
  await page.getByText('The answer has no ETag').first().waitFor();
  assert.equal((await read(`${product}/threats/1`)).name, 'Weakened');
});

onEveryScreen(test, 'edit, score alone, remove', server, { token: editor, path: '/' }, async ({ page, look }) => {
  const product = await makeProduct();
  await page.goto(`/products/${product}/threats/1`);
  await page.getByRole('button', { name: 'Edit', exact: true }).press('Enter');
  const form = page.getByRole('form', { name: 'Edit the threat' });
  await form.getByRole('combobox', { name: 'Severity' }).selectOption('low');
  await form.getByLabel('Comments').fill('Seen with the team\nin two lines');
  await form.getByLabel('Reason').fill('Measured again');
  await look('edit');
  // Something else of the product changes: that is no conflict.
  await server.make('POST', `/api/products/${product}/threats`, { name: 'Another' });
  await form.getByRole('button', { name: 'Save' }).press('Enter');
  await page.getByText('in two lines').waitFor();
  const threat = await read(`${product}/threats/1`);
  assert.deepEqual([threat.name, threat.severity, threat.comments], [hostile, 'low', 'Seen with the team\nin two lines']);
  await page.getByRole('link', { name: 'Accept the risk…' }).waitFor();
  await page.getByRole('button', { name: 'Remove…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Remove threat 1?' });
  await dialog.getByLabel('Reason').fill('Twice on record');
  await look('remove');
  // Somebody changes it while one is asked.
  await server.make('PATCH', `/api/products/${product}/threats/1`, { status: 'in_progress' });
  await dialog.getByRole('button', { name: 'Remove the threat' }).press('Enter');
  await dialog.getByText('Somebody has changed it meanwhile').waitFor();
  await dialog.getByText('In progress').waitFor();
  await dialog.getByRole('button', { name: 'Remove it all the same' }).press('Enter');
  await page.waitForURL(`**/products/${product}/threats`);
  assert.equal((await server.ask('GET', `/api/products/${product}/threats/1`)).status, 404);
  assert.equal((await eventsOf(product)).at(-1).reason, 'Twice on record');
});

onEveryScreen(test, 'two editors at once', server, { token: editor, path: '/' }, async ({ page, look }, screen) => {
  const product = await makeProduct();
  const second = await open(server, screen, { token: other, path: `/products/${product}/threats/1` });
  await page.goto(`/products/${product}/threats/1`);
  const forms = [];
  for (const each of [page, second.page]) {
    await each.getByRole('button', { name: 'Edit', exact: true }).click();
    forms.push(each.getByRole('form', { name: 'Edit the threat' }));
  }
  const [mine, theirs] = forms;
  await mine.getByLabel('Name', { exact: true }).fill('As Ada calls it');
  await mine.getByLabel('Description').fill('What Ada found out');
  await mine.getByLabel('Category').fill('Spoofing');
  await theirs.getByLabel('Name', { exact: true }).fill('As Grace calls it');
  await theirs.getByLabel('Comments').fill('A remark of Grace');
  await theirs.getByLabel('Reason').fill('A better name');
  await theirs.getByLabel('Category').fill('Tampering');
  await theirs.getByRole('button', { name: 'Save' }).click();
  await second.page.getByRole('heading', { name: 'As Grace calls it' }).waitFor();
  // The live change leaves alone what is being typed.
  assert.equal(await mine.getByLabel('Name', { exact: true }).inputValue(), 'As Ada calls it');
  await mine.getByRole('button', { name: 'Save' }).click();
  const dialog = page.getByRole('dialog', { name: 'Somebody else has changed this threat' });
  await dialog.getByText('Grace#').waitFor();
  await dialog.getByText('A better name').waitFor();
  assert.equal((await read(`${product}/threats/1`)).name, 'As Grace calls it', 'nothing was overwritten');
  await look('two editors');
  const name = dialog.getByRole('group', { name: 'Name' });
  await name.getByText('As Ada calls it').waitFor();
  await name.getByRole('radio', { name: /Yours/ }).press('Space');
  await dialog.getByRole('group', { name: 'Category' }).getByRole('radio', { name: /Now on the server/ }).press('Space');
  await dialog.getByRole('button', { name: 'Save what I have chosen' }).press('Enter');
  await page.getByRole('heading', { name: 'As Ada calls it' }).waitFor();
  const threat = await read(`${product}/threats/1`);
  assert.deepEqual(
    [threat.name, threat.description, threat.category, threat.comments],
    ['As Ada calls it', 'What Ada found out', 'Tampering', 'A remark of Grace'],
  );
  await second.page.getByRole('heading', { name: 'As Ada calls it' }).waitFor();
  await second.close();
});

onEveryScreen(test, 'the connection is lost while saving', server, { token: editor, path: '/' }, async ({ page, look }) => {
  const product = await makeProduct();
  await page.goto(`/products/${product}/threats?new=1`);
  const form = page.getByRole('form', { name: 'New threat' });
  await form.getByLabel('Name', { exact: true }).fill('Recorded once');
  // The server records it, and the answer is lost.
  let lost = 0;
  await page.route('**/threats', async (route) => {
    if (route.request().method() !== 'POST' || lost++ > 0) return await route.fallback();
    await route.fetch();
    return await route.abort('connectionreset');
  });
  await form.getByRole('button', { name: 'Record the threat' }).click();
  await form.getByText('it is not known whether this was saved').waitFor();
  await look('connection lost while saving');
  assert.equal(await form.getByLabel('Name', { exact: true }).inputValue(), 'Recorded once');
  await form.getByRole('button', { name: 'Save again' }).click();
  await page.getByRole('heading', { name: 'Recorded once' }).waitFor();
  assert.equal((await read(`${product}/threats`)).filter(({ name }) => name === 'Recorded once').length, 1);
  // Busy: the same for a change.
  await page.goto(`/products/${product}/threats/1`);
  let busy = true;
  await page.route('**/threats/1', (route) =>
    route.request().method() === 'PATCH' && busy
      ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"type":"about:blank","title":"Busy","status":503,"detail":"The server is busy."}' })
      : route.fallback(),
  );
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  const edit = page.getByRole('form', { name: 'Edit the threat' });
  await edit.getByLabel('Name', { exact: true }).fill('Saved in the end');
  await edit.getByRole('button', { name: 'Save' }).click();
  await edit.getByText('The server is busy.').waitFor();
  // Who leaves the form finds it again.
  await page.getByRole('button', { name: 'All threats' }).click();
  await page.getByRole('link', { name: hostile }).click();
  await page.getByRole('button', { name: 'Go on editing' }).click();
  assert.equal(await edit.getByLabel('Name', { exact: true }).inputValue(), 'Saved in the end');
  busy = false;
  await edit.getByRole('button', { name: /^Save/ }).click();
  await page.getByRole('heading', { name: 'Saved in the end' }).waitFor();
});

onEveryScreen(test, 'link from both sides', server, { token: editor, path: '/' }, async ({ page, look }) => {
  const product = await makeProduct([{ name: 'First', severity: 'high' }, { name: 'Second', severity: 'low' }]);
  await page.goto(`/products/${product}/mitigations`);
  await page.getByRole('link', { name: 'New mitigation' }).press('Enter');
  const form = page.getByRole('form', { name: 'New mitigation' });
  await form.getByLabel('Name', { exact: true }).fill('Rate limits');
  await form.getByLabel('Status').selectOption('implemented');
  await form.getByRole('button', { name: 'Choose threats…' }).press('Enter');
  const picker = page.getByRole('dialog', { name: 'Threats that the mitigation links to' });
  await picker.getByLabel('Search').fill('First');
  await picker.getByRole('checkbox', { name: 'Select 1, First' }).press('Space');
  await look('choose threats');
  await picker.getByRole('button', { name: 'Done' }).press('Enter');
  await look('new mitigation');
  await form.getByRole('button', { name: 'Record the mitigation' }).press('Enter');
  await page.getByRole('heading', { name: 'Rate limits' }).waitFor();
  await page.getByRole('link', { name: 'Threat 1: First' }).waitFor();
  await page.goto(`/products/${product}/threats/2`);
  await page.getByRole('button', { name: 'Link mitigations…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Link mitigations to threat 2' });
  await dialog.getByRole('checkbox', { name: 'Select 1, Rate limits' }).press('Space');
  await look('link mitigations');
  await dialog.getByRole('button', { name: 'Link the mitigation' }).press('Enter');
  await page.getByRole('link', { name: 'Mitigation 1: Rate limits' }).waitFor();
  assert.deepEqual((await read(`${product}/mitigations/1`)).threat_ids, [1, 2]);
  // Unlinked again in the mitigation's form.
  await page.goto(`/products/${product}/mitigations/1`);
  await page.getByRole('button', { name: 'Edit', exact: true }).press('Enter');
  await page.getByRole('button', { name: 'Unlink threat 1' }).press('Enter');
  await page.getByRole('button', { name: 'Save' }).press('Enter');
  await page.getByRole('button', { name: 'Edit', exact: true }).waitFor();
  assert.deepEqual((await read(`${product}/mitigations/1`)).threat_ids, [2]);
});

onEveryScreen(test, 'change many at once', server, { token: editor, path: '/' }, async ({ page, look }) => {
  const product = await makeProduct(Array.from({ length: 600 }, (_, index) => ({
    name: `Threat ${index + 1}`, severity: index % 2 ? 'low' : 'high', diagram: index < 400 ? 'Old' : 'New',
  })));
  await page.goto(`/products/${product}/threats?diagram=Old`);
  await page.getByText('400 of 600').waitFor();
  await page.getByRole('checkbox', { name: 'Select all' }).press('Space');
  const bar = page.getByRole('group', { name: 'Selection' });
  await bar.getByText('400 selected').waitFor();
  await page.getByRole('combobox', { name: 'Diagram' }).selectOption('New');
  await bar.getByText('400 of them are hidden by the filters').waitFor();
  await page.getByRole('combobox', { name: 'Diagram' }).selectOption('Old');
  await look('selection');
  await bar.getByRole('button', { name: 'Set the status…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Set the status of 400 threats' });
  await dialog.getByLabel('New status').selectOption('not_applicable');
  await dialog.getByRole('button', { name: 'Change 400 threats' }).press('Enter');
  await dialog.getByText(/Give a reason/).waitFor();
  await dialog.getByLabel('Reason').fill('The old checkout is gone');
  // Somebody has changed one of them meanwhile.
  await server.make('PATCH', `/api/products/${product}/threats/5`, { name: 'Still there', severity: 'critical' });
  await dialog.getByRole('button', { name: 'Change 400 threats' }).press('Enter');
  await dialog.getByText('1 of the 400 threats was changed by somebody else').waitFor();
  await dialog.getByText('Threat 5 → Still there').waitFor();
  await look('many changed meanwhile');
  assert.equal((await read(`${product}/threats/6`)).status, 'identified');
  await dialog.getByRole('button', { name: 'Leave out the 1 that changed' }).press('Enter');
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await read(`${product}/threats/5`)).status, 'identified');
  const events = await eventsOf(product, '&types=threat.status_changed');
  assert.equal(events.length, 399);
  assert.equal(new Set(events.map(({ time }) => time)).size, 1, 'one transaction');
  assert.ok(events.every(({ reason }) => reason === 'The old checkout is gone'));
  await page.getByRole('combobox', { name: 'Diagram' }).selectOption('');
  await page.locator('.row').first().getByText('Not applicable').waitFor();
  // And the rest goes.
  await page.goto(`/products/${product}/threats?diagram=New`);
  await page.getByText('200 of 600').waitFor();
  await page.getByRole('checkbox', { name: 'Select all' }).press('Space');
  await bar.getByRole('button', { name: 'Remove…' }).press('Enter');
  await page.getByRole('button', { name: 'Remove 200 threats' }).press('Enter');
  await page.getByText('0 of 400').waitFor();
});
