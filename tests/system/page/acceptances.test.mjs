// Accepted risks: requested by an editor, decided by an approver, in the inbox and in the product.
import assert from 'node:assert/strict';
import test from 'node:test';

import { onEveryScreen, start } from './browser.mjs';

const dayMilliseconds = 86_400_000;
const dayIn = (days) => new Date(Date.now() + days * dayMilliseconds).toISOString().slice(0, 10);
const hostile = '<img src=x onerror=alert(1)> \u202eevil\u202c 🦊 ' + 'W'.repeat(400);

const server = await start();
const issue = (role) => server.make('POST', '/api/api-tokens', { name: role, role });
const [editor, approver, auditor] = [await issue('editor'), await issue('approver'), await issue('auditor')];

// Requests as the given token would.
async function as(token, method, path, value) {
  const answer = await server.ask(method, path, {
    token,
    headers: { 'content-type': 'application/json' },
    ...(value === undefined ? {} : { body: JSON.stringify(value) }),
  });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json();
}

await as(server.adminToken, 'PUT', '/api/policies/strict', {
  title: 'No open high threat',
  rules: [{ rule: 'max_unmitigated', severity: 'high', limit: 0 }],
  acceptances: { honoured: true, max_days: 60 },
});

// A product of its own with two high threats and a mitigation, so that screens do not meet.
let made = 0;
async function product() {
  const name = `Payments ${++made}`;
  const { id } = await as(server.adminToken, 'POST', '/api/products', { name });
  const path = `/api/products/${id}`;
  await as(server.adminToken, 'PUT', `${path}/policy`, { policy: 'strict' });
  const threat = async (value) => (await as(editor.token, 'POST', `${path}/threats`, value)).id;
  const threats = [
    await threat({ name: 'Callbacks reach the inner network', severity: 'high' }),
    await threat({ name: hostile, severity: 'high' }),
    await threat({ name: 'Prices can be read', severity: 'low' }),
  ];
  const mitigation = await as(editor.token, 'POST', `${path}/mitigations`, { name: 'Outgoing proxy', status: 'implemented' });
  const request = (days, more = {}) =>
    as(editor.token, 'POST', `${path}/acceptances`, {
      threat_ids: threats.slice(0, 2),
      justification: 'The new service removes both in spring.',
      valid_until: dayIn(days),
      ...more,
    });
  return { id, name, path, threats, mitigation: mitigation.id, request };
}

onEveryScreen(test, 'request an acceptance', server, { token: editor.token }, async ({ page, look }) => {
  const { id, path, threats, mitigation } = await product();
  await page.goto(`/products/${id}/acceptances`);
  await page.getByText('No acceptance was ever requested').waitFor();
  await look('no acceptances');
  await page.getByRole('link', { name: 'Request an acceptance' }).press('Enter');
  await page.getByRole('heading', { name: 'Request an acceptance' }).waitFor();
  await page.goto(`/products/${id}/acceptances?new=1&threats=${threats[0]}`);
  await page.getByText('1 chosen').waitFor();
  await page.getByLabel('Search threats').fill('evil');
  const table = page.getByRole('table', { name: 'threats' });
  await table.getByRole('row').filter({ hasText: 'onerror' }).getByRole('checkbox').press('Space');
  await page.getByText('2 chosen').waitFor();
  await page.getByLabel('Justification').fill('The new service removes both in spring.');
  await page.getByLabel('Reference').fill('RISK-118');
  await page.getByLabel('Last day').fill(dayIn(90));
  await page.getByText('Compensating controls').press('Enter');
  await page.getByRole('table', { name: 'mitigations' }).getByRole('row').filter({ hasText: 'Outgoing proxy' }).getByRole('checkbox').press('Space');
  // The policy allows 60 days. What was typed stays, also when something else changes meanwhile.
  await page.getByRole('button', { name: 'Request the acceptance' }).press('Enter');
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByLabel('Last day').locator('..').innerText(), /strict|60/);
  await look('request with a fault');
  await as(editor.token, 'POST', `${path}/threats`, { name: 'Found meanwhile', severity: 'high' });
  await page.getByLabel('Search threats').fill('meanwhile');
  await table.getByText('Found meanwhile').waitFor();
  assert.equal(await page.getByLabel('Justification').inputValue(), 'The new service removes both in spring.');
  await page.getByLabel('Last day').fill(dayIn(50));
  await page.getByRole('button', { name: 'Request the acceptance' }).press('Enter');
  await page.getByRole('heading', { name: 'Acceptance 1' }).waitFor();
  await page.getByText('Not decided yet').waitFor();
  await look('requested acceptance');
  const [recorded] = await as(editor.token, 'GET', `${path}/acceptances`);
  assert.deepEqual(
    [recorded.threat_ids, recorded.while_mitigations, recorded.reference, recorded.valid_until],
    [threats.slice(0, 2), [mitigation], 'RISK-118', dayIn(50)],
  );
  // Its requester takes it back.
  await page.getByRole('button', { name: 'Withdraw…' }).press('Enter');
  await page.getByRole('dialog').getByText('Requested', { exact: true }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).press('Enter');
  await page.getByText('Taken back by the requester.').waitFor();
});

onEveryScreen(test, 'decide in the inbox', server, { token: approver.token }, async ({ page, look }) => {
  const { name, path, request } = await product();
  await request(20);
  await request(20, { justification: 'Too weak' });
  await page.getByRole('link', { name: 'Inbox' }).click();
  const card = (acceptance) => page.getByRole('article', { name: `Acceptance ${acceptance} of ${name}` });
  await card(1).getByText('The gate fails: ').waitFor();
  await card(1).getByRole('link', { name: 'Callbacks reach the inner network' }).waitFor();
  await look('inbox');
  await card(1).getByRole('button', { name: 'Approve…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Note').fill('Seen with the team');
  await look('approve');
  // It is decided elsewhere or the product changes: nothing is overwritten, nothing typed is lost.
  await as(editor.token, 'PATCH', `${path}/threats/3`, { severity: 'medium' });
  await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
  await dialog.getByRole('alert').filter({ hasText: 'The product has changed meanwhile' }).waitFor();
  assert.equal(await dialog.getByLabel('Note').inputValue(), 'Seen with the team');
  assert.equal((await as(auditor.token, 'GET', `${path}/acceptances/1`)).state, 'requested');
  await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  // Now it ends within 30 days, and the gate says when it will fail.
  const ending = page.getByRole('region', { name: 'Ending within 30 days' }).getByRole('article', { name: `Acceptance 1 of ${name}` });
  await ending.getByText('It will fail on').waitFor();
  await ending.getByText('as this acceptance is over then').waitFor();
  const approved = await as(auditor.token, 'GET', `${path}/acceptances/1`);
  assert.deepEqual([approved.state, approved.decided.note], ['approved', 'Seen with the team']);
  // A rejection needs a reason.
  await card(2).getByRole('button', { name: 'Reject…' }).click();
  await dialog.getByRole('button', { name: 'Reject', exact: true }).click();
  assert.equal(await dialog.getByLabel('Reason').evaluate((input) => input.validity.valueMissing), true);
  await dialog.getByLabel('Reason').fill('A fix takes a day');
  await dialog.getByRole('button', { name: 'Reject', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await card(2).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'All others' }).click();
  await page.getByLabel('State').selectOption('rejected');
  await page.waitForURL(/state=rejected/);
  await page.getByRole('row').filter({ hasText: name }).getByText('Rejected').waitFor();
  await look('other acceptances');
});

onEveryScreen(test, 'the inbox while others work', server, { token: approver.token, path: '/inbox' }, async ({ page, look }) => {
  const { name, path, request } = await product();
  await request(20);
  const card = page.getByRole('article', { name: `Acceptance 1 of ${name}` });
  await card.getByRole('button', { name: 'Reject…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('I am still typing');
  await as(editor.token, 'POST', `${path}/acceptances/1/withdraw`, {});
  await card.waitFor({ state: 'detached' });
  assert.equal(await dialog.getByLabel('Reason').inputValue(), 'I am still typing');
  await dialog.getByRole('button', { name: 'Reject', exact: true }).click();
  await dialog.getByText('The product has changed meanwhile').waitFor();
  await dialog.getByText('Withdrawn').waitFor();
  await dialog.getByRole('button', { name: 'Reject', exact: true }).click();
  await dialog.getByText('Acceptance 1 was withdrawn: read it again.').waitFor();
  await look('decided by another person');
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Discard it' }).click();
  await dialog.waitFor({ state: 'detached' });
});

onEveryScreen(test, 'nobody decides on an own request', server, { token: server.adminToken }, async ({ page, look }) => {
  const { id, path, threats } = await product();
  await as(server.adminToken, 'POST', `${path}/acceptances`, { threat_ids: [threats[0]], justification: 'Mine', valid_until: dayIn(9) });
  await page.goto(`/products/${id}/acceptances/1`);
  await page.getByRole('button', { name: 'Approve…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
  await dialog.getByText('The token that requested this may not decide on it: another person must.').waitFor();
  await look('an own request');
});

onEveryScreen(test, 'an acceptance from its request to its end, and in the past', server, { token: approver.token }, async ({ page, look }) => {
  const { id, path, mitigation, request } = await product();
  await request(40, { while_mitigations: [mitigation], conditions: 'Changes are confirmed by telephone.', on_behalf_of: 'Maria' });
  const { decided } = await as(approver.token, 'POST', `${path}/acceptances/1/approve`, { note: 'Seen', on_behalf_of: 'Kim' });
  await page.goto(`/products/${id}/acceptances`);
  await page.getByRole('link', { name: '1: The new service removes both in spring.' }).waitFor();
  await look('acceptances of a product');
  await page.getByRole('link', { name: '1: The new service removes both in spring.' }).press('Enter');
  await page.getByText('In force: the gate leaves its threats out.').waitFor();
  const steps = page.getByRole('region', { name: 'Steps' });
  await steps.getByText('Kim').waitFor();
  await look('approved acceptance');
  // The compensating control fails: seen at once.
  await as(editor.token, 'PATCH', `${path}/mitigations/${mitigation}`, { status: 'retired' });
  await page.getByText('Approved, but not in force at the moment').waitFor();
  await as(editor.token, 'PATCH', `${path}/mitigations/${mitigation}`, { status: 'verified' });
  await page.getByText('In force: the gate leaves its threats out.').waitFor();
  await page.getByRole('button', { name: 'Revoke…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('Used by attackers');
  await dialog.getByText('Approved', { exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).press('Enter');
  await steps.getByText('Used by attackers').waitFor();
  await page.goto(`/products/${id}/acceptances/1?as_of=${decided.at}`);
  await page.getByText('In force: the gate leaves its threats out.').waitFor();
  assert.equal(await page.getByRole('button', { name: /Revoke|Approve/ }).count(), 0);
  await page.goto(`/products/${id}/acceptances?state=revoked`);
  await page.getByText('Ended before its last day.').waitFor();
  await page.getByRole('link', { name: '1: The new service removes both in spring.' }).waitFor();
});

onEveryScreen(test, 'an acceptance is prolonged', server, { token: editor.token }, async ({ page }) => {
  const { id, path, threats, request } = await product();
  await request(10);
  await as(approver.token, 'POST', `${path}/acceptances/1/approve`, {});
  await page.goto(`/products/${id}/acceptances/1`);
  await page.getByRole('link', { name: /^Prolong it/ }).click();
  await page.getByText('2 chosen').waitFor();
  await page.getByLabel('Justification').fill('The new service is late.');
  await page.getByLabel('Last day').fill(dayIn(30));
  await page.getByRole('button', { name: 'Request the acceptance' }).click();
  await page.getByText('It replaces').waitFor();
  const second = await as(editor.token, 'GET', `${path}/acceptances/2`);
  assert.deepEqual([second.replaces, second.threat_ids], [1, threats.slice(0, 2)]);
});

onEveryScreen(test, 'an auditor reads and cannot decide', server, { token: auditor.token }, async ({ page, look }) => {
  const { id, name, request } = await product();
  await request(20);
  await page.getByRole('link', { name: 'Acceptances', exact: true }).click();
  await page.getByRole('article', { name: `Acceptance 1 of ${name}` }).waitFor();
  assert.equal(await page.getByRole('button', { name: /Approve|Reject|Withdraw/ }).count(), 0);
  await page.goto(`/products/${id}/acceptances?new=1`);
  await page.getByText('Only an editor or an administrator may request an acceptance.').waitFor();
  await look('an auditor may not request');
});
