// Threats and mitigations as tables: finding, sorting, reading at any moment, following live changes.
import assert from 'node:assert/strict';
import test from 'node:test';

import { onEveryScreen, open, screens, start } from './browser.mjs';

const server = await start();
const hostile = [
  '<img src=x onerror=alert(1)>',
  '\u202egnp.exe right to left \u05d0\u05d1\u05d2',
  'x'.repeat(500),
  '🔥🧨 burning "quotes" & ampersands',
];
const { token: editor } = await server.make('POST', '/api/api-tokens', { name: 'the editor', role: 'editor' });
const { token: auditor } = await server.make('POST', '/api/api-tokens', { name: 'the auditor', role: 'auditor' });

const severities = ['critical', 'high', 'medium', 'low'];
async function makeProduct(name, threats) {
  const { id } = await server.make('POST', '/api/products', { name });
  if (threats.length > 0) {
    await server.make('POST', `/api/products/${id}/events`, threats.map((data) => ({ type: 'threat.identified', data })));
  }
  return id;
}

// 60 threats: 15 of each severity, in three diagrams; 1 to 4 with hostile names.
const product = await makeProduct('Payments API', Array.from({ length: 60 }, (_, index) => ({
  name: hostile[index] ?? `Threat number ${String(index).padStart(2, '0')}`,
  severity: severities[index % 4],
  diagram: `Diagram ${index % 3}`,
  element_id: `node-${index % 10}`,
  description: index === 30 ? 'A needle in the description' : undefined,
  comments: index === 31 ? 'A needle in the comments' : undefined,
  external_id: index === 32 ? 'NEEDLE-32' : undefined,
})));
const base = `/products/${product}`;
await server.make('POST', `/api/products/${product}/mitigations`, {
  name: hostile[0], status: 'implemented', threat_ids: [1, 2, 33], description: 'What it does.\nIn two lines.',
});
await server.make('POST', `/api/products/${product}/mitigations`, {
  name: 'Rate limits', status: 'proposed', diagram: 'Diagram 1', element_id: 'node-7',
});
const beforeChange = (await server.make('PATCH', `/api/products/${product}/threats/12`, { name: 'Called so at first' })).updated_at;
await server.make('PATCH', `/api/products/${product}/threats/12`, { name: 'Called otherwise now' });

const rowsOf = (page, label = 'Threats') => page.getByRole('table', { name: label }).locator('.row');
const state = (page, text) => page.locator('.register-state').filter({ hasText: text }).waitFor();

// A menu of check boxes, opened, used, and closed as with the keyboard.
async function choose(page, menu, names) {
  const element = page.locator('.choice-menu').filter({ has: page.locator('.menu-label', { hasText: menu }) });
  await element.locator('summary').focus();
  await page.keyboard.press('Enter');
  for (const name of names) await element.getByRole('checkbox', { name, exact: true }).press('Space');
  await page.keyboard.press('Escape');
}

onEveryScreen(test, 'find threats', server, { token: auditor, path: `${base}/threats` }, async ({ page, look }, screen) => {
  await state(page, '60 threats');
  await look('register');
  await choose(page, 'Severity', ['Critical', 'High']);
  await state(page, '30 of 60');
  await page.getByRole('combobox', { name: 'Diagram' }).selectOption('Diagram 2');
  await state(page, '10 of 60');
  await page.waitForURL(/severity=critical%2Chigh.*diagram=Diagram\+2/);
  await look('register filtered');
  // The address alone shows the same.
  await page.reload();
  await state(page, '10 of 60');
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await page.getByRole('combobox', { name: 'Coverage' }).selectOption('Covered');
  await state(page, '3 of 60');
  await page.getByRole('combobox', { name: 'Coverage' }).selectOption('Any');
  await page.getByRole('searchbox').fill('needle');
  await state(page, '3 of 60');
  await page.getByRole('searchbox').fill('nothing like this');
  await page.getByText('No threat matches the filters').waitFor();
  await look('register without matches');
  await page.getByRole('searchbox').fill('');
  await state(page, '60 threats');
  if (screen.name.startsWith('narrow')) return;
  await page.getByRole('button', { name: 'Threat', exact: true }).press('Enter');
  await page.getByRole('columnheader', { name: 'Threat' }).and(page.locator('[aria-sort=ascending]')).waitFor();
  await page.getByRole('button', { name: /^Severity/ }).click();
  await rowsOf(page).first().filter({ hasText: 'Critical' }).waitFor();
  await page.getByRole('button', { name: /^Severity/ }).click();
  await page.waitForURL(/sort=-severity/);
  await rowsOf(page).first().filter({ hasText: 'Low' }).waitFor();
  await choose(page, 'Columns', ['External id', 'Diagram']);
  await page.getByRole('columnheader', { name: 'External id' }).waitFor();
  assert.equal(await page.getByRole('columnheader', { name: 'Diagram' }).count(), 0);
  await page.waitForURL((url) => {
    const columns = url.searchParams.get('columns') ?? '';
    return columns.includes('external_id') && !columns.includes('diagram');
  });
  await page.reload();
  await page.getByRole('columnheader', { name: 'External id' }).waitFor();
});

onEveryScreen(test, 'read a threat now and then', server, { token: auditor, path: `${base}/threats` }, async ({ page, look }) => {
  await state(page, '60 threats');
  // With the keyboard: into the table, down two rows, and into the panel.
  await rowsOf(page).first().getByRole('link').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**${base}/threats/3`);
  await page.getByRole('heading', { name: hostile[2] }).waitFor();
  await look('threat with a long name');
  await page.getByRole('button', { name: 'All threats' }).press('Enter');
  await page.goto(`${base}/threats/1`);
  const panel = page.getByRole('region', { name: 'Threat 1', exact: true });
  await panel.getByRole('link', { name: /Mitigation 1/ }).waitFor();
  await panel.getByText('Nobody has asked to accept this risk').waitFor();
  await look('threat');
  assert.equal(await page.getByRole('button', { name: 'Edit' }).count(), 0, 'an auditor cannot edit');
  await panel.getByRole('link', { name: /Mitigation 1/ }).click();
  await page.getByRole('region', { name: 'Mitigation 1' }).getByText('What it does.').waitFor();
  await page.getByRole('link', { name: /^Threat 33/ }).waitFor();
  await look('mitigation');
  await page.goBack();
  await page.goto(`${base}/threats/12?as_of=${beforeChange}`);
  await page.getByRole('heading', { name: 'Called so at first' }).waitFor();
  await page.goto(`${base}/threats/12`);
  await page.getByRole('heading', { name: 'Called otherwise now' }).waitFor();
  await page.goto(`${base}/threats/4711`);
  await page.getByText('Not found').waitFor();
});

onEveryScreen(test, 'mitigations', server, { token: auditor, path: `${base}/mitigations` }, async ({ page, look }) => {
  await page.locator('.register-state').filter({ hasText: '2 mitigations' }).waitFor();
  await look('mitigations');
  await choose(page, 'Status', ['Proposed']);
  await page.locator('.register-state').filter({ hasText: '1 of 2' }).waitFor();
  await page.getByRole('link', { name: 'Rate limits' }).click();
  await page.getByText('so it covers every threat on its element').waitFor();
  await page.getByRole('link', { name: /^Threat 8/ }).waitFor();
  await look('mitigation on an element');
});

onEveryScreen(test, 'nobody can write in the past', server, { token: editor, path: `${base}/threats/12?as_of=${beforeChange}` }, async ({ page }) => {
  await page.getByRole('heading', { name: 'Called so at first' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Edit' }).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'New threat' }).count(), 0);
});

onEveryScreen(test, 'a product without threats', server, { token: editor, path: '/' }, async ({ page, look }) => {
  const id = await makeProduct('Empty', []);
  await page.goto(`/products/${id}/threats`);
  await page.getByText('No threats are on record').waitFor();
  await look('register without threats');
});

onEveryScreen(test, 'the list cannot be read at first', server, { token: editor, path: '/' }, async ({ page, look }) => {
  let isBroken = true;
  await page.route('**/threats?limit=1000', (route) =>
    isBroken ? route.fulfill({ status: 503, headers: { 'retry-after': '1' }, body: '' }) : route.fallback(),
  );
  await page.goto(`${base}/threats`);
  await page.getByText('The server is busy or starting').waitFor();
  await look('register that cannot be read');
  isBroken = false;
  await state(page, '60 threats');
});

onEveryScreen(test, 'a live change keeps place and selection', server, { token: editor, path: '/' }, async ({ page }) => {
  const id = await makeProduct('Live', Array.from({ length: 3_000 }, (_, index) => ({ name: `Threat ${index}`, severity: 'low' })));
  await page.goto(`/products/${id}/threats`);
  await state(page, '3,000 threats');
  const scrolled = page.locator('.scrolled');
  await scrolled.evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
  const middle = page.locator('.row').nth(10);
  await middle.getByRole('checkbox').press('Space');
  await page.getByText('1 selected').waitFor();
  const top = await scrolled.evaluate((element) => element.scrollTop);
  const index = await middle.getAttribute('data-index');
  const lists = [];
  page.on('request', (request) => /threats\?/.test(request.url()) && lists.push(request.url()));
  const changed = Number(index) + 1;
  await server.make('PATCH', `/api/products/${id}/threats/${changed}`, { severity: 'critical' });
  await page.locator(`.row[data-index="${index}"]`).getByText('Critical').waitFor();
  assert.equal(await scrolled.evaluate((element) => element.scrollTop), top);
  assert.ok(await page.locator(`.row[data-index="${index}"]`).getByRole('checkbox').isChecked());
  assert.deepEqual(lists, [], 'one change reads one threat');
  await server.ask('DELETE', `/api/products/${id}/threats/${changed}`);
  await state(page, '2,999 threats');
  // A mitigation changes the coverage of the threats that it names.
  await server.make('POST', `/api/products/${id}/mitigations`, { name: 'Shield', status: 'verified', threat_ids: [changed + 1] });
  await page.locator(`.row[data-index="${index}"]`).getByText('✓ Covered').waitFor();
  assert.deepEqual(lists, []);
});

test('20,000 threats', async () => {
  const id = await makeProduct('Large', Array.from({ length: 20_000 }, (_, index) => ({
    name: `Threat ${index} of a large product`,
    severity: severities[index % 4],
    diagram: `Diagram ${index % 40}`,
    element_id: `node-${index % 100}`,
    description: `How somebody could do harm with number ${index}, in a sentence of the usual length.`,
  })));
  const visit = await open(server, screens[0], { token: editor, path: '/' });
  const { page } = visit;
  const measured = {};
  const measure = async (name, action) => {
    await page.evaluate(() => (globalThis.longTasks = []));
    await action();
    measured[name] = await page.evaluate(() => globalThis.longTasks);
  };
  await page.goto(`/products/${id}/threats`);
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longTasks.push(Math.round(duration));
    }).observe({ type: 'longtask', buffered: true });
  });
  await page.locator('.row').first().waitFor();
  await measure('loading', () => state(page, /^20,000 threats$/));
  await measure('scrolling', async () => {
    for (let part = 1; part <= 20; ++part) {
      await page.locator('.scrolled').evaluate((element, share) => (element.scrollTop = element.scrollHeight * share), part / 20);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    }
    await page.getByText('Threat 19999 of a large product').waitFor();
  });
  await measure('typing', async () => {
    await page.getByRole('searchbox').pressSequentially('number 1999', { delay: 30 });
    await state(page, '12 of 20,000');
    await page.getByRole('searchbox').fill('');
    await state(page, /^20,000 threats$/);
  });
  await measure('filtering', async () => {
    await page.getByRole('combobox', { name: 'Diagram' }).selectOption('Diagram 7');
    await state(page, '500 of 20,000');
    await page.getByRole('combobox', { name: 'Diagram' }).selectOption('');
    await state(page, /^20,000 threats$/);
  });
  await measure('sorting', async () => {
    await page.getByRole('button', { name: 'Threat', exact: true }).click();
    await page.getByRole('button', { name: /^Severity/ }).click();
    await page.locator('[aria-sort=ascending]').filter({ hasText: 'Severity' }).waitFor();
  });
  await measure('selecting all', async () => {
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    await page.getByText('20,000 selected').waitFor();
  });
  await measure('a live change', async () => {
    await server.make('PATCH', `/api/products/${id}/threats/1`, { name: 'Aardvark', severity: 'critical' });
    await page.locator('.scrolled').evaluate((element) => (element.scrollTop = 0));
    await page.getByText('Aardvark').waitFor();
  });
  for (const [name, tasks] of Object.entries(measured)) {
    console.log(`# tasks over 50 ms while ${name}: ${tasks.length === 0 ? 'none' : `${tasks.join(', ')} ms`}`);
  }
  await visit.close();
});
