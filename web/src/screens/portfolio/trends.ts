/// The last 90 days of the products in sight: how many high and critical threats were open.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { api, dataOf } from '../../api/client';
import { CallQueue } from '../../api/call_queue';
import type { Product, TimelinePoint } from '../../api/types';
import { dayOf } from '../../components/time';
import { endOfMoment } from '../../moment/moment';

const trendDays = 90;
const dayMilliseconds = 86_400_000;
const callsAtOnce = 3;

interface Entry {
    /// The version of the product that was read; -1: none.
    version: number;
    trend: Signal<readonly TimelinePoint[] | undefined>;
}

export class Trends {
    private readonly entries = new Map<number, Entry>();
    private readonly queue = new CallQueue(callsAtOnce);

    /// When the trends begin, in milliseconds since 1970: a day in UTC.
    readonly start: number;

    constructor(private readonly moment: string | undefined) {
        this.start = Date.parse(dayOf(new Date(endOfMoment(moment) - trendDays * dayMilliseconds)));
    }

    /// Undefined until it is read.
    of(product: number): ReadonlySignal<readonly TimelinePoint[] | undefined> {
        return this.entry(product).trend;
    }

    /// Reads the trends of these products if they are not known; others that wait are dropped.
    want(products: readonly Product[]): void {
        this.queue.keepOnly(new Set(products.map(keyOf)));
        for (const product of products) {
            const entry = this.entry(product.id);
            if (entry.version === product.version || this.queue.isRunning(keyOf(product))) continue;
            this.queue.push(
                keyOf(product),
                (signal) => this.read(product.id, signal),
                (points) => {
                    entry.version = product.version;
                    entry.trend.value = points;
                },
                // Without a trend the row is still useful.
                () => (entry.version = product.version),
            );
        }
    }

    close(): void {
        this.queue.close();
    }

    private entry(product: number): Entry {
        let entry = this.entries.get(product);
        if (entry === undefined) {
            entry = { version: -1, trend: signal(undefined) };
            this.entries.set(product, entry);
        }
        return entry;
    }

    private async read(product: number, abort: AbortSignal): Promise<TimelinePoint[]> {
        const query = {
            from: dayOf(new Date(this.start)),
            ...(this.moment === undefined ? {} : { to: this.moment }),
            every: '3d',
        };
        return await dataOf(
            api.GET('/api/products/{product_id}/timeline', { params: { path: { product_id: product }, query }, signal: abort }),
        );
    }
}

function keyOf({ id, version }: Product): string {
    return `${id}/${version}`;
}
