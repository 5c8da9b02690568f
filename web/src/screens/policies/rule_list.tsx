/// The rules of a policy, each in a sentence with what happens if it is broken. That has no colour of a
/// verdict: nothing is broken here.

import type { Policy } from '../../api/types';
import { dayText } from '../../components/time';
import { modeText, sentenceOf } from './rule_words';

export function RuleMode({ mode, warnsUntil }: { mode: 'fail' | 'warn'; warnsUntil?: string | undefined }) {
    return (
        <>
            <span class="tag">
                <span aria-hidden="true">{mode === 'fail' ? '✕' : '!'}</span> {modeText(mode)}
            </span>
            {mode === 'fail' && warnsUntil !== undefined ? <span class="hint"> from {dayText(warnsUntil)}, warns until then</span> : null}
        </>
    );
}

/// `today` is a day in UTC.
export function RuleList({ policy, today }: { policy: Policy; today: string }) {
    const from = policy.effective_from;
    const warnsUntil = from !== undefined && from > today ? from : undefined;
    return (
        <ul class="policy-rules">
            {policy.rules.map((rule) => (
                <li key={`${rule.rule} ${rule.severity} ${rule.mode}`}>
                    <span class="sentence">{sentenceOf(rule)}</span>
                    <span>
                        <RuleMode mode={rule.mode} warnsUntil={warnsUntil} />
                    </span>
                </li>
            ))}
        </ul>
    );
}
