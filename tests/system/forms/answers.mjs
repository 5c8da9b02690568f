// Products of all kinds, and what is asked about them: every form is checked in all these answers.
import assert from 'node:assert/strict';

import { start } from '../start.mjs';

const server = await start();

const severities = ['critical', 'high', 'medium', 'low', null];
const statuses = ['identified', 'in_progress', 'mitigated', 'accepted', 'not_applicable'];
const needsReason = new Set(['accepted', 'not_applicable']);

// Texts that a reader could mistake for a part of a form, and those that are hard to carry.
const hostileTexts = {
  quotes: `"double" 'single' \`back\` \\ \\" &quot;`,
  command: '100%: a, b::error title=x::y %0A::stop-commands::z',
  lines: 'one\ntwo\r\nthree\n\n\tfour\u2028five\u2029six',
  markup: ']]> <![CDATA[ </testcase></testsuite><!-- --> &amp; <?xml?> <script>alert(1)</script>',
  placeholders: '{0} {{1}} } { [link](https://example.org/) [0](1) %SRCROOT% %2e%2e',
  paths: '../../etc/passwd file:///etc/passwd C:\\x //host/share a//b/',
  bidi: '\u202Eevil\u202D \u2066x \u2069\u2069 שלום مرحبا',
  emoji: '👩\u200D👩\u200D👧 🏴\u200D☠️ 😀 e\u0301\u0301\u0301 \u{10FFFD}',
  noncharacters: '\uFFFE\uFFFF\u{1FFFE}\u{10FFFF}\uFFFD a\uFEFF',
  spaces: '  two  spaces\u00A0\u3000\t ',
  long: '😀'.repeat(500),
  longMarkup: '<&"'.repeat(166),
};

function identified(data) {
  const reason = needsReason.has(data.status) ? { reason: 'as everybody agreed' } : {};
  return { type: 'threat.identified', data, ...reason };
}

// A threat of each severity in each of the statuses, with and without a category, an element and an
// active mitigation. `text`, if given, is every text.
function* everyThreat({ of = statuses, text } = {}) {
  let count = 0;
  for (const severity of severities) {
    for (const status of of) {
      count += 1;
      yield identified({
        name: text ?? `Threat ${count}`,
        status,
        ...(severity ? { severity } : {}),
        ...(count % 2 ? { category: text ?? 'Spoofing' } : {}),
        ...(count % 3 ? { element_name: text ?? 'Login', external_id: text ?? `SEC-${count}` } : {}),
        ...(count % 4 ? { diagram: text ?? 'Checkout' } : {}),
      });
    }
  }
  const all = Array.from({ length: count }, (_, index) => index + 1);
  yield {
    type: 'mitigation.proposed',
    data: { name: text ?? 'Second factor', status: 'implemented', threat_ids: all.filter((id) => id % 3 === 0) },
  };
}

// More than are listed.
function* manyThreats() {
  for (let count = 0; count < 5_003; count += 1) {
    yield identified({ name: `Threat ${count}`, severity: 'low', category: `Category ${count % 7}` });
  }
}

async function makeProduct(name, events) {
  const { id } = await server.make('POST', '/api/products', { name });
  const rest = [...events];
  while (rest.length > 0) {
    await server.make('POST', `/api/products/${id}/events`, rest.splice(0, 1000));
  }
  return id;
}

// Requests and approves an acceptance. A token neither approves what it has requested nor what the
// token that it was issued by has.
async function accept(product, threat_ids) {
  const [editor, approver] = await Promise.all(
    ['editor', 'approver'].map((role) => server.make('POST', '/api/api-tokens', { name: role, role })),
  );
  const post = async (path, { token }, value) => {
    const { status, text } = await server.ask('POST', `/api/products/${product}/acceptances${path}`, {
      token,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
    assert.ok(status < 300, text);
    return JSON.parse(text);
  };
  const valid_until = new Date(Date.now() + 30 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  const { id } = await post('', editor, { threat_ids, valid_until, justification: 'as everybody agreed' });
  await post(`/${id}/approve`, approver, {});
}

const products = {
  'no threats': await makeProduct('Nothing', []),
  'every threat': await makeProduct('Payments API', everyThreat()),
  'accepted risks': await makeProduct('Accepting', everyThreat()),
  'too many threats': await makeProduct('Large', manyThreats()),
};
for (const [kind, text] of Object.entries(hostileTexts)) {
  products[`hostile ${kind}`] = await makeProduct(text, everyThreat({ of: ['identified', 'accepted'], text }));
}

// Of each severity: identified, mitigated and not applicable ones.
await accept(products['accepted risks'], [1, 3, 5, 6, 8, 10, 11, 13, 15, 16, 18, 20, 21, 23, 25]);

const rules = (limit, mode) => [
  { rule: 'max_threats', severity: 'medium', limit, mode },
  { rule: 'max_unmitigated', severity: 'high', limit, mode },
  { rule: 'max_unscored', limit, mode },
  { rule: 'max_open_days', severity: 'low', limit: 365 },
  { rule: 'max_accepted', limit, mode },
  { rule: 'max_days_since_review', limit: 365, mode },
];

// The names of its conditions in the forms.
const namesOf = (policy, rules) =>
  rules.map(({ rule, severity, mode }) =>
    [policy, rule, ...(severity ? [severity] : []), ...(mode === 'warn' ? ['warn'] : [])].join('/'),
  );

const most = 1_000_000_000;
const policies = {
  // Of products with threats, the first three rules fail or warn.
  'fails-and-warns': [
    ...rules(1, 'fail'),
    ...rules(0, 'warn').filter(({ rule }) => rule === 'max_threats' || rule === 'max_unscored'),
    { rule: 'min_threats', limit: 100_000 },
    { rule: 'min_mitigation_ratio', limit: 1 },
  ],
  'only-warns': [...rules(0, 'warn'), { rule: 'min_threats', limit: 100_000, mode: 'warn' }],
  passes: [...rules(most, 'fail'), { rule: 'min_threats', limit: 0 }],
};
for (const [name, definition] of Object.entries(policies)) {
  await server.make('PUT', `/api/policies/${name}`, { title: name, rules: definition });
}

// What the gate says of every product.
const questions = {
  'without thresholds': { query: {}, pass: true },
  passes: { query: { min_mitigation_ratio: '0', min_threats: '0' }, pass: true },
  fails: {
    query: {
      fail_on_critical: 'true',
      fail_on_unmitigated_high: 'true',
      min_mitigation_ratio: '1',
      fail_on_unscored: 'true',
      min_threats: '1000000000',
    },
    pass: false,
  },
  'fails a policy': { query: { policy: 'fails-and-warns' }, pass: false },
  'fails thresholds and a policy': { query: { policy: 'fails-and-warns', min_threats: '1000000000' }, pass: false },
  'is warned by a policy': { query: { policy: 'only-warns' }, pass: true },
  'passes a policy': { query: { policy: 'passes' }, pass: true },
};

// The names of the conditions of a question.
function conditionsOf({ policy, ...thresholds }) {
  return [...Object.keys(thresholds), ...(policy ? namesOf(policy, policies[policy]) : [])];
}

const ordinaryPaths = ['', 'docs/threat-model.json'];
// With characters that an address cannot contain as they are.
const hostilePaths = [`a b/ä😀%41"'<>&?#[x]{y}|^\`;=+,~/..c/…`, 'threats:v1.json', 'x'.repeat(1000)];

// Asks for the form of everything above. An answer has its name, what was asked, how many warnings there
// are, and the form.
export async function answersAs(form, { takesPath = false } = {}) {
  const answers = [];
  for (const [kind, product] of Object.entries(products)) {
    const paths = kind === 'every threat' ? [...ordinaryPaths, ...hostilePaths] : ordinaryPaths;
    for (const [title, { query, pass }] of Object.entries(questions)) {
      const gate = await server.ask('GET', `/api/products/${product}/security-status?${new URLSearchParams(query)}`);
      const { pass: passed, warnings = [] } = gate.json();
      assert.equal(passed, pass, `${kind}, ${title}`);
      for (const path of takesPath ? paths : ['']) {
        const all = new URLSearchParams({ ...query, ...(path ? { model_path: path } : {}) });
        const { status, bytes, text } = await server.ask('GET', `/api/products/${product}/${form}?${all}`);
        assert.equal(status, 200, text);
        const name = `${kind}, ${title}${path ? `, in ${path.slice(0, 40)}` : ''}`;
        answers.push({ name, conditions: conditionsOf(query), pass, warnings, path, bytes, text });
      }
    }
  }
  return answers;
}

// The texts are UTF-8 without a byte order mark, which some readers refuse.
export function assertPlainUtf8({ name, bytes }) {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  assert.ok(!text.startsWith('\uFEFF'), `${name} has a byte order mark`);
}

export function assertUnique(values, name) {
  assert.equal(new Set(values).size, values.length, `${name} has some twice`);
}
