/// The two moments that are compared. The address has them; without one, the last 30 days until the
/// shown moment.

import { dayOf } from '../../../components/time';
import { asOf } from '../../../moment/moment';
import { dayAfter, endOf } from '../../../moment/instants';
import { parameter } from '../../../routing/location';

export interface Range {
    from: string;
    /// undefined: now.
    to: string | undefined;
}

const defaultDays = 30;

/// The day `days` before the end of a range.
export function daysBefore(to: string | undefined, days: number): string {
    const instant = to === undefined ? new Date().toISOString() : endOf(to);
    return dayAfter(instant.slice(0, 10), -days);
}

/// Reading it subscribes to the address.
export function shownRange(): Range {
    const to = parameter('to') ?? asOf.value;
    return { from: parameter('from') ?? daysBefore(to, defaultDays), to };
}

/// The day of a moment; without one, today.
export function dayOfMoment(moment: string | undefined): string {
    return moment === undefined ? dayOf(new Date()) : endOf(moment).slice(0, 10);
}
