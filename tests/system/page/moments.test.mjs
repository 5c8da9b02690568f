// The product at any moment of its history, and two moments compared.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { onEveryScreen, start } from './browser.mjs';

const replay = process.env.THREATATLAS_REPLAY_PROGRAM;
if (!replay) throw new Error('THREATATLAS_REPLAY_PROGRAM names the tool that imports the sample: run this suite with ctest');
const sample = process.env.THREATATLAS_SAMPLE ?? fileURLToPath(new URL('../../../samples/payments-api.ndjson', import.meta.url));

const server = await start((directory) => {
  execFileSync(replay, ['--data', join(directory, 'data'), 'import', sample], { stdio: 'ignore' });
  // The sample's events may be later than this machine's clock.
  return ['--accept-clock'];
});
await server.make('PUT', '/api/policies/web-baseline', {
  title: 'Baseline for services on the web',
  rules: [{ rule: 'max_unmitigated', severity: 'high', limit: 0 }],
});
await server.make('PUT', '/api/products/1/policy', { policy: 'web-baseline' });
const { token } = await server.make('POST', '/api/api-tokens', { name: 'the auditor', role: 'auditor' });

const changes = (await server.ask('GET', '/api/products/1/timeline')).json();
// What the screen must say as of a moment.
async function ownerAt(moment) {
  return (await server.ask('GET', `/api/products/1?as_of=${encodeURIComponent(moment)}`)).json().owner_name;
}
// A small screen shows the chart when it is asked for.
async function showChart(page, { viewport }) {
  if (viewport.width < 720) await page.getByRole('button', { name: 'Show chart' }).click();
  await page.locator('.posture-chart canvas').waitFor();
}
const shownMoment = (page) => new URL(page.url()).searchParams.get('as_of');
const waitForMoment = (page, moment) => page.waitForURL((url) => url.searchParams.get('as_of') === moment);
const countOf = (page, name) => page.getByRole('region', { name: 'Verdict' }).locator('.counts div', { hasText: name }).locator('dd');

onEveryScreen(test, 'everything as of a typed moment', server, { token }, async ({ page, look }, screen) => {
  await page.goto('/products/1/overview');
  await showChart(page, screen);
  await countOf(page, /^Low/).getByText('13').waitFor();
  await look('moments: now');
  const day = '2026-03-31';
  await page.getByLabel('As of').fill(day);
  await waitForMoment(page, day);
  await page.getByText('You see everything as of the end of 31 Mar 2026').waitFor();
  const { summary } = (await server.ask('GET', `/api/products/1/security-status?as_of=${day}`)).json();
  await countOf(page, /^Mitigated/).getByText(`${summary.mitigated_threats} of ${summary.total_threats}`, { exact: true }).waitFor();
  await page.getByText(`Owner: ${await ownerAt(day)}`).waitFor();
  await look('moments: a day in the past');

  await page.getByLabel('Time (UTC)').fill('10:30:00');
  await waitForMoment(page, `${day}T10:30:00Z`);
  // A day before the registration is refused in words, and nothing else is shown.
  await page.getByLabel('As of').fill('2020-01-01');
  await page.keyboard.press('Enter');
  await page.getByText(/The product was registered on 1 Dec 2025/).waitFor();
  assert.equal(shownMoment(page), `${day}T10:30:00Z`);
  await look('moments: before the registration');
  await page.goBack();
  await waitForMoment(page, day);
  await page.getByRole('button', { name: 'Back to now' }).click();
  await waitForMoment(page, null);
});

onEveryScreen(test, 'from change to change and day to day with the keyboard', server, { token }, async ({ page }) => {
  await page.goto('/products/1/overview?as_of=2026-06-15');
  const slider = page.getByRole('slider', { name: 'Moment that is shown' });
  await slider.focus();
  await page.keyboard.press('ArrowLeft');
  await waitForMoment(page, '2026-06-14');
  await page.keyboard.press('ArrowRight');
  await waitForMoment(page, '2026-06-15');
  const times = changes.map(({ at }) => at);
  const after = times.findIndex((at) => at > '2026-06-15T23:59:59.999999Z');
  await page.keyboard.press('PageDown');
  await waitForMoment(page, times[after - 1]);
  await page.keyboard.press('PageDown');
  await waitForMoment(page, times[after - 2]);
  await page.keyboard.press('PageUp');
  await waitForMoment(page, times[after - 1]);
  await page.getByRole('button', { name: 'Next change' }).click();
  await waitForMoment(page, times[after]);
  await page.getByRole('button', { name: 'Previous change' }).click();
  await waitForMoment(page, times[after - 1]);
  await slider.focus();
  await page.keyboard.press('End');
  await waitForMoment(page, null);
  await page.keyboard.press('Home');
  await countOf(page, /^Mitigated/).getByText('0 of 0').waitFor();
});

onEveryScreen(test, 'the screen follows a drag', server, { token }, async ({ page }, screen) => {
  await page.goto('/products/1/overview');
  await showChart(page, screen);
  const plot = page.locator('.posture-chart .u-over');
  await plot.scrollIntoViewIfNeeded();
  const before = await page.evaluate(() => history.length);
  const box = await plot.boundingBox();
  // The time from an input to the first verdict of its moment on the screen.
  await page.evaluate(() => {
    const slider = document.querySelector('.moment-slider');
    const counts = document.querySelector('.counts');
    window.measured = [];
    let asked;
    document.querySelector('.u-over').addEventListener('pointermove', () => (asked ??= performance.now()), true);
    new MutationObserver(() => {
      if (asked !== undefined) window.measured.push(performance.now() - asked);
      asked = undefined;
    }).observe(counts, { subtree: true, characterData: true, childList: true });
    window.slider = slider;
  });
  const at = (part) => [box.x + box.width * part, box.y + box.height / 2];
  await page.mouse.move(...at(0.9));
  await page.mouse.down();
  for (let step = 0; step <= 60; ++step) await page.mouse.move(...at(0.9 - (step / 60) * 0.85));
  await page.mouse.up();
  // What is shown at the end belongs to the last place of the drag.
  await page.waitForURL((url) => (url.searchParams.get('as_of') ?? '9') < '2026-01');
  const moment = shownMoment(page);
  const { summary } = (await server.ask('GET', `/api/products/1/security-status?as_of=${moment}`)).json();
  await countOf(page, /^Mitigated/).getByText(`${summary.mitigated_threats} of ${summary.total_threats}`, { exact: true }).waitFor();
  // The browser's history has no entry for each place.
  assert.equal(await page.evaluate(() => history.length), before);
  const times = (await page.evaluate(() => window.measured)).sort((a, b) => a - b);
  assert.ok(times.length > 0, 'nothing followed');
  console.log(`# ${screen.name}: ${times.length} verdicts during the drag, from input to screen ${times[times.length >> 1].toFixed(0)} ms (median), ${times.at(-1).toFixed(0)} ms (longest)`);
});

onEveryScreen(test, 'the chart as a table', server, { token }, async ({ page, look }, screen) => {
  await page.goto('/products/1/overview');
  await showChart(page, screen);
  await page.getByText('The chart as a table').click();
  const table = page.getByRole('region', { name: 'The chart as a table' });
  // A heading and a row for each change.
  await table.getByRole('row').nth(changes.length).waitFor();
  assert.equal(await table.getByRole('row').count(), changes.length + 1);
  await look('moments: the chart as a table');
  await table.getByRole('link').nth(3).click();
  await waitForMoment(page, changes.at(-4).at);
  await page.getByRole('button', { name: 'Hide chart' }).click();
  await page.locator('.posture-chart').waitFor({ state: 'detached' });
  await look('moments: without the chart');
});

onEveryScreen(test, 'two dates compared, with who and why', server, { token }, async ({ page, look }) => {
  await page.goto('/products/1/changes?from=2026-06-01&to=2026-07-31');
  const threats = page.getByRole('region', { name: 'Threats changed' });
  await threats.waitFor();
  const diff = (await server.ask('GET', '/api/products/1/diff?from=2026-06-01&to=2026-07-31')).json();
  const { id, name, fields } = diff.threats.changed.find((object) => 'status' in object.fields);
  const changed = threats.getByRole('listitem').filter({ has: page.getByRole('link', { name: `Threat ${id}`, exact: true }) });
  await changed.getByText(name).first().waitFor();
  const words = (value) => value.replaceAll('_', ' ');
  await changed.getByRole('row', { name: `Status ${words(fields.status.from)} ${words(fields.status.to)}` }).waitFor();
  await changed.getByText(/#\d+.*: Threat \d+ went from/).first().waitFor();
  await look('changes: two dates compared');

  // From change to change with the keyboard, and into one.
  const list = page.getByRole('region', { name: 'Change by change' });
  const inRange = changes.filter(({ at }) => at > diff.from.at && at <= diff.to.at);
  const links = list.getByTitle('See everything as of this change');
  await links.nth(inRange.length - 1).waitFor();
  assert.equal(await links.count(), inRange.length);
  await links.first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await waitForMoment(page, inRange.at(-3).at);
  await page.goBack();
  await page.getByRole('button', { name: 'All history' }).click();
  await page.waitForURL(/from=2025-12-01/);
  await list.getByText('The product was registered').waitFor();
  await look('changes: all history');

  // Moments in the wrong order: the server's sentence is shown, and the range can be mended.
  await page.goto('/products/1/changes?from=2026-06-01&to=2026-02-01');
  await page.getByRole('alert').waitFor();
  await look('changes: a range the wrong way round');
  await page.getByRole('button', { name: '30 days' }).click();
  await page.getByRole('region', { name: 'Counts at both moments' }).waitFor();
});
