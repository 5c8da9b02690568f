/// Events together with their lines, byte for byte as they are stored: a proof is about the line.

import { api, fetchFromApi } from '../../../api/client';
import { nextPage } from '../../../api/pages';

/// An event as its line has it. `data` depends on the type.
export interface LogEvent {
    position: number;
    time: string;
    type: string;
    subject: string;
    actor: string;
    reason?: string;
    onbehalfof?: string;
    data: Record<string, unknown>;
}

export interface StoredEvent {
    /// Without a newline.
    line: string;
    /// What the line says.
    event: LogEvent;
}

/// The texts of the elements of a JSON array, as they stand in it.
export function elementsOf(array: string): string[] {
    const elements: string[] = [];
    let depth = 0;
    let begin = 0;
    let isInText = false;
    function take(end: number) {
        const element = array.slice(begin, end).trim();
        if (element !== '') elements.push(element);
        begin = end + 1;
    }
    for (let at = 0; at < array.length; ++at) {
        const character = array[at];
        if (isInText) {
            if (character === '\\') ++at;
            else if (character === '"') isInText = false;
        } else if (character === '"') {
            isInText = true;
        } else if (character === '[' || character === '{') {
            if (++depth === 1) begin = at + 1;
        } else if (character === ']' || character === '}') {
            if (--depth === 0) take(at);
        } else if (character === ',' && depth === 1) {
            take(at);
        }
    }
    return elements;
}

function stored(line: string): StoredEvent {
    return { line, event: JSON.parse(line) as LogEvent };
}

const eventsAtOnce = 1_000;

/// The events of a threat, and of mitigations while they covered it, by position.
export async function threatEvents(product: number, threat: number, signal: AbortSignal): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    let { data, response } = await api.GET('/api/products/{product_id}/threats/{threat_id}/history', {
        params: { path: { product_id: product, threat_id: threat }, query: { limit: eventsAtOnce } },
        parseAs: 'text',
        signal,
    });
    for (;;) {
        events.push(...elementsOf(String(data ?? '')).map(stored));
        const next = nextPage(response);
        if (next === undefined) return events;
        response = await fetchFromApi(new URL(next, location.origin), signal);
        data = await response.text();
    }
}

/// The event at a position of the log; undefined if the person may not see it.
export async function eventAt(position: number, signal?: AbortSignal): Promise<StoredEvent | undefined> {
    const { data } = await api.GET('/api/events', {
        params: { query: { after: String(position - 1), limit: 1 } },
        parseAs: 'text',
        ...(signal === undefined ? {} : { signal }),
    });
    const line = String(data ?? '').split('\n')[0];
    if (line === undefined || line === '') return undefined;
    const found = stored(line);
    return found.event.position === position ? found : undefined;
}
