// Evidence: reports, recorded checks, and events whose proofs the page verifies itself.
import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { onEveryScreen, start } from './browser.mjs';

const server = await start();
const hostile = '<img src=x onerror=alert(1)> \u202egnp.live\u202c \u{1f600}';
const product = (await server.make('POST', '/api/products', { name: 'Payments API' })).id;
const at = `/api/products/${product}`;
const threat = (await server.make('POST', `${at}/threats`, { name: hostile, severity: 'high', description: 'x'.repeat(500) })).id;
await server.make('POST', `${at}/mitigations`, { name: 'Prepared statements', status: 'implemented', threat_ids: [threat] });
const { updated_at: before } = await server.make('GET', at);
await server.make('PATCH', `${at}/threats/${threat}`, { status: 'mitigated', reason: hostile, on_behalf_of: 'Grace Hopper' });
await server.make('PATCH', `${at}/threats/${threat}`, { name: 'SQL injection', likelihood: 5, impact: 5 });
const commit = '0123456789abcdef0123456789abcdef01234567';
for (const [name, digest] of [['payments-4.2.tar.gz', { gitCommit: commit, sha256: 'ab'.repeat(32) }], [hostile, { sha256: 'cd'.repeat(32) }]]) {
  await server.make('POST', `${at}/checks`, { subject: { name, digest }, fail_on_critical: true, ref: 'refs/tags/v4.2', pipeline_url: 'https://ci.example.com/1' });
}
const { token } = await server.make('POST', '/api/api-tokens', { name: 'the auditor', role: 'auditor' });

const text = async (path) => (await server.ask('GET', path)).text;
const key = (await text('/api/proof/key')).trim();
const kept = await text('/checkpoint');

// A checkpoint that the real key has signed, as a server that rewrites its log would make it.
function signed(size, root) {
  const file = readFileSync(join(server.directory, 'data', 'log-key'), 'utf8').trim();
  const [, name, id, seed] = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(file);
  const secret = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed, 'base64').subarray(1)]),
    format: 'der',
    type: 'pkcs8',
  });
  const body = `${name}\n${size}\n${root.toString('base64')}\n`;
  return `${body}\n\u2014 ${name} ${Buffer.concat([Buffer.from(id, 'hex'), sign(null, Buffer.from(body), secret)]).toString('base64')}\n`;
}

const options = { token, path: `/products/${product}/evidence/${threat}` };
const events = (page) => page.getByRole('list', { name: 'Events, newest first' }).locator('> li');
// Opens the evidence of the event with this title, and asks the page to verify it.
async function verify(page, title) {
  const event = events(page).filter({ hasText: title });
  await event.getByText('Evidence', { exact: false }).first().click();
  await event.getByRole('button', { name: 'Verify in this browser' }).click();
  return event;
}
const step = (event, name, outcome) => event.getByText(`${name}: ${outcome}`, { exact: true });
async function useOwn(page, { checkpoint = '', keys = '' }) {
  const form = page.locator('#own-evidence');
  await form.getByLabel('Checkpoint', { exact: true }).fill(checkpoint);
  await form.getByLabel('Keys').fill(keys);
  await form.getByRole('button', { name: 'Use them' }).click();
}

onEveryScreen(test, 'the events of a threat, verified in the browser', server, { ...options, path: `/products/${product}/evidence` }, async ({ page, look }) => {
  await page.getByLabel('Number of the threat').fill(String(threat));
  await page.keyboard.press('Enter');
  const event = await verify(page, 'Status of the threat changed');
  await event.getByText('on behalf of Grace Hopper').waitFor();
  await event.locator('dl').getByText('Identified', { exact: true }).waitFor();
  await event.getByText('Verified in this browser').waitFor();
  for (const name of ['Signature of the log', 'The line shown here', 'Inclusion in the log']) await step(event, name, 'verified').waitFor();
  await event.getByText('The key came from the server itself').waitFor();
  // What is shown is the line that is stored.
  const position = Number(/position (\d+)/.exec(await event.locator('summary').textContent())[1]);
  const line = (await text(`/api/events?after=${position - 1}&limit=1`)).trimEnd();
  assert.equal(await event.locator('pre.line').textContent(), line);
  // From and to follow from the events before.
  const scored = events(page).filter({ hasText: 'Threat scored' });
  assert.match((await scored.locator('dl').innerText()).replaceAll(/\s+/g, ' '), /Severity High → (changed to )?Critical/);
  assert.match(await events(page).filter({ hasText: 'Threat described' }).locator('dl').innerText(), /SQL injection/);
  await look('evidence of an event');
  const [file] = await Promise.all([page.waitForEvent('download'), event.getByRole('button', { name: 'Download the proof' }).click()]);
  assert.equal(file.suggestedFilename(), `event-${position}.tlog-proof`);
});

onEveryScreen(test, 'verified by the keyboard alone', server, options, async ({ page }) => {
  await events(page).first().waitFor();
  await page.getByRole('button', { name: 'Show its events' }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Verify in this browser' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Verify in this browser');
  await page.keyboard.press('Enter');
  await page.getByText('Verified in this browser').waitFor();
});

onEveryScreen(test, 'a moment of the past has only its events', server, { ...options, path: `${options.path}?as_of=${before}` }, async ({ page, look }) => {
  await events(page).filter({ hasText: 'Threat identified' }).waitFor();
  assert.deepEqual(await events(page).locator('strong').first().allTextContents(), ['Mitigation recorded']);
  assert.equal(await events(page).count(), 2);
  await page.getByRole('heading', { name: /^Reports as of \d/ }).waitFor();
  await look('evidence of the past');
});

onEveryScreen(test, 'growth from a checkpoint of one\'s own', server, options, async ({ page, look }) => {
  await events(page).first().waitFor();
  await useOwn(page, { checkpoint: kept.trimEnd().replaceAll('\n', '\r\n'), keys: key });
  await page.getByText(/^your checkpoint of/).waitFor();
  await server.make('PATCH', `${at}/threats/${threat}`, { comments: `seen at ${Math.random()}` });
  let event = await verify(page, 'Threat scored');
  await step(event, 'Growth from your checkpoint', 'verified').waitFor();
  await event.getByText('Verified in this browser').waitFor();
  assert.equal(await event.getByText('The key came from the server').count(), 0);
  await look('own checkpoint');
  // It is kept for the visit, and a result is not shown for another checkpoint.
  await page.reload();
  await page.getByText(/^your checkpoint of/).waitFor();
  await useOwn(page, { checkpoint: signed(4, Buffer.alloc(32, 1)), keys: key });
  event = await verify(page, 'Threat scored');
  await step(event, 'Growth from your checkpoint', 'not verified').waitFor();
  await event.getByText('The log did not grow from your checkpoint').waitFor();
  assert.equal(await event.getByText('Verified in this browser').count(), 0);
  await useOwn(page, { checkpoint: signed(1_000_000, Buffer.alloc(32, 1)), keys: '' });
  await event.getByRole('button', { name: 'Verify in this browser' }).click();
  await event.getByText('The log is shorter than your checkpoint').waitFor();
  await look('a log that was replaced');
  await page.getByRole('button', { name: 'Forget them' }).click();
  await page.getByText('Nothing of your own is used yet').waitFor();
});

onEveryScreen(test, 'files of one\'s own, and damaged ones', server, options, async ({ page, look }) => {
  const form = page.locator('#own-evidence');
  await form.locator('input[type=file]').setInputFiles({ name: 'checkpoint-1', mimeType: 'text/plain', buffer: Buffer.from(kept) });
  await page.waitForFunction(() => document.querySelector('#own-evidence textarea').value !== '');
  await form.locator('input[type=file]').setInputFiles({ name: 'log.vkey', mimeType: 'text/plain', buffer: Buffer.from(`${key}\n`) });
  await form.getByRole('button', { name: 'Use them' }).click();
  await page.getByText(/^your key of/).waitFor();
  await useOwn(page, { checkpoint: kept.replace(/^\d+$/m, '9007199254740993'), keys: key.replace(/\+.{8}\+/, '+00000000+') });
  await form.getByText('below 2^53').waitFor();
  await form.getByText('its id does not belong to its name').waitFor();
  await look('damaged checkpoint');
  // What was used before is still used.
  await page.getByText(/^your checkpoint of/).waitFor();
});

// [what, the path that answers wrongly, how, the step that fails]
const lies = [
  ['altered line', '**/history*', (body) => body.replace('"mitigated"', '"identified"'), 'The line shown here'],
  ['altered proof', '**/proof', (body) => body.replace(/^(index \d+\n)(.)/m, (all, index, first) => index + (first === 'A' ? 'B' : 'A')), 'Inclusion in the log'],
  ['altered size', '**/proof', (body) => body.replace(/\n\n([^\n]+)\n(\d+)/, (all, name, size) => `\n\n${name}\n${Number(size) + 1}`), 'Signature of the log'],
  ['truncated proof', '**/proof', (body) => body.slice(0, 40), 'Proof'],
];
onEveryScreen(test, 'a server that lies', server, options, async ({ page, picture }) => {
  await events(page).first().waitFor();
  for (const [what, path, alter, name] of lies) {
    await page.route(path, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: alter(await response.text()) });
    });
    await page.reload();
    const event = await verify(page, 'Status of the threat changed');
    await step(event, name, 'not verified').waitFor();
    await event.getByText('✕ Not verified').waitFor();
    assert.equal(await event.getByText('Verified in this browser').count(), 0, what);
    await page.unroute(path);
  }
  await picture('a lie');
});

onEveryScreen(test, 'an event that is not signed yet, and a busy server', server, options, async ({ page }) => {
  await events(page).first().waitFor();
  let answers = 0;
  await page.route('**/proof', (route) =>
    ++answers > 2
      ? route.continue()
      : route.fulfill({ status: 404, contentType: 'application/problem+json', body: '{"status":404,"detail":"No event is there."}' }),
  );
  await page.route('**/checkpoint', (route) => route.fulfill({ contentType: 'text/plain', body: signed(1, Buffer.alloc(32, 2)) }));
  const event = await verify(page, 'Threat scored');
  await event.getByText('Verified in this browser').waitFor();
  assert.equal(answers, 3);
  await page.unroute('**/proof');
  await page.route('**/proof', (route) =>
    route.fulfill({ status: 503, headers: { 'retry-after': '1' }, contentType: 'application/problem+json', body: '{"status":503,"detail":"The server is stopping."}' }),
  );
  await event.getByRole('button', { name: 'Verify again' }).click();
  await event.getByText('The server is stopping.').waitFor();
  assert.equal(await event.getByText('Verified in this browser').count(), 0);
});

onEveryScreen(test, 'reports', server, { ...options, path: `/products/${product}/evidence?as_of=${before}` }, async ({ page }) => {
  const names = { 'Report (HTML)': /\.html$/, 'Report (Word)': /\.docx$/, 'Threats and mitigations (CSV)': /\.csv$/, 'Model (JSON)': /\.json$/, 'Everything (ZIP)': /\.zip$/, SARIF: /sarif/, JUnit: /xml$/, GitLab: /json$/ };
  for (const [name, pattern] of Object.entries(names)) {
    const asked = page.waitForRequest((request) => request.url().includes('as_of='));
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: `Download ${name}` }).click()]);
    await asked;
    assert.match(file.suggestedFilename(), pattern);
  }
  await page.route('**/report.md*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"status":503,"detail":"Too many reports are being made."}' }));
  await page.getByRole('button', { name: 'Download Report (Markdown)' }).click();
  await page.getByText('Too many reports are being made.').waitFor();
});

onEveryScreen(test, 'recorded checks', server, { ...options, path: `/products/${product}/evidence` }, async ({ page, look }) => {
  const table = page.getByRole('table', { name: 'Recorded checks' });
  await table.getByRole('button', { name: 'payments-4.2.tar.gz' }).waitFor();
  await look('evidence');
  await page.getByLabel('The whole digest').fill('0123');
  await page.keyboard.press('Enter');
  await page.getByText('No check was recorded for it').waitFor();
  await page.getByLabel('The whole digest').fill(`gitCommit:${commit}`);
  await page.keyboard.press('Enter');
  await page.waitForURL(/artifact=gitCommit/);
  await table.getByRole('button', { name: 'payments-4.2.tar.gz' }).click();
  const dialog = page.getByRole('dialog', { name: 'Check 1' });
  await dialog.getByText('refs/tags/v4.2', { exact: true }).waitFor();
  for (const [format, name] of [['DSSE', 'check-1.dsse.json'], ['Sigstore bundle', 'check-1.sigstore.json']]) {
    const [file] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: `(${format})` }).click()]);
    assert.equal(file.suggestedFilename(), name);
  }
  await dialog.getByRole('button', { name: 'Verify in this browser' }).click();
  await dialog.getByText('Verified in this browser').waitFor();
  await look('a check');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.getByLabel('Find by').selectOption('name');
  await page.getByRole('textbox', { name: 'The whole name' }).or(page.getByRole('searchbox', { name: 'The whole name' })).fill('payments-4.2.tar.gz');
  await page.keyboard.press('Enter');
  await page.waitForURL(/artifact=payments/);
  await table.getByRole('button', { name: 'payments-4.2.tar.gz' }).waitFor();
  await page.getByLabel('Find by').selectOption('digest');
  await page.getByRole('alert').first().waitFor();
});

onEveryScreen(test, 'the checkpoint of now', server, { ...options, path: `/products/${product}/evidence` }, async ({ page }) => {
  await page.getByText('This server has no witnesses').waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the checkpoint' }).click()]);
  assert.match(readFileSync(await file.path(), 'utf8'), /^threatatlas\/[0-9a-f]{16}\n\d+\n/);
  // Witnesses, as a server that has one answers.
  await page.route('**/readyz', (route) => route.fulfill({ json: { status: 'ready', witnesses: [{ name: 'witness.example/1', cosigned_events: 3, lags: true, detail: 'It cannot be reached.' }] } }));
  await page.route('**/checkpoint/witnessed', (route) => route.fulfill({ contentType: 'text/plain', body: kept }));
  await page.reload();
  await page.getByText('Lags behind. It cannot be reached.').waitFor();
  await page.getByRole('button', { name: 'Download the witnessed checkpoint' }).waitFor();
});
