/// Who made the change that an object's updated_at tells of.

import { api, dataOf } from './client';
import type { Event } from './types';

export interface Change {
    at: string;
    actor: string;
    onBehalfOf: string | undefined;
    reason: string | undefined;
}

/// The transaction of the product that was recorded at `instant`; undefined if there is none.
export async function changeAt(product: number, instant: string): Promise<Change | undefined> {
    const path = { product_id: product };
    const points = await dataOf(
        api.GET('/api/products/{product_id}/timeline', {
            params: { path, query: { from: instant, to: instant, every: 'change' } },
        }),
    );
    const position = points[points.length - 1]?.position;
    if (position === undefined || position === null) return undefined;
    const { data } = await api.GET('/api/products/{product_id}/events', {
        params: { path, query: { after: String(position - 1), limit: 1 } },
        parseAs: 'text',
    });
    const line = String(data ?? '').split('\n')[0];
    if (line === undefined || line === '') return undefined;
    const event = JSON.parse(line) as Event & { time: string; actor: string; onbehalfof?: string; reason?: string };
    if (event.time !== instant) return undefined;
    return { at: event.time, actor: event.actor, onBehalfOf: event.onbehalfof, reason: event.reason };
}
