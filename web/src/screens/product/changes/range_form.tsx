/// Chooses the two moments that are compared.

import type { Product } from '../../../api/types';
import { momentText } from '../../../moment/moment_banner';
import { isDay } from '../../../moment/instants';
import { dayText, instantText } from '../../../components/time';
import { setQuery } from '../../../routing/location';
import type { Since } from '../overview/since';
import { type Range, dayOfMoment, daysBefore } from './range';

interface RangeFormProperties {
    product: Product;
    range: Range;
    since: Since | undefined;
}

/// A day as the start of a range means its beginning, as its end the end of the day.
export function rangeText({ from, to }: Range): string {
    const start = isDay(from) ? `the beginning of ${dayText(from)} (UTC)` : instantText(from);
    return `From ${start} to ${to === undefined ? 'now' : momentText(to)}`;
}

export function RangeForm({ product, range, since }: RangeFormProperties) {
    const set = (changes: Record<string, string | undefined>) => setQuery(changes);
    const first = product.created_at.slice(0, 10);
    const opposite = since?.last_opposite ?? undefined;
    return (
        <form class="range" aria-label="Moments to compare" onSubmit={(event) => event.preventDefault()}>
            <div class="toolbar">
                <label>
                    From{' '}
                    <input
                        type="date"
                        value={dayOfMoment(range.from)}
                        min={first}
                        max={dayOfMoment(undefined)}
                        onChange={(event) => event.currentTarget.value >= '1970' && set({ from: event.currentTarget.value })}
                    />
                </label>
                <label>
                    To{' '}
                    <input
                        type="date"
                        value={dayOfMoment(range.to)}
                        min={first}
                        max={dayOfMoment(undefined)}
                        onChange={(event) => {
                            const day = event.currentTarget.value;
                            if (day >= '1970') set({ to: day >= dayOfMoment(undefined) ? undefined : day });
                        }}
                    />
                </label>
                <div class="actions">
                    <button type="button" onClick={() => set({ from: daysBefore(range.to, 7) })}>
                        7 days
                    </button>
                    <button type="button" onClick={() => set({ from: daysBefore(range.to, 30) })}>
                        30 days
                    </button>
                    <button type="button" onClick={() => set({ from: daysBefore(range.to, 90) })}>
                        90 days
                    </button>
                    {opposite === undefined ? null : (
                        <button type="button" onClick={() => set({ from: opposite.at })}>
                            Since the last {since?.pass === true ? 'fail' : 'pass'}
                        </button>
                    )}
                    <button type="button" onClick={() => set({ from: first })}>
                        All history
                    </button>
                </div>
            </div>
            <p class="hint">{rangeText(range)}.</p>
        </form>
    );
}
