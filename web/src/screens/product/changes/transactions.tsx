/// The changes one after another, newest first. Arrow keys go from change to change.

import { useState } from 'preact/hooks';
import { Actor } from '../../../components/actor';
import { Time } from '../../../components/time';
import { Link } from '../../../routing/link';
import { EventText } from './event_text';
import type { LoggedEvent, Transaction } from './product_events';

const shownAtFirst = 50;
const eventsAtFirst = 5;

function sameForAll<Value>(events: readonly LoggedEvent[], read: (event: LoggedEvent) => Value): Value | undefined {
    const [first] = events;
    return first !== undefined && events.every((event) => read(event) === read(first)) ? read(first) : undefined;
}

function Events({ events, product }: { events: readonly LoggedEvent[]; product: number }) {
    const [isWhole, setIsWhole] = useState(false);
    const shown = isWhole ? events : events.slice(0, eventsAtFirst);
    const reason = sameForAll(events, (event) => event.reason);
    return (
        <>
            <ul>
                {shown.map((event) => (
                    <li key={event.position}>
                        <EventText event={event} product={product} />
                        {event.reason === undefined || event.reason === reason ? null : (
                            <>
                                {' '}
                                (“<bdi>{event.reason}</bdi>”)
                            </>
                        )}
                    </li>
                ))}
            </ul>
            {events.length > shown.length ? (
                <button type="button" class="plain" onClick={() => setIsWhole(true)}>
                    {events.length - shown.length} more in this change
                </button>
            ) : null}
            {reason === undefined ? null : (
                <p class="hint">
                    Reason: <bdi>{reason}</bdi>
                </p>
            )}
        </>
    );
}

/// Moves the focus to the change before or after that of the focused element.
function moveFocus(event: KeyboardEvent): void {
    const item = (event.target as HTMLElement).closest<HTMLElement>('[data-change]');
    const list = item?.parentElement;
    if (item === null || list === null || list === undefined) return;
    const goal = {
        ArrowDown: item.nextElementSibling,
        ArrowUp: item.previousElementSibling,
        Home: list.firstElementChild,
        End: list.lastElementChild,
    }[event.key];
    const link = goal?.querySelector<HTMLElement>('a.as-of');
    if (link === null || link === undefined) return;
    event.preventDefault();
    link.focus();
    link.scrollIntoView({ block: 'nearest' });
}

export function Transactions({ transactions, product }: { transactions: readonly Transaction[]; product: number }) {
    const [count, setCount] = useState(shownAtFirst);
    const newest = [...transactions].reverse().slice(0, count);
    if (newest.length === 0) return <p>Nothing was recorded between the two moments.</p>;
    return (
        <>
            <p class="hint">Newest first. With the focus on a change, the arrow keys go to the next one.</p>
            <ol class="transactions" onKeyDown={moveFocus}>
                {newest.map(({ time, events }) => {
                    const [first] = events;
                    if (first === undefined) return null;
                    return (
                        <li key={time} data-change={first.position}>
                            <p class="when">
                                <Link
                                    class="as-of"
                                    href={`/products/${product}/overview?as_of=${encodeURIComponent(time)}`}
                                    title="See everything as of this change"
                                >
                                    <Time at={time} />
                                </Link>{' '}
                                <Actor actor={first.actor} onBehalfOf={first.onbehalfof} />
                            </p>
                            <Events events={events} product={product} />
                        </li>
                    );
                })}
            </ol>
            {transactions.length > count ? (
                <button type="button" onClick={() => setCount(count + 200)}>
                    Show more of {transactions.length} changes
                </button>
            ) : null}
        </>
    );
}
