/// What an import has recorded, and what it did to the verdict.

import { useEffect, useRef } from 'preact/hooks';
import type { SecurityStatus } from '../../../api/types';
import { VerdictTag } from '../../../components/tags';
import { Link } from '../../../routing/link';
import type { Recorded } from './import_store';
import { PlanLists } from './plan_lists';

function verdictOf(status: SecurityStatus): boolean | null {
    return status.conditions.length === 0 ? null : status.pass;
}

interface ImportResultProperties {
    product: number;
    recorded: Recorded;
    /// The verdict now, which may still be that of before the import.
    status: SecurityStatus | undefined;
    onAnother: () => void;
}

export function ImportResult({ product, recorded: { imported, before }, status, onAnother }: ImportResultProperties) {
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => heading.current?.focus(), []);
    const after = status !== undefined && status.position >= (imported.last_position ?? 0) ? status : undefined;
    const from = before === undefined ? '' : `?from=${encodeURIComponent(before.recorded_at)}`;
    return (
        <section class="card" aria-label="Result">
            <h2 ref={heading} tabIndex={-1}>
                {imported.first_position === null ? 'Nothing had to be recorded' : 'The changes are recorded'}
            </h2>
            <p>
                {imported.counts.added} added, {imported.counts.changed} changed, {imported.counts.removed} removed or set aside
                {imported.first_position === null
                    ? '.'
                    : `, at the positions ${imported.first_position} to ${imported.last_position} of the log.`}
            </p>
            <dl class="facts">
                <dt>Verdict before</dt>
                <dd>{before === undefined ? 'not known' : <VerdictTag pass={verdictOf(before)} />}</dd>
                <dt>Verdict now</dt>
                <dd>
                    {after === undefined ? (
                        <span class="loading">Reading the verdict…</span>
                    ) : (
                        <>
                            <VerdictTag pass={verdictOf(after)} />
                            {after.failures.length === 0 ? null : (
                                <ul>
                                    {after.failures.map((failure) => (
                                        <li key={failure}>{failure}</li>
                                    ))}
                                </ul>
                            )}
                        </>
                    )}
                </dd>
            </dl>
            <div class="actions">
                <Link class="button" href={`/products/${product}/changes${from}`}>
                    See the changes
                </Link>
                <Link class="button" href={`/products/${product}/threats`}>
                    See the threats
                </Link>
                <button type="button" onClick={onAnother}>
                    Import another file
                </button>
            </div>
            <PlanLists plan={imported} />
        </section>
    );
}
