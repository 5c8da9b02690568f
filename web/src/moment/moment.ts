/// The moment that everything on the screen shows: now, or `as_of` in the address.

import { computed } from '@preact/signals';
import { search, setQuery } from '../routing/location';

/// The instant or day as the address has it; undefined: now.
export const asOf = computed(() => {
    const value = new URLSearchParams(search.value).get('as_of');
    return value === null || value === '' ? undefined : value;
});

export const isPast = computed(() => asOf.value !== undefined);

/// The query parameter for calls that answer about a moment.
export function atMoment(moment = asOf.value): { as_of?: string } {
    return moment === undefined ? {} : { as_of: moment };
}

/// The shown moment in milliseconds since 1970; a day ends with its last one. Now, if the address has
/// something that is no moment: the server says so.
export function endOfMoment(moment = asOf.value): number {
    if (moment === undefined) return Date.now();
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(moment);
    const end = Date.parse(moment) + (isDay ? 86_399_999 : 0);
    return Number.isNaN(end) ? Date.now() : Math.min(end, Date.now());
}

/// Shows another moment; undefined: now. `replaces`: without a new entry in the history of the
/// browser, as while a slider is dragged.
export function showMoment(moment: string | undefined, replaces = false): void {
    setQuery({ as_of: moment }, replaces);
}
