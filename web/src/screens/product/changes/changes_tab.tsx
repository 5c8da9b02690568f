/// Two moments compared: what differs, who did it and why.

import { api, dataOf } from '../../../api/client';
import { useResource } from '../../../api/resource';
import type { Diff } from '../../../api/types';
import { ResourceNote } from '../../../components/problem_note';
import type { ProductTab } from '../product_screen';
import { useSince } from '../overview/since';
import { DiffObjects } from './diff_objects';
import { DiffSummary } from './diff_summary';
import { type EventRange, eventsBySubject, readEvents, transactionsOf } from './product_events';
import { shownRange } from './range';
import { RangeForm } from './range_form';
import { Transactions } from './transactions';

interface Comparison {
    diff: Diff;
    range: EventRange;
}

async function compare(product: number, from: string, to: string | undefined, signal: AbortSignal): Promise<Comparison> {
    const diff = await dataOf(
        api.GET('/api/products/{product_id}/diff', {
            params: { path: { product_id: product }, query: { from, ...(to === undefined ? {} : { to }) } },
            signal,
        }),
    );
    const range = await readEvents(product, diff.from.position ?? 0, diff.to.position ?? 0, signal);
    return { diff, range };
}

export function ChangesTab({ product, revision }: ProductTab) {
    const range = shownRange();
    const since = useSince(product.id, revision);
    // A range that ends in the past stays as it is.
    const comparison = useResource(
        (signal) => compare(product.id, range.from, range.to, signal),
        [product.id, range.from, range.to, range.to === undefined ? revision : 0],
    );
    const data = comparison.data.value;
    const isCurrent = data?.diff.product_id === product.id;
    return (
        <div class="changes">
            <RangeForm product={product} range={range} since={since.data.value} />
            <ResourceNote of={comparison} what="the changes" />
            {isCurrent ? (
                <div class="columns">
                    <div>
                        {data.range.isCut ? (
                            <p class="warning">
                                Who and why is shown for the first {data.range.events.length.toLocaleString('en')} events only. Choose a
                                shorter range to see all.
                            </p>
                        ) : null}
                        <section class="card" aria-label="Counts at both moments">
                            <h2>Counts</h2>
                            <DiffSummary diff={data.diff} />
                        </section>
                        <DiffObjects diff={data.diff} events={eventsBySubject(data.range.events)} />
                    </div>
                    <section class="card" aria-label="Change by change">
                        <h2>
                            Change by change <span class="hint">{transactionsOf(data.range.events).length}</span>
                        </h2>
                        <Transactions
                            key={`${range.from} ${range.to ?? ''}`}
                            transactions={transactionsOf(data.range.events)}
                            product={product.id}
                        />
                    </section>
                </div>
            ) : null}
        </div>
    );
}
