/// Brings the product up to date with a threat model of another tool: choose it, see the plan, record it.

import { useState } from 'preact/hooks';
import { ProblemNote } from '../../../components/problem_note';
import { isPast, showMoment } from '../../../moment/moment';
import { canWrite } from '../../../session/session';
import type { ProductTab } from '../product_screen';
import { FileFault } from './file_fault';
import { ImportForm } from './import_form';
import { ImportPlan } from './import_plan';
import { ImportResult } from './import_result';
import { ImportStore } from './import_store';

function Problem({ store }: { store: ImportStore }) {
    const problem = store.problem.value;
    if (problem === undefined) return null;
    // The server points at the file as a whole, and at parameters by their names.
    const isAboutFile = (problem.status === 400 || problem.status === 422) && !problem.fieldErrors.has('source') && !problem.fieldErrors.has('reason');
    if (isAboutFile) return <FileFault problem={problem} source={store.source.value} />;
    if (problem.status === 422) return null; // beside its field
    if (store.plan.value === undefined) return <ProblemNote problem={problem} isFinal onRetry={() => store.planAgain()} />;
    return (
        <>
            <ProblemNote problem={problem} isFinal />
            {problem.isTemporary ? (
                <p class="hint">You may record the changes again: they are never recorded twice.</p>
            ) : null}
        </>
    );
}

function ImportOf({ product, status, refresh }: ProductTab) {
    const [store] = useState(() => new ImportStore(product.id));
    const recorded = store.recorded.value;
    async function record() {
        if (await store.record(status.data.value)) refresh();
    }
    if (recorded !== undefined) {
        return (
            <ImportResult product={product.id} recorded={recorded} status={status.data.value} onAnother={() => store.clear()} />
        );
    }
    return (
        <>
            <ImportForm store={store} />
            {store.isTooLarge.value ? (
                <p class="problem" role="alert">
                    This file is larger than 16 MiB. The server reads no larger one: split it, and give each part a source of its own.
                </p>
            ) : null}
            <p role="status" class="loading">
                {store.work.value === 'planning' ? 'Comparing the file with the product…' : ''}
            </p>
            <Problem store={store} />
            <ImportPlan store={store} version={product.version} onRecord={() => void record()} />
        </>
    );
}

export function ImportTab(properties: ProductTab) {
    if (!canWrite.value) {
        return <p>Only editors and administrators may import. Ask an administrator for a token with that role.</p>;
    }
    if (isPast.value) {
        return (
            <section class="card">
                <p>You see the past, which cannot be changed. A file is imported into the product as it is now.</p>
                <button type="button" onClick={() => showMoment(undefined)}>
                    Back to now
                </button>
            </section>
        );
    }
    return <ImportOf key={properties.product.id} {...properties} />;
}
