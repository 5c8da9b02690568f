// The page under what should not happen: hostile texts, a server that restarts, is slow or busy, answers
// of something else, sessions that end or change, and addresses that lead nowhere.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';

import { onEveryScreen, open, screens, start } from './browser.mjs';

const server = await start();
const wide = screens[0];

// What may break a screen: markup, a change of the direction of reading, no place to break a line, signs
// outside of the basic plane, and signs without a width.
const hostile = '<img src=x onerror=alert(1)> \u202Eevil \u200B\u200D\uFEFF🦊👩‍👩‍👧 ' + 'W'.repeat(440);
const short = '<img src=x onerror=alert(1)> \u202Eevil 🦊' + 'W'.repeat(60);
const script = 'javascript:alert(document.domain)//' + 'W'.repeat(400);

async function as(token, method, path, value) {
  const answer = await server.ask(method, path, {
    token,
    headers: { 'content-type': 'application/json' },
    ...(value === undefined ? {} : { body: JSON.stringify(value) }),
  });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.text === '' ? undefined : answer.json();
}
const admin = (method, path, value) => as(server.adminToken, method, path, value);
const issue = (role, more = {}) => admin('POST', '/api/api-tokens', { name: role, role, ...more });
const dayIn = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

await admin('PUT', '/api/policies/hostile', {
  title: hostile.slice(0, 200),
  rules: [
    { rule: 'max_threats', severity: 'critical', limit: 0 },
    { rule: 'max_unmitigated', severity: 'high', limit: 0, mode: 'warn' },
  ],
  acceptances: { honoured: true, max_days: 60 },
});
const people = {
  editor: await issue('editor', { name: short }),
  approver: await issue('approver', { name: short }),
  auditor: await issue('auditor'),
};

// A product whose every text is hostile.
async function hostileProduct() {
  const product = await admin('POST', '/api/products', {
    name: hostile,
    description: hostile,
    owner_name: hostile,
    owner_email: `${'w'.repeat(200)}@example.com`,
    business_area: hostile,
    external_id: hostile,
    repository_url: script,
    application_url: ` ${script}`,
    confluence_url: `data:text/html,<script>alert(1)</script>`,
    reason: hostile,
    on_behalf_of: short,
  });
  const at = `/api/products/${product.id}`;
  const remarks = { reason: hostile, on_behalf_of: short };
  const threat = (value) => as(people.editor.token, 'POST', `${at}/threats`, { name: hostile, description: hostile, category: short, diagram: short, element_id: short, ...remarks, ...value });
  const first = await threat({ severity: 'critical' });
  const second = await threat({ severity: 'high' });
  await as(people.editor.token, 'POST', `${at}/mitigations`, { name: hostile, description: hostile, status: 'proposed', threat_ids: [first.id], ...remarks });
  await as(people.editor.token, 'POST', `${at}/acceptances`, { threat_ids: [second.id], justification: hostile, valid_until: dayIn(20), on_behalf_of: short });
  await admin('PUT', `${at}/policy`, { policy: 'hostile', enforced: true, ...remarks });
  await as(people.editor.token, 'POST', `${at}/reviews`, { note: hostile, on_behalf_of: short });
  await admin('POST', `${at}/checks`, { subject: { name: short, digest: { sha256: 'a'.repeat(64) } }, ref: short, pipeline_url: script });
  await as(people.editor.token, 'PATCH', `${at}/threats/${first.id}`, { severity: 'critical', name: `${hostile}!`, ...remarks });
  return { id: product.id, first: first.id, second: second.id };
}

const product = await hostileProduct();
const at = `/products/${product.id}`;

// Goes to an address as the browser's own buttons do, without loading the page anew.
async function go(page, path) {
  await page.evaluate((target) => {
    history.pushState(null, '', target);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
}
const isRead = (page) => page.waitForFunction(() => ![...document.querySelectorAll('.loading')].some(({ innerText }) => innerText !== ''));

// A test on one screen, of what does not depend on the screen.
function onWide(name, options, task) {
  test(name, async () => {
    const visit = await open(server, wide, options);
    try {
      await task(visit);
    } catch (error) {
      await visit.picture(`failed: ${name}`);
      await visit.context.close();
      throw error;
    }
    await visit.close();
  });
}

onEveryScreen(test, 'hostile texts on every screen', server, { token: server.adminToken }, async ({ page, checkWidth, picture }) => {
  page.on('dialog', (dialog) => assert.fail(`a script has run: ${dialog.message()}`));
  for (const [path, heading] of [
    ['/', 'Portfolio'], [`${at}/overview`, hostile], [`${at}/threats`, hostile], [`${at}/threats/${product.first}`, `${hostile}!`],
    [`${at}/threats?new=1`, hostile], [`${at}/mitigations`, hostile], [`${at}/mitigations/1`, hostile], [`${at}/acceptances`, hostile],
    [`${at}/acceptances/1`, hostile], [`${at}/acceptances?new=1&threats=${product.first}`, hostile], [`${at}/changes`, hostile],
    [`${at}/evidence/${product.first}`, hostile], [`${at}/import`, hostile], ['/inbox', 'Inbox'], ['/inbox?tab=others', 'Inbox'],
    ['/policies', 'Policies'], ['/policies/hostile', hostile.slice(0, 200)], ['/policies/hostile?edit=yes', `Edit “${hostile.slice(0, 200)}”`],
    ['/settings/tokens', 'Server'], ['/settings/proofs', 'Server'],
  ]) {
    await go(page, path);
    await page.getByRole('heading', { name: heading, exact: true }).first().waitFor();
    await isRead(page);
    await checkWidth(path);
    assert.equal(await page.locator('a[href^="javascript:" i], a[href^="data:" i], #page img').count(), 0, path);
    await picture(`hostile ${path.replace(/[/?&=]+/g, ' ')}`);
  }
});

onWide('addresses that lead nowhere', { token: server.adminToken }, async ({ page }) => {
  const says = async (path, text) => {
    await page.goto(path);
    await page.locator('main').getByText(text).first().waitFor();
  };
  // The server answers such addresses itself; links and the history of the browser may still lead there.
  for (const path of ['/policies/%zz', '/policies/%ff']) {
    await page.evaluate((address) => {
      history.pushState(null, '', address);
      dispatchEvent(new PopStateEvent('popstate'));
    }, path);
    await page.locator('main').getByText('This page does not exist').waitFor();
    await page.goto('/');
  }
  for (const [path, text] of [
    ['/products/abc', 'This page does not exist'], ['/products/1e3', 'This page does not exist'],
    ['/products/9999999999999999999', 'This page does not exist'],
    [`${at}/threats/x`, 'This page does not exist'], [`${at}/nonsense`, 'This page does not exist'], ['/settings/nonsense', 'This page does not exist'],
    ['/products/999', 'There is no product 999'], [`${at}/threats/999`, 'has no threat 999'], [`${at}/mitigations/999`, 'has no mitigation 999'],
    [`${at}/acceptances/999`, 'has no acceptance 999'], ['/policies/unknown', 'There is no policy unknown'],
    [`${at}/overview?as_of=garbage`, 'Invalid parameter as_of'], [`${at}/threats?as_of=2999-01-01&as_of=x`, 'in the future'],
    [`${at}/overview?as_of=2026-13-45`, 'Invalid parameter as_of'], [`${at}/overview?as_of=1999-01-01`, 'did not exist yet'], ['/?as_of=garbage', 'Invalid parameter as_of'],
    ['/inbox?as_of=garbage', 'Invalid parameter as_of'], ['/policies?as_of=garbage', 'Invalid parameter as_of'],
    [`${at}/changes?from=garbage&to=x`, 'Invalid parameter'], [`${at}/threats?severity=nonsense&severity=high`, 'No threat matches'],
  ]) {
    await go(page, path);
    await page.locator('main').getByText(text).first().waitFor();
    assert.equal(await page.getByText('This part of the page has failed').count(), 0, path);
  }
});

onWide('addresses without rights', { token: (await issue('auditor', { product_ids: [(await admin('POST', '/api/products', { name: 'Another' })).id] })).token }, async ({ page }) => {
  for (const [path, text] of [
    [`${at}/threats/${product.first}`, `There is no product ${product.id} that this token can see`],
    ['/settings/tokens', 'Only administrators see tokens'], ['/policies?new=yes', 'Only administrators may define'],
  ]) {
    await go(page, path);
    await page.getByText(text).first().waitFor();
  }
});

onWide('a part of the page that fails', { token: people.auditor.token, expected: [/./] }, async ({ page, look }) => {
  await page.route(/\/api\/policies(\?|$)/, (route) => route.fulfill({ json: [{ name: 'broken' }] }));
  page.removeAllListeners('pageerror');
  await page.getByRole('link', { name: 'Policies' }).click();
  await page.getByRole('heading', { name: 'This part of the page has failed' }).waitFor();
  await page.getByRole('button', { name: 'Reload' }).waitFor();
  await look('a part that has failed');
  // The rest of the page works.
  await page.getByRole('link', { name: 'Portfolio' }).click();
  await page.getByRole('heading', { name: 'Portfolio' }).waitFor();
});

const answers = {
  'busy': { status: 503, headers: { 'retry-after': '1' }, json: { title: 'Service Unavailable', status: 503, detail: 'The server is starting.' }, says: 'The server is starting.' },
  'too many requests': { status: 429, headers: { 'retry-after': '1' }, json: { title: 'Too Many Requests', status: 429, detail: 'Slow down.' }, says: 'Slow down.' },
  'a proxy that cannot reach the server': { status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1><script>alert(1)</script>', says: 'The server answered 502' },
  'a proxy that answers itself': { status: 200, contentType: 'text/html', body: '<h1>Maintenance</h1>', says: 'is not an answer of ThreatAtlas' },
  'an answer that is cut off': { status: 200, contentType: 'application/json', body: '[{"id": 1, "na', says: 'is not an answer of ThreatAtlas' },
};
onWide('answers of another kind', { token: people.editor.token }, async ({ page }) => {
  let answer;
  for (const pattern of ['**/api/**', '**/checkpoint']) await page.route(pattern, (route) => (answer ? route.fulfill(answer) : route.fallback()));
  for (const [what, { says, ...other }] of Object.entries(answers)) {
    answer = other;
    for (const path of ['/inbox', `${at}/threats?q=${what}`]) {
      await go(page, path);
      await page.locator('main').getByText(says).first().waitFor();
    }
  }
  await page.getByText('This may be out of date').waitFor();
  // It recovers by itself, also where nothing is known yet.
  answer = undefined;
  await page.getByRole('heading', { name: hostile }).waitFor();
  await page.getByText('This may be out of date').waitFor({ state: 'detached' });
  answer = answers['busy'];
  await page.reload();
  await page.getByText(answers['busy'].says).waitFor();
  answer = undefined;
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
});

const threatNames = async () => (await admin('GET', `/api${at}/threats`)).map(({ name }) => name);

onWide('the server fails and starts again while something is typed', { token: people.editor.token }, async ({ page, look }) => {
  await go(page, `${at}/threats?new=1`);
  const form = page.getByRole('form', { name: 'New threat' });
  await form.getByLabel('Name', { exact: true }).fill('Typed before the failure');
  // The answer to the first attempt is lost: the threat is recorded, and the page cannot know it.
  await page.route(`**/api${at}/threats`, async (route) => {
    if (route.request().method() !== 'POST') return await route.fallback();
    await route.fetch();
    await route.abort();
    await page.unroute(`**/api${at}/threats`);
  });
  await form.getByRole('button', { name: 'Record the threat' }).click();
  await form.getByText('cannot be reached').waitFor();
  await server.kill();
  await page.getByText('This may be out of date').waitFor();
  await form.getByRole('button', { name: 'Save again' }).click();
  await form.getByText('cannot be reached').waitFor();
  assert.equal(await form.getByLabel('Name', { exact: true }).inputValue(), 'Typed before the failure');
  await look('the server has failed');
  await server.startAgain();
  await page.getByText('This may be out of date').waitFor({ state: 'detached' });
  await form.getByRole('button', { name: 'Save again' }).click();
  await form.waitFor({ state: 'detached' });
  assert.equal((await threatNames()).filter((name) => name === 'Typed before the failure').length, 1);
});

onWide('a slow server', { token: people.editor.token }, async ({ page }) => {
  await go(page, '/settings/proofs');
  await isRead(page);
  await page.route('**/api/**', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await route.fallback().catch(() => {}); // the page no longer waits for it
  });
  for (const path of ['/', `${at}/overview`, `${at}/changes`, `${at}/threats`, '/policies', '/inbox']) {
    await go(page, path);
    await page.getByText(/^Reading /).first().waitFor({ timeout: 1_500 });
  }
  // One threat, however often the button is pressed.
  await go(page, `${at}/threats?new=1`);
  const form = page.getByRole('form', { name: 'New threat' });
  await form.getByLabel('Name', { exact: true }).fill('Pressed often');
  await form.getByRole('button', { name: 'Record the threat' }).evaluate((button) => {
    for (let press = 0; press < 5; ++press) button.click();
  });
  await form.getByRole('button', { name: 'Saving…' }).waitFor();
  await form.waitFor({ state: 'detached' });
  assert.equal((await threatNames()).filter((name) => name === 'Pressed often').length, 1);
});

onWide('answers that overtake each other', { token: people.auditor.token }, async ({ page }) => {
  const { id, created_at: before } = await admin('POST', '/api/products', { name: 'First name' });
  await admin('PATCH', `/api/products/${id}`, { name: 'Second name' });
  let [asked, arrived] = [];
  const sent = new Promise((resolve) => { asked = resolve; });
  const late = new Promise((resolve) => { arrived = resolve; });
  // The answer for the earlier moment comes after that of the later one.
  await page.route(`**/api/products/${id}?as_of=*`, async (route) => {
    asked();
    const response = await route.fetch();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await route.fulfill({ response }).catch(() => {}); // the page no longer waits for it
    arrived();
  });
  await go(page, `/products/${id}/overview?as_of=${before}`);
  await sent;
  await go(page, `/products/${id}/overview`);
  await page.getByRole('heading', { name: 'Second name' }).waitFor();
  await late;
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await page.getByRole('heading', { name: 'Second name' }).waitFor();
});

onWide('a session that is revoked while a dialog is open', { token: people.approver.token }, async ({ page, context, signIn, picture }) => {
  const [first, second] = [await issue('editor', { name: 'ada' }), await issue('editor', { name: 'ada' })];
  await context.clearCookies();
  await page.reload();
  await signIn(first.token);
  await go(page, `${at}/overview`);
  await page.getByRole('button', { name: 'Record a review' }).click();
  const dialog = page.getByRole('dialog', { name: 'Record a review' });
  await dialog.getByLabel('Note').fill('Half a review');
  await admin('DELETE', `/api/api-tokens/${first.id}`);
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.waitFor();
  await picture('a session that is revoked');
  await page.keyboard.press('Escape');
  await again.getByLabel('API token').fill(second.token);
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.waitFor({ state: 'detached' });
  assert.equal(await dialog.getByLabel('Note').inputValue(), 'Half a review');
  await dialog.getByRole('button', { name: 'Record the review' }).click();
  await page.getByText('The review is recorded.').waitFor();
});

onWide('another tab signs in as somebody else, and out', { token: people.editor.token }, async ({ page, context, picture }) => {
  await go(page, `${at}/threats?new=1`);
  const name = page.getByRole('form', { name: 'New threat' }).getByLabel('Name', { exact: true });
  await name.fill('Half a threat');
  const other = await context.newPage();
  await other.goto('/inbox');
  const signInAs = async (tab, token) => {
    await tab.getByLabel('API token').fill(token);
    await tab.getByRole('button', { name: 'Sign in' }).click();
  };
  const signOut = async (tab) => {
    await tab.locator('details.person summary').click();
    await tab.getByRole('button', { name: 'Sign out' }).click();
    await tab.getByLabel('API token').waitFor();
  };
  await signOut(other);
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.waitFor();
  await signInAs(other, people.auditor.token);
  const question = page.getByRole('dialog', { name: 'Somebody else is signed in' });
  await question.waitFor();
  await picture('somebody else is signed in');
  // Nothing of the one is written with the rights of the other.
  await signInAs(question, people.editor.token);
  await question.waitFor({ state: 'detached' });
  assert.equal(await name.inputValue(), 'Half a threat');
  // The other tab asks, too; there it goes on as the new person.
  await other.getByRole('button', { name: /^Go on as/ }).click();
  await other.getByRole('navigation', { name: 'Main' }).waitFor();
  await other.close();
});

onWide('Escape, back and forward', { token: people.editor.token }, async ({ page }) => {
  await page.getByLabel('Search').fill('img');
  await page.waitForURL(/q=img/);
  await page.getByRole('link', { name: hostile }).click();
  await page.getByRole('link', { name: 'Threats', exact: true }).click();
  await page.getByRole('link', { name: 'New threat' }).waitFor();
  await page.goBack();
  await page.getByRole('region', { name: 'Verdict' }).waitFor();
  await page.goBack();
  await page.waitForFunction(() => document.querySelector('input[type=search]')?.value === 'img');
  await page.goForward();
  await page.getByRole('button', { name: 'Record a review' }).click();
  const dialog = page.getByRole('dialog', { name: 'Record a review' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Record a review' }).click();
  await dialog.getByLabel('Note').pressSequentially('Typed');
  await page.keyboard.press('Escape');
  await dialog.getByText('lose what you have typed?').waitFor();
  // Whoever insists is asked all the same.
  await page.keyboard.press('Escape');
  await dialog.getByText('lose what you have typed?').waitFor({ state: 'detached' });
  assert.equal(await dialog.getByLabel('Note').inputValue(), 'Typed');
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Discard it' }).click();
  await dialog.waitFor({ state: 'detached' });
});

onWide('secrets, and pages of other sites', { token: people.editor.token }, async ({ page, context }) => {
  const writes = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET') writes.push(request.headers());
  });
  await go(page, `${at}/overview`);
  await page.getByRole('button', { name: 'Record a review' }).click();
  await page.getByRole('button', { name: 'Record the review' }).click();
  await page.getByText('The review is recorded.').waitFor();
  assert.ok(writes.length > 0 && writes.every((headers) => headers['x-threatatlas-page'] === '1'));
  const all = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, document.title, document.documentElement.outerHTML]));
  assert.ok(!all.includes(people.editor.token));

  const before = (await server.ask('GET', '/checkpoint')).text;
  const attacker = http.createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<iframe src="${server.url}/"></iframe><form method="post" enctype="text/plain" action="${server.url}/api${at}/threats"><input name='{"name":"forged","description":"' value='"}'></form>`);
  });
  await new Promise((resolve) => attacker.listen(0, resolve));
  try {
    // Another site, and another port of the same host, which shares its cookies.
    for (const host of ['localhost', '127.0.0.1']) {
      const evil = await context.newPage();
      await evil.goto(`http://${host}:${attacker.address().port}/`);
      assert.ok(!(await evil.frames()[1]?.content().catch(() => ''))?.includes('ThreatAtlas'), 'framed');
      const outcomes = await evil.evaluate(async (target) => {
        const body = '{"name":"forged"}';
        const tries = [
          { method: 'POST', body, mode: 'no-cors' }, { method: 'POST', body },
          { method: 'POST', body, headers: { 'Content-Type': 'application/json', 'X-Threatatlas-Page': '1' } }, { method: 'GET' },
        ];
        return await Promise.all(tries.map((options) => fetch(target, { credentials: 'include', ...options }).then(({ type }) => type, () => 'refused')));
      }, `${server.url}/api${at}/threats`);
      assert.deepEqual(outcomes, ['opaque', 'refused', 'refused', 'refused']);
      const [answer] = await Promise.all([evil.waitForNavigation(), evil.evaluate(() => document.forms[0].submit())]);
      assert.ok(answer.status() >= 400, String(answer.status()));
      await evil.close();
    }
  } finally {
    attacker.close();
  }
  assert.equal((await server.ask('GET', '/checkpoint')).text.split('\n')[1], before.split('\n')[1]);
});

onWide('printed, and after an upgrade', { token: people.auditor.token }, async ({ page, checkWidth, picture }) => {
  await go(page, `${at}/overview`);
  await page.getByRole('heading', { name: 'May not ship' }).waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByRole('navigation', { name: 'Main' }).isVisible(), false);
  await page.getByRole('heading', { name: hostile }).waitFor();
  await page.setViewportSize({ width: 794, height: 1123 });
  await checkWidth('the printed overview');
  await picture('overview printed');
  await page.emulateMedia({ media: 'screen' });

  // A document that names scripts which the server no longer has says what to do.
  await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404, json: { status: 404 } }));
  await page.reload();
  await page.getByText('reload the page').waitFor();
  await page.unroute('**/assets/*.js');
  await page.reload();
  await page.getByRole('heading', { name: hostile }).waitFor();
  const index = await server.ask('GET', '/');
  assert.equal((await server.ask('GET', '/assets/page-OLD00000.js')).status, 404);
  assert.ok(process.env.WEB_DIST || index.headers['cache-control'] === 'no-cache', 'the document is asked for anew');
});
