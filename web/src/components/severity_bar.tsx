/// The threats of a product by severity, as a bar whose parts have their numbers in words.

import type { Summary } from '../api/types';
import { inWords, severities } from './tags';

const kinds = [...severities, 'unscored'] as const;

export function SeverityBar({ summary }: { summary: Summary }) {
    const counts = summary.by_severity;
    const words = kinds
        .filter((kind) => counts[kind] > 0)
        .map((kind) => `${counts[kind]} ${inWords(kind).toLowerCase()}`)
        .join(', ');
    if (words === '') return <span class="hint">No threats</span>;
    return (
        <svg class="severity-bar" role="img" aria-label={words} preserveAspectRatio="none" viewBox={`0 0 ${summary.total_threats} 1`}>
            <title>{words}</title>
            {kinds.map((kind, index) => {
                const start = kinds.slice(0, index).reduce((sum, before) => sum + counts[before], 0);
                return counts[kind] === 0 ? null : (
                    <rect key={kind} class={`fill-${kind}`} x={start} y={0} width={counts[kind]} height={1} />
                );
            })}
        </svg>
    );
}
