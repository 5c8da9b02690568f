// Values near the limits of fields, parameters and headers.

// A text of this many two-byte characters.
const long = (length) => 'é'.repeat(length);

const times = [
  '2026-03-04',
  '2026-3-4',
  '2026-13-04',
  '2026-03-04T09:30:00Z',
  '2026-03-04t09:30:00.123456789z',
  '2026-03-04T09:30:00',
  '2026-03-04T09:30Z',
  '2026-03-04T09:30:00.Z',
  '2026-03-04 09:30:00Z',
  '2026-03-04T24:00:00Z',
  '2026-03-04T09:30:00+02:00',
  '2026-03-04T09:30:00 02:00',
  '2026-03-04T09:30:00+0200',
  '2026-03-04T09:30:00-00:00',
  '2099-12-31T23:59:59Z',
  '2099-12-31',
  'now',
];

const words = [
  ...['critical', 'high', 'High', 'unscored', 'identified', 'in_progress', 'mitigated', 'Mitigated'],
  ...['proposed', 'implemented', 'retired', 'verified', 'design', 'production', 'gate', 'admin'],
  ...['threat.identified', 'threat.removed', 'product.archived', 'token.issued', 'threatatlas.threat.scored.v1'],
  ...['threatatlas.threat.scored', 'threatatlas.threat.scored.v2', 'Threat.scored', 'threat'],
  ...['requested', 'approved', 'suspended', 'Approved', 'acceptance.approved', 'ignore', 'Ignore', 'count'],
  ...['1.0', 'application/json', 'application/problem+json; charset=utf-8', 'text/plain', 'json'],
  ...['strict', 'none', 'Strict', '-strict', 'policy.defined', 'product.policy_assigned,product.reviewed'],
];

export const bodyValues = [
  ...[null, true, false, 0, 1, 5, 6, 0.7, 0.00005, 1.5, 366, 367, 36_500, 36_501, 1e9, 1e9 + 1, 2 ** 53 - 1, 2 ** 53],
  ...['', ' x', '1', 'high', 'High', 'in_progress', 'mitigated', 'verified', 'production', 'admin'],
  ...['threat.removed', 'threatatlas.threat.scored.v1', 'token.issued'],
  ...['max_threats', 'min_threats', 'max_days_since_review', 'min_mitigation_ratio', 'warn', 'Warn'],
  ...['1.0', 'application/json', 'application/problem+json; charset=utf-8', 'text/plain'],
  ...times.slice(2, 14),
  ...['none', 'ignore', 'Ignore', '00ff', '00FF', 'a'.repeat(256), 'a'.repeat(257)],
  ...[200, 201, 500, 501, 1000, 1001, 10_000, 10_001].map(long),
  ...[[], {}, [1], [1, 1], [0], ['1'], [2 ** 53]],
];

export const queryValues = [
  ...['true', 'TRUE', 'True', 'false', 'yes', 'yEs', 'no', 'on', 'off', 'OFF', '1', '0', '2', 'y', 't', 'truee'],
  ...['', 'x', '-1', '+1', '10', '30', '31', '1000', '1001', '1.5', '1e2', ' 1', '0x1', '99999999999999999999'],
  ...['0.7', '.7', '0.', '1.0', '1.000000000', '1.000000001', '0.123456789', '0.1234567890', '7e-1', '00.7', '1,0'],
  ...['change', 'Change', '1h', '7d', '0d', '01d', '999999h', '1000000h', '1w', 'h', '1.5d'],
  ...['high,critical', 'high,', ',high', 'high, critical', 'high,high', 'identified,mitigated'],
  ...['requested,approved', '12-3', '12-', '-3', '12-3-4'],
  ...['00ff', '00FF', 'sha256:00ff', 'sha256:', ':00ff', 'sha256:00ff:', 'sha-256:00ff', 'sha256:00 ff'],
  ...['a'.repeat(256), 'a'.repeat(257), `${'b'.repeat(32)}:a`, `${'b'.repeat(33)}:a`, 'dsse', 'bundle', 'Bundle'],
  ...['gate.checked', 'gate.check', 'product.reviewed,gate.checked', 'threatatlas.gate.checked.v1'],
  ...['proposed,verified', 'design,testing', 'threat.identified,threatatlas.threat.scored.v1'],
  ...words,
  ...times,
  ...[200, 201, 500, 501, 1000, 1001].map(long),
];

export const headerValues = [
  ...['*', '"1"', '"1", "2"', '"1","2"', 'W/"1"', 'w/"1"', '1', '"1', '""', '"1" "2"', '"a b"', '*, "1"', '', ','],
  ...['a', 'a b', '~!', 'a'.repeat(255), 'a'.repeat(256), 'ä'],
];
