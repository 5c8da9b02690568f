/// The rules of policies in plain words.

import type { Policy, Severity } from '../../api/types';
import { dayText } from '../../components/time';
import type { PolicyRule, RuleKind } from './policy_types';

export interface KindOfRule {
    kind: RuleKind;
    /// Its name in a list of kinds.
    title: string;
    hasSeverity: boolean;
    /// The label of its limit.
    limit: string;
    /// What it counts, and what it does not.
    hint: string;
}

export const kindsOfRules: readonly KindOfRule[] = [
    {
        kind: 'max_threats',
        title: 'Threats on record',
        hasSeverity: true,
        limit: 'At most (threats)',
        hint: 'Counts threats whether they are mitigated or not. Accepted ones do not count.',
    },
    {
        kind: 'max_unmitigated',
        title: 'Open threats',
        hasSeverity: true,
        limit: 'At most (threats)',
        hint: 'Open: neither mitigated nor covered by an active mitigation. Accepted ones do not count.',
    },
    {
        kind: 'max_open_days',
        title: 'Age of open threats',
        hasSeverity: true,
        limit: 'At most (days)',
        hint: 'Counts from the day on which a threat was identified, as long as it is open.',
    },
    {
        kind: 'min_mitigation_ratio',
        title: 'Mitigation ratio',
        hasSeverity: false,
        limit: 'At least (%)',
        hint: 'The part of all threats that is mitigated. Accepted threats count as not mitigated.',
    },
    {
        kind: 'max_unscored',
        title: 'Threats without a severity',
        hasSeverity: false,
        limit: 'At most (threats)',
        hint: 'Nobody has assessed them yet.',
    },
    {
        kind: 'min_threats',
        title: 'Size of the model',
        hasSeverity: false,
        limit: 'At least (threats)',
        hint: 'An empty model proves nothing.',
    },
    {
        kind: 'max_accepted',
        title: 'Accepted risks',
        hasSeverity: false,
        limit: 'At most (threats)',
        hint: 'Counts the threats whose risk is accepted.',
    },
    {
        kind: 'max_days_since_review',
        title: 'Age of the last review',
        hasSeverity: false,
        limit: 'At most (days)',
        hint: 'Without any review, the days since the product was registered.',
    },
];

export function kindOfRule(kind: RuleKind): KindOfRule {
    return kindsOfRules.find((candidate) => candidate.kind === kind) ?? kindsOfRules[0]!;
}

/// 0.7 as "70"; without the digits that binary fractions add.
export function percentText(ratio: number): string {
    return String(Number((ratio * 100).toPrecision(15)));
}

function count(number: number, one: string): string {
    return `${number} ${one}${number === 1 ? '' : 's'}`;
}

/// "No critical threat", "At most 3 threats of high severity or above"
function threats(limit: number, severity: Severity | undefined): string {
    const number = limit === 0 ? 'No' : `At most ${limit}`;
    const noun = limit === 0 || limit === 1 ? 'threat' : 'threats';
    if (severity === undefined) return `${number} ${noun}`;
    return severity === 'critical' ? `${number} critical ${noun}` : `${number} ${noun} of ${severity} severity or above`;
}

/// What the rule demands: "At least 70 % of the threats are mitigated".
export function sentenceOf({ rule, limit, severity }: Pick<PolicyRule, 'rule' | 'limit' | 'severity'>): string {
    const verb = limit === 0 || limit === 1 ? 'is' : 'are';
    switch (rule) {
        case 'max_threats':
            return `${threats(limit, severity)} ${verb} on record`;
        case 'max_unmitigated':
            return `${threats(limit, severity)} ${verb} open`;
        case 'max_open_days':
            return `${threats(0, severity)} is open for more than ${count(limit, 'day')}`;
        case 'min_mitigation_ratio':
            return `At least ${percentText(limit)} % of the threats are mitigated`;
        case 'max_unscored':
            return `${threats(limit, undefined)} ${verb} without a severity`;
        case 'min_threats':
            return `At least ${count(limit, 'threat')} ${verb} on record`;
        case 'max_accepted':
            return `${threats(limit, undefined)} ${verb} accepted`;
        case 'max_days_since_review':
            return limit === 0 ? 'The last review is of today' : `The last review is at most ${count(limit, 'day')} ago`;
    }
}

/// What the gate does if a rule of this mode is broken.
export function modeText(mode: 'fail' | 'warn'): string {
    return mode === 'fail' ? 'fails' : 'warns';
}

/// All rules in one line.
export function lineOf(policy: Policy): string {
    return policy.rules
        .map((rule) => sentenceOf(rule) + (rule.mode === 'warn' ? ' (warns)' : ''))
        .join('; ');
}

export function acceptancesText(acceptances: Policy['acceptances']): string {
    if (!acceptances.honoured) return 'Not honoured: accepted threats count like others';
    return acceptances.max_days === undefined
        ? 'Honoured: threats whose risk is accepted are left out'
        : `Honoured: threats whose risk is accepted are left out. New acceptances last at most ${count(acceptances.max_days, 'day')}`;
}

/// `today` is a day in UTC, as the API writes days.
export function effectText(effectiveFrom: string | undefined, today: string): string {
    if (effectiveFrom === undefined) return 'Always in effect';
    return effectiveFrom > today
        ? `In effect from ${dayText(effectiveFrom)} (UTC). Until then, broken rules only warn`
        : `In effect since ${dayText(effectiveFrom)} (UTC)`;
}

export function baselineText(baseline: string | undefined): string {
    return baseline === undefined
        ? 'None: the rules count everything'
        : `The end of ${dayText(baseline)} (UTC): the rules count only what got worse since`;
}

/// A sentence of the server with the names of kinds of rules replaced by what the form calls them.
export function inWordsOfForm(text: string): string {
    return kindsOfRules.reduce((changed, { kind, title }) => changed.replaceAll(kind, `“${title}”`), text);
}
