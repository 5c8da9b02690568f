/// Events in plain words: what happened, and which values became which.

import { inWords } from '../../../components/tags';
import type { LogEvent, StoredEvent } from './stored_events';

export interface FieldChange {
    field: string;
    /// undefined: not known here. An empty text: there was none.
    from: string | undefined;
    to: string;
}

export interface EventInWords extends StoredEvent {
    title: string;
    changes: FieldChange[];
}

const titles: Record<string, string> = {
    'threat.identified': 'Threat identified',
    'threat.scored': 'Threat scored',
    'threat.status_changed': 'Status of the threat changed',
    'threat.described': 'Threat described',
    'threat.removed': 'Threat removed',
    'mitigation.proposed': 'Mitigation recorded',
    'mitigation.status_changed': 'Status of the mitigation changed',
    'mitigation.linked': 'Coverage of the mitigation changed',
    'mitigation.described': 'Mitigation described',
    'mitigation.removed': 'Mitigation removed',
    'gate.checked': 'Check of the gate recorded',
};

/// "threat.scored" of "threatatlas.threat.scored.v1"
export function shortType(type: string): string {
    return type.replace(/^threatatlas\./, '').replace(/\.v\d+$/, '');
}

/// Members of `data` that are no field of the object.
const notFields = new Set(['threat_id', 'mitigation_id', 'from', 'occurred_at']);
/// An event of such a type has all of these fields; one that is absent has no value from then on.
const wholeFields: Record<string, readonly string[]> = {
    'threat.scored': ['severity', 'likelihood', 'impact'],
    'mitigation.linked': ['threat_ids', 'diagram', 'element_id'],
};

function valueText(field: string, value: unknown): string {
    if (value === undefined || value === null) return '';
    if (field === 'severity' || field === 'status') return inWords(String(value));
    if (Array.isArray(value)) return value.join(', ');
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/// "element_id" as a person reads it.
export function fieldName(field: string): string {
    return { threat_ids: 'Threats', external_id: 'External id', element_id: 'Element id' }[field] ?? inWords(field);
}

type Values = Map<string, string>;

function changesOf(event: LogEvent, before: Values | undefined): FieldChange[] {
    const type = shortType(event.type);
    const isFirst = type === 'threat.identified' || type === 'mitigation.proposed';
    const fields = wholeFields[type] ?? Object.keys(event.data).filter((field) => !notFields.has(field));
    return fields
        .map((field) => {
            const to = valueText(field, event.data[field]);
            const told = field === 'status' && 'from' in event.data ? valueText(field, event.data['from']) : undefined;
            const known = isFirst ? '' : before === undefined ? undefined : (before.get(field) ?? '');
            return { field: fieldName(field), key: field, from: told ?? known, to };
        })
        .filter(({ from, to }) => from !== to)
        .map(({ field, from, to }) => ({ field, from, to }));
}

/// The events in words, in the same order. What a value was before follows from the events before;
/// it is not known for an object whose beginning is not among them.
export function inPlainWords(events: readonly StoredEvent[]): EventInWords[] {
    const objects = new Map<string, Values>();
    return events.map(({ line, event }) => {
        const type = shortType(event.type);
        if (type === 'threat.identified' || type === 'mitigation.proposed') objects.set(event.subject, new Map());
        const values = objects.get(event.subject);
        const changes = changesOf(event, type === 'threat.identified' || type === 'mitigation.proposed' ? undefined : values);
        if (values !== undefined) {
            for (const field of wholeFields[type] ?? []) values.delete(field);
            for (const [field, value] of Object.entries(event.data)) values.set(field, valueText(field, value));
        }
        return { line, event, title: titles[type] ?? inWords(type.replaceAll('.', ' ')), changes };
    });
}

/// Whether an instant of the log is after the moment that is shown: an instant, or a day, which is
/// shown as of its end in UTC.
export function isAfterMoment(time: string, moment: string): boolean {
    if (/^\d{4}-\d{2}-\d{2}$/.test(moment)) return time.slice(0, 10) > moment;
    const [seconds, microseconds] = microsecondsOf(time);
    const [lastSeconds, lastMicroseconds] = microsecondsOf(moment);
    return seconds > lastSeconds || (seconds === lastSeconds && microseconds > lastMicroseconds);
}

/// The milliseconds of the whole second, and the microseconds beyond it.
function microsecondsOf(instant: string): [number, number] {
    const fraction = /[.,](\d+)/.exec(instant)?.[1] ?? '';
    return [Date.parse(instant.replace(/[.,]\d+/, '')), Number(fraction.slice(0, 6).padEnd(6, '0'))];
}
