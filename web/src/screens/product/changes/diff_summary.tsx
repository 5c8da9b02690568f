/// The counts at the two moments, and their differences.

import type { Diff, Summary } from '../../../api/types';
import { inWords, severities } from '../../../components/tags';

const kinds = [...severities, 'unscored'] as const;

type Count = Exclude<keyof Diff['summary'], 'by_severity'>;
const counts: readonly [Count, string][] = [
    ['total_threats', 'Threats'],
    ['mitigated_threats', 'Mitigated'],
    ['unmitigated_high', 'High or critical without active mitigation'],
    ['total_mitigations', 'Mitigations'],
    ['active_mitigations', 'Active mitigations'],
];

interface Row {
    title: string;
    from: number | undefined;
    to: number | undefined;
    difference: number;
}

function signed(difference: number): string {
    if (difference === 0) return '0';
    return difference > 0 ? `+${difference}` : `−${-difference}`;
}

function rowsOf(diff: Diff): Row[] {
    const row = (title: string, read: (summary: Summary) => number, difference: number): Row => ({
        title,
        from: diff.from.summary === null ? undefined : read(diff.from.summary),
        to: diff.to.summary === null ? undefined : read(diff.to.summary),
        difference,
    });
    return [
        ...counts.slice(0, 1).map(([name, title]) => row(title, (summary) => summary[name], diff.summary[name])),
        ...kinds.map((kind) => row(inWords(kind), ({ by_severity }) => by_severity[kind], diff.summary.by_severity[kind])),
        ...counts.slice(1).map(([name, title]) => row(title, (summary) => summary[name], diff.summary[name])),
    ];
}

export function DiffSummary({ diff }: { diff: Diff }) {
    return (
        <div class="table-scroll" tabIndex={0} role="region" aria-label="Counts">
            <table class="diff-summary">
                <thead>
                    <tr>
                        <th scope="col">Count</th>
                        <th scope="col" class="number">
                            From
                        </th>
                        <th scope="col" class="number">
                            To
                        </th>
                        <th scope="col" class="number">
                            Difference
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {rowsOf(diff).map(({ title, from, to, difference }) => (
                        <tr key={title} class={difference === 0 ? 'same' : 'different'}>
                            <th scope="row">{title}</th>
                            <td class="number">{from ?? '–'}</td>
                            <td class="number">{to ?? '–'}</td>
                            <td class="number">{signed(difference)}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}
