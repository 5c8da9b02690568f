/// Says which of the selected threats somebody else has changed, and how.

import { threatFields, threatKind } from './threat_kind';
import type { Difference } from './bulk_change';

const shownAtMost = 20;

function changesOf({ before, now }: Difference): string {
    if (now === undefined) return 'removed';
    const old = threatKind.valuesOf(before);
    const current = threatKind.valuesOf(now);
    return Object.keys(current)
        .filter((name) => current[name] !== old[name])
        .map((name) => {
            const words = (value: string) => threatFields[name]?.text?.(value) ?? (value === '' ? '(empty)' : value.slice(0, 100));
            return `${threatFields[name]?.label ?? name}: ${words(old[name] ?? '')} → ${words(current[name] ?? '')}`;
        })
        .join('; ');
}

export function BulkConflict({ changed, total }: { changed: readonly Difference[]; total: number }) {
    return (
        <div class="warning" role="alert">
            <strong>
                {changed.length} of the {total} threats {changed.length === 1 ? 'was' : 'were'} changed by somebody else meanwhile. Nothing of
                yours is recorded yet.
            </strong>
            <ul>
                {changed.slice(0, shownAtMost).map((difference) => (
                    <li key={difference.before.id}>
                        {difference.before.id}: <bdi>{difference.before.name.slice(0, 100)}</bdi> – <bdi>{changesOf(difference)}</bdi>
                    </li>
                ))}
            </ul>
            {changed.length > shownAtMost ? <p>and {changed.length - shownAtMost} more</p> : null}
        </div>
    );
}
