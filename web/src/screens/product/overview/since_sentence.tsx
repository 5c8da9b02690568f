/// "Fails since 3 Nov 2026 (26 days), through ada#2: threat 7 was scored critical"

import type { ComponentChildren } from 'preact';
import { Actor } from '../../../components/actor';
import { Time } from '../../../components/time';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';
import { asOf } from '../../../moment/moment';
import { millisecondsOf } from '../../../moment/instants';
import { EventText, ObjectLink } from '../changes/event_text';
import type { Cause, CauseEvent, Since } from './since';

const dayLength = 86_400_000;

function duration(from: string, until: number): string {
    const days = Math.floor(until / dayLength) - Math.floor(Date.parse(from) / dayLength);
    if (days <= 0) return asOf.value === undefined ? 'today' : 'the same day';
    return days === 1 ? '1 day' : `${days.toLocaleString('en')} days`;
}

function separated(items: ComponentChildren[]): ComponentChildren {
    return items.map((item, index) => (
        <>
            {index === 0 ? null : ', '}
            {item}
        </>
    ));
}

function DayCause({ cause, product }: { cause: Cause; product: number }) {
    const causes: ComponentChildren[] = [
        ...cause.ended_acceptance_ids.map((id) => (
            <>
                <ObjectLink product={product} subject={`acceptances/${id}`} /> ended with the day before
            </>
        )),
        ...cause.policies_in_effect.map((name) => (
            <>
                policy <Link href={addressOf(`/policies/${name}`)}>{name}</Link> came into effect
            </>
        )),
    ];
    return <>, because the day began: {causes.length === 0 ? 'a rule that counts days was broken' : separated(causes)}</>;
}

/// The event of a transaction that most likely made the difference is shown first: a new threat or a
/// score rather than a text.
const weights = ['policy', 'threat.scored', 'threat.identified', 'threat.status_changed', 'mitigation.status_changed', 'mitigation.linked'];
function weightOf({ type }: CauseEvent): number {
    const index = weights.findIndex((kind) => type.includes(kind));
    return index === -1 ? weights.length : index;
}

function EventCause({ cause, since, product }: { cause: Cause; since: Since; product: number }) {
    const [event] = [...cause.events].sort((a, b) => weightOf(a) - weightOf(b));
    if (event === undefined) return null;
    const others = cause.event_count - 1;
    return (
        <>
            , through <Actor actor={event.actor} onBehalfOf={event.on_behalf_of} />: <EventText event={event} product={product} />
            {others > 0 ? (
                <>
                    {' '}
                    and{' '}
                    <Link href={addressOf(`/products/${product}/changes`, { from: since.last_opposite?.at, to: since.since })}>
                        {others === 1 ? 'one more change' : `${others} more changes`}
                    </Link>
                </>
            ) : null}
            {event.reason === null ? null : (
                <>
                    {' '}
                    (“<bdi>{event.reason}</bdi>”)
                </>
            )}
        </>
    );
}

export function SinceSentence({ since, product }: { since: Since; product: number }) {
    const { cause } = since;
    const until = asOf.value === undefined ? Date.now() : millisecondsOf(asOf.value);
    return (
        <p class="since">
            {since.pass ? 'Passes' : 'Fails'} {since.complete ? 'since' : 'at least since'} <Time at={since.since} form="day" /> (
            {duration(since.since, until)})
            {cause === undefined ? (since.complete ? ', when it was registered' : '') : null}
            {cause?.kind === 'day' ? <DayCause cause={cause} product={product} /> : null}
            {cause !== undefined && cause.kind !== 'day' ? <EventCause cause={cause} since={since} product={product} /> : null}.
        </p>
    );
}
