/// The events of a threat, and of mitigations while they covered it, with the proof of each.

import { useState } from 'preact/hooks';
import { useResource } from '../../../api/resource';
import { ResourceNote } from '../../../components/problem_note';
import { asOf } from '../../../moment/moment';
import { EventEntry } from './event_entry';
import { inPlainWords, isAfterMoment } from './event_words';
import { threatEvents } from './stored_events';

// More are shown when asked for.
const shownAtFirst = 30;

interface ThreatHistoryProperties {
    product: number;
    threat: number;
    /// Changes when the product may have changed.
    revision: number;
}

export function ThreatHistory({ product, threat, revision }: ThreatHistoryProperties) {
    const moment = asOf.value;
    const [showsAll, setShowsAll] = useState(false);
    const events = useResource(
        async (signal) => ({ product, threat, list: inPlainWords(await threatEvents(product, threat, signal)) }),
        [product, threat, revision],
    );
    const data = events.data.value;
    const isCurrent = data?.product === product && data.threat === threat;
    const entries = isCurrent
        ? data.list.filter(({ event }) => moment === undefined || !isAfterMoment(event.time, moment)).reverse()
        : [];
    const shown = showsAll ? entries : entries.slice(0, shownAtFirst);
    return (
        <section class="threat-history">
            <ResourceNote of={events} what="the history" />
            {isCurrent && entries.length === 0 ? <p class="hint">There were no events of this threat then.</p> : null}
            <ol class="events" aria-label="Events, newest first">
                {shown.map((entry) => (
                    <EventEntry key={`${product} ${entry.event.position}`} product={product} entry={entry} />
                ))}
            </ol>
            {shown.length < entries.length ? (
                <button type="button" onClick={() => setShowsAll(true)}>
                    Show all {entries.length} events
                </button>
            ) : null}
        </section>
    );
}
