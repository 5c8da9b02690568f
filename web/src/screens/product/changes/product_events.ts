/// The events of a product in a range of positions.

import { api } from '../../../api/client';

/// An event as its line has it. What `data` has depends on the type.
export interface LoggedEvent {
    position: number;
    time: string;
    /// "threatatlas.threat.scored.v1"
    type: string;
    /// "threats/7", "product"
    subject: string;
    actor: string;
    reason?: string;
    onbehalfof?: string;
    data: Record<string, unknown>;
}

/// The events of one request, which are recorded together.
export interface Transaction {
    time: string;
    events: LoggedEvent[];
}

export interface EventRange {
    events: LoggedEvent[];
    /// There are more than were read.
    isCut: boolean;
}

const pageLength = 1_000;
const eventsMax = 5_000;

/// The events after `after` up to `last`, ascending.
export async function readEvents(product: number, after: number, last: number, signal: AbortSignal, max = eventsMax): Promise<EventRange> {
    const events: LoggedEvent[] = [];
    let from = after;
    while (from < last) {
        const { data } = await api.GET('/api/products/{product_id}/events', {
            params: { path: { product_id: product }, query: { after: String(from), limit: Math.min(pageLength, max) } },
            parseAs: 'text',
            signal,
        });
        const lines = String(data ?? '').split('\n').filter((line) => line !== '');
        const page = lines.map((line) => JSON.parse(line) as LoggedEvent);
        events.push(...page.filter(({ position }) => position <= last));
        const end = page[page.length - 1]?.position;
        if (end === undefined || page.length < Math.min(pageLength, max)) break;
        if (events.length >= max) return { events, isCut: end < last };
        from = end;
    }
    return { events, isCut: false };
}

export function transactionsOf(events: readonly LoggedEvent[]): Transaction[] {
    const transactions: Transaction[] = [];
    for (const event of events) {
        const last = transactions[transactions.length - 1];
        if (last?.time === event.time) last.events.push(event);
        else transactions.push({ time: event.time, events: [event] });
    }
    return transactions;
}

/// The events by what they are about, such as "threats/7".
export function eventsBySubject(events: readonly LoggedEvent[]): ReadonlyMap<string, LoggedEvent[]> {
    const bySubject = new Map<string, LoggedEvent[]>();
    for (const event of events) {
        const same = bySubject.get(event.subject);
        if (same === undefined) bySubject.set(event.subject, [event]);
        else same.push(event);
    }
    return bySubject;
}
