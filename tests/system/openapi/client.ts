// A client as a user of openapi-typescript and openapi-fetch would write it. It must compile, and
// the lines marked as errors must be errors.
import createClient from 'openapi-fetch';

import type { components, paths } from './schema.js';

type Item = components['schemas']['Item'];
type Event = components['schemas']['Event'];

// The data of a response, which must be a success.
function dataOf<Data>(answer: { data?: Data; error?: unknown; response: Response }): Data {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

// The type of an event determines the type of its data.
function nameIn(event: Event): string {
  switch (event.type) {
    case 'threatatlas.threat.identified.v1':
      return event.data.name;
    case 'threatatlas.threat.status_changed.v1':
      return `${event.data.from} -> ${event.data.status}`;
    case 'threatatlas.product.policy_assigned.v1':
      return `${event.data.policy ?? 'no policy'} (${event.data.enforced})`;
    case 'threatatlas.gate.checked.v1':
      return `${event.data.subject.name} ${event.data.pass}`;
    case 'threatatlas.acceptance.requested.v1':
      return `${event.data.justification} (${event.data.severities})`;
    default:
      return event.type;
  }
}

// The compiler refuses what the description does not allow.
export const mistakes = [
  // @ts-expect-error: a threat has no such severity
  { type: 'threat.identified', data: { name: 'x', severity: 'huge' } } satisfies Item,
  // @ts-expect-error: a threat that is removed has no name
  { type: 'threat.removed', data: { threat_id: 1, name: 'x' } } satisfies Item,
  // @ts-expect-error: policies are not recorded like this
  { type: 'policy.defined', data: { policy: 'x' } } satisfies Item,
  // @ts-expect-error: that is no type
  { type: 'threat.vanished', data: { threat_id: 1 } } satisfies Item,
];

export async function useApi(baseUrl: string, token: string, lastDay: string) {
  const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

  const product = dataOf(
    await client.POST('/api/products', { body: { name: 'Payments API', status: 'development' } }),
  );
  const path = { product_id: product.id };

  const threat = dataOf(
    await client.POST('/api/products/{product_id}/threats', {
      params: { path, header: { 'Idempotency-Key': `threat-of-${product.id}` } },
      body: { name: 'SQL injection in login form', likelihood: 3, impact: 4 },
    }),
  );
  const mitigation = dataOf(
    await client.POST('/api/products/{product_id}/mitigations', {
      params: { path },
      body: { name: 'Prepared statements', status: 'implemented', threat_ids: [threat.id] },
    }),
  );

  const items: Item[] = [
    { type: 'threat.identified', data: { name: 'Open redirect', severity: 'critical' } },
    { type: 'threat.identified', data: { name: 'Outdated library' }, reason: 'Nightly scan' },
    { type: 'threat.status_changed', data: { threat_id: threat.id, status: 'mitigated' } },
  ];
  const appended = dataOf(
    await client.POST('/api/products/{product_id}/events', { params: { path }, body: items }),
  );

  const gate = dataOf(
    await client.GET('/api/products/{product_id}/security-status', {
      params: { path, query: { fail_on_critical: true, min_mitigation_ratio: '0.3', min_threats: 3 } },
    }),
  );

  // One person asks, another one decides.
  const editor = dataOf(await client.POST('/api/api-tokens', { body: { name: 'maria', role: 'editor' } }));
  const maria = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${editor.token}` } });
  const requested = dataOf(
    await maria.POST('/api/products/{product_id}/acceptances', {
      params: { path },
      body: { threat_ids: [threat.id + 1], justification: 'Fixed in the next release', valid_until: lastDay },
    }),
  );
  const approval = { path: { ...path, acceptance_id: requested.id } };
  const own = await maria.POST('/api/products/{product_id}/acceptances/{acceptance_id}/approve', { params: approval });
  const acceptance = dataOf(
    await client.POST('/api/products/{product_id}/acceptances/{acceptance_id}/approve', {
      params: approval,
      body: { note: 'Seen' },
    }),
  );
  const accepted = dataOf(
    await client.GET('/api/products/{product_id}/security-status', {
      params: { path, query: { fail_on_critical: true } },
    }),
  );
  const strict = dataOf(
    await client.GET('/api/products/{product_id}/security-status', {
      params: { path, query: { fail_on_critical: true, acceptances: 'ignore' } },
    }),
  );

  // A policy of the security office, which the pipeline cannot leave out.
  const policyPath = { key: 'typed' };
  const policy = dataOf(
    await client.PUT('/api/policies/{key}', {
      params: { path: policyPath },
      body: {
        title: 'Typed',
        rules: [
          { rule: 'max_threats', severity: 'critical', limit: 0 },
          { rule: 'min_mitigation_ratio', limit: 0.9, mode: 'warn' },
        ],
        acceptances: { honoured: false },
      },
    }),
  );
  const preview = dataOf(await client.POST('/api/policies/{key}/preview', { params: { path: policyPath } }));
  dataOf(
    await client.PUT('/api/products/{product_id}/policy', {
      params: { path },
      body: { policy: policy.name, enforced: true },
    }),
  );
  const judged = dataOf(await client.GET('/api/products/{product_id}/security-status', { params: { path } }));
  const evaded = await client.GET('/api/products/{product_id}/security-status', {
    params: { path, query: { policy: 'none' } },
  });
  dataOf(await client.PUT('/api/products/{product_id}/policy', { params: { path }, body: { policy: null } }));
  const removed = await client.DELETE('/api/policies/{key}', { params: { path: policyPath } });

  // The pipeline has the answer recorded for what it releases.
  const checked = dataOf(
    await client.POST('/api/products/{product_id}/checks', {
      params: { path },
      body: { subject: { name: 'payments-api', digest: { gitCommit: '8f3a1c' } }, fail_on_critical: true },
    }),
  );
  const checks = dataOf(
    await client.GET('/api/products/{product_id}/checks', {
      params: { path, query: { digest: 'gitCommit:8f3a1c' } },
    }),
  );
  const attestation = dataOf(
    await client.GET('/api/products/{product_id}/checks/{check_id}/attestation', {
      params: { path: { ...path, check_id: checked.check_id } },
    }),
  );

  const pages: string[][] = [];
  for (let after = 0; ; ) {
    const threats = dataOf(
      await client.GET('/api/products/{product_id}/threats', { params: { path, query: { limit: 2, after } } }),
    );
    if (threats.length === 0) {
      break;
    }
    pages.push(threats.map(({ name }) => name));
    after = threats[threats.length - 1].id;
  }

  const lines = dataOf(
    await client.GET('/api/products/{product_id}/events', { params: { path }, parseAs: 'text' }),
  );
  const events = lines
    .trimEnd()
    .split('\n')
    .map((line) => nameIn(JSON.parse(line) as Event));

  const tile = dataOf(
    await client.GET('/tile/{level}/{index}.p/{width}', {
      params: { path: { level: 0, index: '000', width: 3 } },
      parseAs: 'arrayBuffer',
    }),
  );
  const entries = dataOf(
    await client.GET('/tile/entries/{index}.p/{width}', {
      params: { path: { index: '000', width: 3 } },
      parseAs: 'text',
    }),
  );
  const farTile = await client.GET('/tile/{level}/{x1}/{x2}/{index}', {
    params: { path: { level: 0, x1: 'x001', x2: 'x234', index: '067' } },
  });

  const refused = await client.GET('/api/products/{product_id}/security-status', {
    // @ts-expect-error: a slip of the pen
    params: { path, query: { fail_on_crtical: true } },
  });

  return {
    product,
    threat,
    mitigation,
    appended,
    gate,
    own: own.error,
    acceptance,
    accepted,
    strict,
    policy,
    preview: preview.products.find(({ product_id }) => product_id === product.id),
    judged,
    evaded: evaded.error,
    removed: removed.response.status,
    checked,
    checks: checks.map(({ check_id, subject }) => [check_id, subject.digest.gitCommit]),
    payloadType: 'payloadType' in attestation ? attestation.payloadType : undefined,
    pages,
    events,
    tile,
    entries,
    farTile: farTile.error,
    refused: refused.error,
  };
}
