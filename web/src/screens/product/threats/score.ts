/// Scores of threats as texts: '' is unscored, 'high' a severity alone, '3x4' likelihood 3 and impact 4.

import type { Severity, Threat } from '../../../api/types';
import { inWords } from '../../../components/tags';

export interface Cell {
    likelihood: number;
    impact: number;
}

/// The levels of likelihood and impact.
export const levels = [1, 2, 3, 4, 5] as const;

/// The server's rule.
export function severityOf({ likelihood, impact }: Cell): Severity {
    const score = likelihood * impact;
    if (score >= 20) return 'critical';
    if (score >= 12) return 'high';
    return score >= 6 ? 'medium' : 'low';
}

export function cellOf(text: string): Cell | undefined {
    const match = /^([1-5])x([1-5])$/.exec(text);
    return match === null ? undefined : { likelihood: Number(match[1]), impact: Number(match[2]) };
}

export function textOfCell({ likelihood, impact }: Cell): string {
    return `${likelihood}x${impact}`;
}

export function scoreText({ severity, likelihood, impact }: Threat): string {
    return likelihood !== null && impact !== null ? textOfCell({ likelihood, impact }) : (severity ?? '');
}

export function scoreWords(text: string): string {
    const cell = cellOf(text);
    if (cell === undefined) return text === '' ? 'Unscored' : `${inWords(text)}, without likelihood and impact`;
    return `${inWords(severityOf(cell))}: likelihood ${cell.likelihood} × impact ${cell.impact} = ${cell.likelihood * cell.impact}`;
}

/// The members of a request that set the score.
export function scoreBody(text: string): Record<string, unknown> {
    const cell = cellOf(text);
    // A severity alone clears likelihood and impact.
    return cell === undefined ? { severity: text === '' ? null : text } : { ...cell };
}
