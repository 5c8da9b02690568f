/// The plan of an import, and the button that records it.

import { Field } from '../../../components/field';
import type { Imported } from '../../../api/types';
import type { ImportStore } from './import_store';
import { PlanLists } from './plan_lists';

/// A conflict is recorded as seen, so that it is not listed again.
function canRecord({ counts }: Imported): boolean {
    return counts.added + counts.changed + counts.removed + counts.conflicts > 0;
}

function Counts({ plan }: { plan: Imported }) {
    const { counts } = plan;
    const shown: [string, number][] = [
        ['Added', counts.added],
        ['Changed', counts.changed],
        ['Removed or set aside', counts.removed],
        ['Unchanged', counts.unchanged],
    ];
    return (
        <dl class="plan-counts">
            {shown.map(([title, count]) => (
                <div key={title}>
                    <dt>{title}</dt>
                    <dd>{count.toLocaleString('en')}</dd>
                </div>
            ))}
        </dl>
    );
}

interface ImportPlanProperties {
    store: ImportStore;
    /// The product's version now; the plan was made for an older one if they differ.
    version: number;
    onRecord: () => void;
}

export function ImportPlan({ store, version, onRecord }: ImportPlanProperties) {
    const plan = store.plan.value?.imported;
    if (plan === undefined) return null;
    const isBusy = store.work.value !== undefined;
    const faults = store.problem.value?.fieldErrors;
    return (
        <section class="card" aria-label="Plan">
            <h2>What this import would record</h2>
            {store.wasPlannedAgain.value ? (
                <p class="warning" role="alert">
                    Somebody has changed the product meanwhile. Nothing was recorded; this is the plan for its state now. Look at it again
                    before you record it.
                </p>
            ) : null}
            {plan.version < version && !store.wasPlannedAgain.value ? (
                <p class="warning" role="status">
                    The product has changed since this plan was made.{' '}
                    <button type="button" disabled={isBusy} onClick={() => store.planAgain(true)}>
                        Plan again
                    </button>
                </p>
            ) : null}
            <p>
                Read as <strong>{plan.format}</strong>, source <bdi>{plan.source}</bdi>.
            </p>
            <Counts plan={plan} />
            <PlanLists plan={plan} />
            {canRecord(plan) ? (
                <form class="record" onSubmit={(event) => (event.preventDefault(), onRecord())}>
                    <Field
                        label="Reason (optional)"
                        hint={`It stands with each change. Without one it is “Import of ${plan.source}”.`}
                        fault={faults?.get('reason')}
                    >
                        {(parts) => (
                            <input
                                {...parts}
                                maxLength={1_000}
                                value={store.reason.value}
                                onInput={(event) => (store.reason.value = event.currentTarget.value)}
                            />
                        )}
                    </Field>
                    <div class="actions">
                        <button type="submit" class="primary" disabled={isBusy}>
                            {store.work.value === 'recording' ? 'Recording…' : 'Record these changes'}
                        </button>
                        <button type="button" disabled={isBusy} onClick={() => store.clear()}>
                            Do not import
                        </button>
                    </div>
                </form>
            ) : (
                <p>Nothing would change: the product is up to date with this file.</p>
            )}
        </section>
    );
}
