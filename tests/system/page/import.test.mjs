// Importing threat models of other tools: the plan, recording it, and everything that may go wrong.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { onEveryScreen, start } from './browser.mjs';

const server = await start();
const hostile = '<img src=x onerror=alert(1)> \u202egnp.live\u202c \u{1f600}';
const { token } = await server.make('POST', '/api/api-tokens', { name: 'the editor', role: 'editor' });
const auditor = await server.make('POST', '/api/api-tokens', { name: 'the auditor', role: 'auditor' });
await server.make('PUT', '/api/policies/base', { title: 'No critical threat', rules: [{ rule: 'max_threats', severity: 'critical', limit: 0 }] });
let products = 0;
async function newProduct() {
  const { id } = await server.make('POST', '/api/products', { name: `Meters ${++products}` });
  await server.make('PUT', `/api/products/${id}/policy`, { policy: 'base' });
  return id;
}

// A model of Threat Dragon, version 2, with these threats.
function threatDragon(threats) {
  return JSON.stringify({
    version: '2.4.0',
    summary: { title: 'Meters', owner: '', description: '', id: 0 },
    detail: {
      contributors: [], reviewer: '', diagramTop: 1, threatTop: threats.length,
      diagrams: [{
        id: 0, title: 'Gateway', diagramType: 'STRIDE', version: '2.4.0',
        cells: [{
          id: 'cell-1', shape: 'process',
          data: {
            type: 'tm.Process', name: 'Gateway',
            threats: threats.map(([title, severity], index) => ({
              id: `threat-${index}`, number: index + 1, title, type: 'Tampering', modelType: 'STRIDE', severity,
              status: 'Open', description: '', mitigation: index === 0 ? 'Meters sign their readings' : '',
            })),
          },
        }],
      }],
    },
  }, null, 2);
}
const fileOf = (content, name = 'threat-model.json') => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });
const options = { token };
const plan = (page) => page.getByRole('region', { name: 'Plan' });
const count = (page, name) => plan(page).locator('dl.plan-counts > div').filter({ hasText: name }).locator('dd');
async function open(page, product, query = '') {
  await page.goto(`/products/${product}/import${query}`);
  await page.getByRole('heading', { name: 'Import a threat model' }).waitFor();
}
async function paste(page, text) {
  await page.getByText('Or paste its text').click();
  await page.getByLabel('Text of the threat model').fill(text);
  await page.getByRole('button', { name: 'Use this text' }).click();
}

onEveryScreen(test, 'a file: plan, record, import again', server, options, async ({ page, look }) => {
  const product = await newProduct();
  await open(page, product);
  await look('import');
  await page.locator('input[type=file]').setInputFiles(fileOf(threatDragon([[hostile, 'Critical'], ['A flood of readings', 'TBD']])));
  await plan(page).getByText('threat-dragon', { exact: false }).first().waitFor();
  assert.equal(await count(page, 'Added').textContent(), '3');
  await plan(page).getByRole('table', { name: 'Added' }).getByText(hostile).waitFor();
  await look('import plan');
  assert.deepEqual((await server.ask('GET', `/api/products/${product}/threats`)).json(), [], 'nothing is recorded by a plan');
  await plan(page).getByLabel('Reason').fill('Review of spring');
  await plan(page).getByRole('button', { name: 'Record these changes' }).click();
  const result = page.getByRole('region', { name: 'Result' });
  await result.getByText('3 added, 0 changed, 0 removed').waitFor();
  await result.getByText('Fail').waitFor();
  assert.deepEqual((await result.locator('.tag.verdict').allInnerTexts()).map((words) => words.replaceAll(/\W/g, '')), ['Pass', 'Fail']);
  await look('import result');
  const events = (await server.ask('GET', `/api/products/${product}/events?types=threat.identified`)).text.trim().split('\n');
  assert.deepEqual(events.map((line) => JSON.parse(line).reason), ['Review of spring', 'Review of spring']);
  // The next version: one changed, one gone.
  await result.getByRole('button', { name: 'Import another file' }).click();
  await page.locator('input[type=file]').setInputFiles(fileOf(threatDragon([[hostile, 'Low']])));
  await plan(page).getByRole('button', { name: 'Changed' }).waitFor();
  await plan(page).getByRole('table', { name: 'Changed' }).getByText('severity', { exact: false }).first().waitFor();
  await plan(page).getByRole('button', { name: 'Missing in the file' }).click();
  await plan(page).getByRole('table', { name: 'Missing in the file' }).getByText('A flood of readings').waitFor();
  await page.getByRole('radio', { name: /^Remove them/ }).check();
  await plan(page).getByRole('button', { name: 'Removed or set aside' }).click();
  await plan(page).getByRole('table', { name: 'Removed or set aside' }).getByText('A flood of readings').waitFor();
  await plan(page).getByRole('button', { name: 'Record these changes' }).click();
  await result.getByText('0 added, 1 changed, 1 removed').waitFor();
  await result.getByRole('link', { name: 'See the changes' }).click();
  await page.waitForURL(new RegExp(`/products/${product}/changes\\?from=`));
});

onEveryScreen(test, 'text, by the keyboard alone', server, options, async ({ page }) => {
  const product = await newProduct();
  await open(page, product);
  await page.locator('input[type=file]').focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByLabel('Text of the threat model').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.insertText('name;severity;status\nReadings are forged;critical;identified\n');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByLabel('Reason').waitFor();
  await page.getByLabel('Reason').focus();
  await page.keyboard.type('by hand');
  await page.keyboard.press('Enter');
  await page.getByText('1 added, 0 changed').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'The changes are recorded');
});

onEveryScreen(test, 'broken files', server, options, async ({ page, look }) => {
  await open(page, await newProduct());
  const broken = threatDragon([['Readings are forged', 'High']]).replace('"severity": "High"', '"severity": High');
  await paste(page, broken);
  await page.getByRole('alert').getByText(/line \d+, column \d+/).waitFor();
  await page.locator('pre.excerpt').getByText('"severity":').waitFor();
  await look('broken file');
  await page.getByRole('button', { name: 'Change the text' }).click();
  assert.equal(await page.getByLabel('Text of the threat model').inputValue(), broken);
  await page.locator('input[type=file]').setInputFiles(fileOf('nothing,of,use\n1,2,3\n', 'table.csv'));
  await page.getByRole('alert').getByText('The file could not be read').waitFor();
  await page.getByRole('button', { name: 'Choose another' }).click();
  const requests = [];
  page.on('request', (request) => requests.push(request.method()));
  const large = join(server.directory, 'large.json');
  writeFileSync(large, Buffer.alloc(16 * 1_048_576 + 1, ' '));
  await page.locator('input[type=file]').setInputFiles(large);
  await page.getByText('larger than 16 MiB').waitFor();
  assert.ok(!requests.includes('POST'));
});

onEveryScreen(test, 'a product that changes meanwhile, and a server that fails', server, options, async ({ page, look }) => {
  const product = await newProduct();
  await open(page, product);
  // Nothing tells the page about the change before it records.
  await page.route('**/events?*', (route) => route.abort());
  // Dropped, as from another window.
  const content = threatDragon([['Readings are forged', 'High']]);
  await page.locator('.file-drop').evaluate((target, text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], 'dropped.json'));
    target.dispatchEvent(new DragEvent('dragover', { dataTransfer, bubbles: true, cancelable: true }));
    target.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, content);
  await plan(page).getByLabel('Reason').fill('kept');
  await server.make('POST', `/api/products/${product}/threats`, { name: 'Made by somebody else' });
  const record = plan(page).getByRole('button', { name: 'Record these changes' });
  await record.click();
  await plan(page).getByText('Somebody has changed the product meanwhile').waitFor();
  assert.equal((await server.ask('GET', `/api/products/${product}/threats`)).json().length, 1);
  assert.equal(await plan(page).getByLabel('Reason').inputValue(), 'kept');
  await look('planned again');
  const keys = [];
  await page.route('**/import?*', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    // The first time it is recorded, and the answer is lost.
    const response = await route.fetch();
    if (keys.length > 1) return route.fulfill({ response });
    return route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"status":503,"detail":"The outcome is unknown."}' });
  });
  await record.click();
  await page.getByText('The outcome is unknown.').waitFor();
  assert.equal(await plan(page).getByLabel('Reason').inputValue(), 'kept');
  await record.click();
  await page.getByText('2 added, 0 changed').waitFor();
  assert.equal(keys[0], keys[1]);
  assert.equal((await server.ask('GET', `/api/products/${product}/threats`)).json().length, 2);
});

onEveryScreen(test, 'conflicts, warnings and sources', server, options, async ({ page, look }) => {
  const product = await newProduct();
  const send = (text) => server.ask('POST', `/api/products/${product}/import?source=meters`, { body: text });
  assert.equal((await send('id,name,severity\n1,Readings are forged,low\n2,Readings are lost,low\n')).status, 200);
  await server.make('PATCH', `/api/products/${product}/threats/1`, { severity: 'critical' });
  await open(page, product);
  await paste(page, 'id,name,severity\n1,Readings are forged,high\n2,Readings are lost,dreadful\n');
  await page.getByLabel('Source (optional)').fill('meters');
  await page.getByLabel('Source (optional)').press('Enter');
  await plan(page).getByRole('button', { name: 'Conflicts' }).click();
  await plan(page).getByRole('table', { name: 'Conflicts' }).getByText('the value given here stays').waitFor();
  await plan(page).getByRole('button', { name: 'Warnings' }).click();
  await plan(page).getByRole('table', { name: 'Warnings' }).getByText('dreadful').waitFor();
  await look('conflicts');
  await page.getByLabel('Source (optional)').fill('a/b\\\u0007');
  await page.getByLabel('Source (optional)').press('Tab');
  await page.locator('.field.invalid .fault').waitFor();
});

onEveryScreen(test, 'a plan of 4,000 entries', server, options, async ({ page }) => {
  await open(page, await newProduct());
  const rows = Array.from({ length: 4_000 }, (_, index) => `Threat ${index} of many,low`).join('\n');
  await page.locator('input[type=file]').setInputFiles(fileOf(`name,severity\n${rows}\n`, 'many.csv'));
  await plan(page).getByText('The first 1,000 of 4,000 are listed').waitFor();
  assert.ok((await plan(page).getByRole('row').count()) < 100);
});

onEveryScreen(test, 'the past, and somebody who may not write', server, options, async ({ page, signIn, look }) => {
  const product = await newProduct();
  const { updated_at: now } = await server.make('GET', `/api/products/${product}`);
  await page.goto(`/products/${product}/import?as_of=${now}`);
  await page.getByText('A file is imported into the product as it is now').waitFor();
  assert.equal(await page.locator('input[type=file]').count(), 0);
  await look('import in the past');
  await page.getByText('the editor').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signIn(auditor.token);
  await page.goto(`/products/${product}/import`);
  await page.getByText('Only editors and administrators may import').waitFor();
});
