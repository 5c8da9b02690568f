/// What was added, removed and changed between the two moments, with who did it and why.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Diff } from '../../../api/types';
import { Actor } from '../../../components/actor';
import { SeverityTag, StatusTag } from '../../../components/tags';
import { Time } from '../../../components/time';
import { EventText, ObjectLink, shortType } from './event_text';
import { FieldValue, fieldTitle } from './field_value';
import type { LoggedEvent } from './product_events';

type Events = ReadonlyMap<string, LoggedEvent[]>;
type Fields = Record<string, { from: unknown; to: unknown }>;

interface Entry {
    subject: string;
    name: string | undefined;
    tag?: ComponentChildren;
    fields?: Fields;
}

const shownAtFirst = 30;
const eventsAtFirst = 3;

/// Who changed an object, newest first.
function Doers({ events, product }: { events: readonly LoggedEvent[]; product: number }) {
    const [isWhole, setIsWhole] = useState(false);
    const newest = [...events].reverse();
    const shown = isWhole ? newest : newest.slice(0, eventsAtFirst);
    return (
        <ul class="doers">
            {shown.map((event) => (
                <li key={event.position}>
                    <Time at={event.time} form="day" /> <Actor actor={event.actor} onBehalfOf={event.onbehalfof} />
                    {': '}
                    <EventText event={event} product={product} />
                    {event.reason === undefined ? null : (
                        <>
                            {' '}
                            (“<bdi>{event.reason}</bdi>”)
                        </>
                    )}
                </li>
            ))}
            {newest.length > shown.length ? (
                <li>
                    <button type="button" class="plain" onClick={() => setIsWhole(true)}>
                        {newest.length - shown.length} more
                    </button>
                </li>
            ) : null}
        </ul>
    );
}

function FieldTable({ fields, name }: { fields: Fields; name: string }) {
    return (
        <div class="table-scroll">
            <table class="field-changes" aria-label={`Changed fields of ${name}`}>
                <thead>
                    <tr>
                        <th scope="col">Field</th>
                        <th scope="col">From</th>
                        <th scope="col">To</th>
                    </tr>
                </thead>
                <tbody>
                    {Object.entries(fields).map(([field, { from, to }]) => (
                        <tr key={field}>
                            <th scope="row">{fieldTitle(field)}</th>
                            <td>
                                <FieldValue value={from} field={field} />
                            </td>
                            <td>
                                <FieldValue value={to} field={field} />
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

interface GroupProperties {
    title: string;
    product: number;
    entries: readonly Entry[];
    events: Events;
}

function Group({ title, product, entries, events }: GroupProperties) {
    const [isWhole, setIsWhole] = useState(false);
    if (entries.length === 0) return null;
    const shown = isWhole ? entries : entries.slice(0, shownAtFirst);
    return (
        <section class="card diff-group" aria-label={title}>
            <h2>
                {title} <span class="hint">{entries.length}</span>
            </h2>
            <ul>
                {shown.map((entry) => {
                    const { subject, name, tag, fields } = entry;
                    return (
                        <li key={subject}>
                            {subject === 'product' ? null : (
                                <p class="object">
                                    <ObjectLink product={product} subject={subject} />
                                    {name === undefined ? null : <bdi>{name}</bdi>} {tag}
                                </p>
                            )}
                            {fields === undefined ? null : <FieldTable fields={fields} name={name ?? subject} />}
                            <Doers events={eventsOf(entry, events)} product={product} />
                        </li>
                    );
                })}
            </ul>
            {entries.length > shown.length ? (
                <button type="button" onClick={() => setIsWhole(true)}>
                    Show all {entries.length}
                </button>
            ) : null}
        </section>
    );
}

/// The events of an object and, if its coverage differs, those of the mitigations that make it so.
function eventsOf({ subject, fields }: Entry, events: Events): LoggedEvent[] {
    const coverage = fields?.['covered_by'];
    const ids = (value: unknown) => (Array.isArray(value) ? (value as number[]) : []);
    const [before, after] = [ids(coverage?.from), ids(coverage?.to)];
    const differing = [...before.filter((id) => !after.includes(id)), ...after.filter((id) => !before.includes(id))];
    const all = [subject, ...differing.map((id) => `mitigations/${id}`)].flatMap((of) => events.get(of) ?? []);
    return all.sort((a, b) => a.position - b.position);
}

const productTypes = new Set(['product.registered', 'product.described', 'product.archived', 'product.policy_assigned', 'product.reviewed']);

/// The events that change the product's own fields.
function ofProduct(events: Events): Events {
    const own = (events.get('product') ?? []).filter(({ type }) => productTypes.has(shortType(type)));
    return new Map([['product', own]]);
}

export function DiffObjects({ diff, events }: { diff: Diff; events: Events }) {
    const product = diff.product_id;
    const changed = (kind: 'threats' | 'mitigations'): Entry[] =>
        diff[kind].changed.map(({ id, name, fields }) => ({ subject: `${kind}/${id}`, name, fields }));
    const threats = (list: Diff['threats']['added']): Entry[] =>
        list.map(({ id, name, severity }) => ({ subject: `threats/${id}`, name, tag: <SeverityTag severity={severity} /> }));
    const mitigations = (list: Diff['mitigations']['added']): Entry[] =>
        list.map(({ id, name, status }) => ({ subject: `mitigations/${id}`, name, tag: <StatusTag status={status} /> }));
    const fields = diff.product.changed;
    const own: Entry[] = Object.keys(fields).length === 0 ? [] : [{ subject: 'product', name: undefined, fields }];
    const groups: [string, Entry[], Events][] = [
        ['The product', own, ofProduct(events)],
        ['Threats added', threats(diff.threats.added), events],
        ['Threats changed', changed('threats'), events],
        ['Threats removed', threats(diff.threats.removed), events],
        ['Mitigations added', mitigations(diff.mitigations.added), events],
        ['Mitigations changed', changed('mitigations'), events],
        ['Mitigations removed', mitigations(diff.mitigations.removed), events],
        [
            'Acceptances added',
            (diff.acceptances?.added ?? []).map(({ id, state, justification }) => ({
                subject: `acceptances/${id}`,
                name: justification,
                tag: <StatusTag status={state} />,
            })),
            events,
        ],
        [
            'Acceptances changed',
            (diff.acceptances?.changed ?? []).map(({ id, fields: changes }) => ({ subject: `acceptances/${id}`, name: undefined, fields: changes })),
            events,
        ],
    ];
    if (groups.every(([, entries]) => entries.length === 0)) {
        return <p>The model is the same at both moments.</p>;
    }
    return (
        <>
            {groups.map(([title, entries, theirEvents]) => (
                <Group key={title} title={title} product={product} entries={entries} events={theirEvents} />
            ))}
        </>
    );
}

