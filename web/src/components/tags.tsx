/// Words of the API with a shape and a colour; the word is always there, the colour only helps.

import type { Severity, ThreatStatus } from '../api/types';

export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

const severityMarks: Record<Severity | 'unscored', string> = {
    critical: '▲▲',
    high: '▲',
    medium: '◆',
    low: '▽',
    unscored: '?',
};

/// The sign that stands beside the word of a severity.
export function severityMark(severity: Severity): string {
    return severityMarks[severity];
}

/// "in_progress" as a person reads it.
export function inWords(word: string): string {
    const text = word.replaceAll('_', ' ');
    return text.charAt(0).toUpperCase() + text.slice(1);
}

export function SeverityTag({ severity }: { severity: string | null }) {
    const kind = (severity ?? 'unscored') as Severity | 'unscored';
    return (
        <span class={`tag severity ${kind}`}>
            <span aria-hidden="true">{severityMarks[kind]}</span> {inWords(kind)}
        </span>
    );
}

export function StatusTag({ status }: { status: ThreatStatus | string }) {
    return <span class={`tag status ${status}`}>{inWords(status)}</span>;
}

/// `pass` null: not judged, because no policy applies.
export function VerdictTag({ pass, size = 'normal' }: { pass: boolean | null; size?: 'normal' | 'large' }) {
    const kind = pass === null ? 'none' : pass ? 'pass' : 'fail';
    const word = { none: 'No policy', pass: 'Pass', fail: 'Fail' }[kind];
    return (
        <span class={`tag verdict ${kind} ${size}`}>
            <span aria-hidden="true">{{ none: '–', pass: '✓', fail: '✕' }[kind]}</span> {word}
        </span>
    );
}
