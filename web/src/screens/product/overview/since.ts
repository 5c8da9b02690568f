/// Since when the verdict is what it is, and what made it so.

import { api, dataOf } from '../../../api/client';
import { asProblem } from '../../../api/problem';
import { type Resource, useResource } from '../../../api/resource';
import { asOf, atMoment } from '../../../moment/moment';
import { momentRests } from '../../../moment/rest';
import { type LoggedEvent, readEvents } from '../changes/product_events';

export interface CauseEvent {
    position: number;
    type: string;
    subject: string;
    time: string;
    actor: string;
    on_behalf_of: string | null;
    reason: string | null;
    /// What the event says; missing if it is not one of the product.
    data?: Record<string, unknown>;
}

export interface Cause {
    kind: 'event' | 'policy' | 'day';
    conditions: string[];
    events: CauseEvent[];
    event_count: number;
    policy: { name: string; version: number } | null;
    ended_acceptance_ids: number[];
    policies_in_effect: string[];
}

export interface Since {
    product_id: number;
    pass: boolean;
    since: string;
    cause: Cause | undefined;
    last_opposite: { at: string; position: number } | null;
    /// False: the verdict is older than what the server looked at.
    complete: boolean;
}

/// The members of a cause that this page knows.
function causeOf(given: { kind: Cause['kind'] } & Record<string, unknown>): Cause {
    const list = <Item>(name: string) => (Array.isArray(given[name]) ? (given[name] as Item[]) : []);
    const events = list<CauseEvent>('events');
    return {
        kind: given.kind,
        conditions: list('conditions'),
        events,
        event_count: typeof given['event_count'] === 'number' ? given['event_count'] : events.length,
        policy: (given['policy'] as Cause['policy'] | undefined) ?? null,
        ended_acceptance_ids: list('ended_acceptance_ids'),
        policies_in_effect: list('policies_in_effect'),
    };
}

/// Adds to the events of a cause what they say.
async function withDetails(product: number, cause: Cause, signal: AbortSignal): Promise<Cause> {
    const first = cause.events[0];
    const last = cause.events[cause.events.length - 1];
    if (first === undefined || last === undefined || cause.kind === 'day') return cause;
    const { events } = await readEvents(product, first.position - 1, last.position, signal, cause.events.length);
    const byPosition = new Map<number, LoggedEvent>(events.map((event) => [event.position, event]));
    return {
        ...cause,
        events: cause.events.map((event) => {
            const data = byPosition.get(event.position)?.data;
            return data === undefined ? event : { ...event, data };
        }),
    };
}

async function readSince(product: number, signal: AbortSignal): Promise<Since | undefined> {
    await momentRests(signal);
    try {
        const answer = await dataOf(
            api.GET('/api/products/{product_id}/security-status/since', {
                params: { path: { product_id: product }, query: atMoment() },
                signal,
            }),
        );
        if (answer.since === null) return undefined;
        const cause = answer.cause === null ? undefined : await withDetails(product, causeOf(answer.cause), signal);
        return { ...answer, since: answer.since, cause };
    } catch (thrown) {
        // The product's own answer says that there is no such product.
        if (asProblem(thrown)?.status === 404) return undefined;
        throw thrown;
    }
}

/// The data is undefined while it is not known.
export function useSince(product: number, revision: number): Resource<Since | undefined> {
    return useResource((signal) => readSince(product, signal), [product, asOf.value, revision]);
}
