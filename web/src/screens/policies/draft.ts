/// A policy while somebody edits it: texts as typed, which may not be valid yet.

import type { ApiProblem } from '../../api/problem';
import type { Policy, Severity } from '../../api/types';
import { type Decision, decisionOf, noDecision } from '../../components/decision_fields';
import { kindOfRule, percentText } from './rule_words';
import type { PolicyDefinition, PolicyRule, RuleKind, RuleMode } from './policy_types';

export interface DraftRule {
    /// Tells rules apart while they are moved and removed.
    id: number;
    kind: RuleKind;
    severity: Severity;
    limit: string;
    mode: RuleMode;
}

export interface Draft {
    name: string;
    title: string;
    description: string;
    rules: DraftRule[];
    honoured: boolean;
    maxDays: string;
    /// Days in UTC, "2026-11-23"; empty: none.
    effectiveFrom: string;
    baseline: string;
    decision: Decision;
}

/// What is wrong, by JSON pointer into the definition, and "key" for the name.
export type Faults = ReadonlyMap<string, string>;

let lastRuleId = 0;

function draftOfRule({ rule, severity, limit, mode }: PolicyRule): DraftRule {
    return {
        id: ++lastRuleId,
        kind: rule,
        severity: severity ?? 'high',
        limit: rule === 'min_mitigation_ratio' ? percentText(limit) : String(limit),
        mode,
    };
}

export function newRule(): DraftRule {
    return { id: ++lastRuleId, kind: 'max_unmitigated', severity: 'high', limit: '0', mode: 'fail' };
}

export function emptyDraft(): Draft {
    return {
        name: '',
        title: '',
        description: '',
        rules: [newRule()],
        honoured: true,
        maxDays: '',
        effectiveFrom: '',
        baseline: '',
        decision: noDecision,
    };
}

export function draftOf(policy: Policy): Draft {
    return {
        ...emptyDraft(),
        name: policy.name,
        title: policy.title,
        description: policy.description ?? '',
        rules: policy.rules.map(draftOfRule),
        honoured: policy.acceptances.honoured,
        maxDays: policy.acceptances.max_days === undefined ? '' : String(policy.acceptances.max_days),
        effectiveFrom: policy.effective_from ?? '',
        baseline: policy.baseline ?? '',
    };
}

function numberOf(text: string): number | undefined {
    const trimmed = text.trim();
    return /^\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}

/// The rule as the API has it; undefined while its limit is not a number.
export function ruleOf({ kind, severity, limit, mode }: DraftRule): PolicyRule | undefined {
    const number = numberOf(limit);
    if (number === undefined) return undefined;
    return {
        rule: kind,
        ...(kindOfRule(kind).hasSeverity ? { severity } : {}),
        limit: kind === 'min_mitigation_ratio' ? Number((number / 100).toPrecision(15)) : number,
        mode,
    };
}

function textOrNull(text: string): string | null {
    return text.trim() === '' ? null : text;
}

/// The definition, or what is wrong with it as far as it can be seen without the server.
export function definitionOf(draft: Draft): { definition: PolicyDefinition } | { faults: Faults } {
    const faults = new Map<string, string>();
    const rules: PolicyRule[] = [];
    draft.rules.forEach((rule, index) => {
        const read = ruleOf(rule);
        if (read === undefined) faults.set(`/rules/${index}/limit`, 'Give a number that is not negative, such as 0 or 30.');
        else rules.push(read);
    });
    const maxDays = draft.honoured && draft.maxDays.trim() !== '' ? numberOf(draft.maxDays) : null;
    if (maxDays === undefined) faults.set('/acceptances/max_days', 'Give a number of days from 1 to 366, or leave it empty.');
    if (faults.size > 0) return { faults };
    return {
        definition: {
            title: draft.title,
            description: textOrNull(draft.description),
            rules,
            acceptances: { honoured: draft.honoured, max_days: maxDays ?? null },
            effective_from: textOrNull(draft.effectiveFrom),
            baseline: textOrNull(draft.baseline),
            ...decisionOf(draft.decision),
        },
    };
}

/// The faults that the server found. It names two rules that contradict each other in its sentence
/// only: "max_open_days of high never warns before it fails…". They get it as their fault.
export function faultsOf(problem: ApiProblem, rules: readonly DraftRule[]): Faults {
    const faults = new Map(problem.fieldErrors);
    const contradiction = faults.get('/rules');
    const named = /^([a-z_]+)(?: of ([a-z]+))? /.exec(contradiction ?? '');
    if (contradiction === undefined || named === null) return faults;
    const concerned = rules.flatMap(({ kind, severity }, index) =>
        kind === named[1] && (named[2] === undefined || severity === named[2]) ? [index] : [],
    );
    if (concerned.length > 0) faults.delete('/rules');
    for (const index of concerned) faults.set(`/rules/${index}`, contradiction);
    return faults;
}
