/// One event in plain words; unfolds into its stored line and its proof.

import { useState } from 'preact/hooks';
import { Actor } from '../../../components/actor';
import { Time } from '../../../components/time';
import { objectName } from '../changes/event_text';
import { EventProof } from './event_proof';
import type { EventInWords, FieldChange } from './event_words';

const longestValue = 300;

function Value({ text }: { text: string | undefined }) {
    if (text === undefined) return null;
    if (text === '') return <span class="hint">none</span>;
    return <bdi>{text.length > longestValue ? `${text.slice(0, longestValue)}…` : text}</bdi>;
}

function Change({ change: { field, from, to } }: { change: FieldChange }) {
    return (
        <>
            <dt>{field}</dt>
            <dd>
                {from === undefined || from === '' ? null : (
                    <>
                        <Value text={from} /> <span aria-hidden="true">→</span>
                        <span class="hidden-visually"> changed to </span>{' '}
                    </>
                )}
                <Value text={to} />
            </dd>
        </>
    );
}

export function EventEntry({ product, entry }: { product: number; entry: EventInWords }) {
    const { event, line, title, changes } = entry;
    const [isOpen, setOpen] = useState(false);
    return (
        <li class="event">
            <div class="event-head">
                <strong>{title}</strong>
                <span class="hint">{objectName(event.subject)}</span>
            </div>
            <p class="event-who hint">
                <Time at={event.time} /> by <Actor actor={event.actor} onBehalfOf={event.onbehalfof} />
            </p>
            {event.reason === undefined ? null : (
                <p class="event-reason">
                    <span class="hint">Reason:</span> <bdi>{event.reason}</bdi>
                </p>
            )}
            {changes.length === 0 ? null : (
                <dl class="facts">
                    {changes.map((change) => (
                        <Change key={change.field} change={change} />
                    ))}
                </dl>
            )}
            <details open={isOpen} onToggle={(toggled) => setOpen(toggled.currentTarget.open)}>
                <summary>
                    Evidence <span class="hidden-visually">of “{title}” at position {event.position}</span>
                </summary>
                {isOpen ? <EventProof product={product} position={event.position} line={line} /> : null}
            </details>
        </li>
    );
}
