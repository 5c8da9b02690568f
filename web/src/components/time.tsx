/// Instants as people read them, always in UTC: the gate's days are days in UTC. What is no instant, as in
/// an address that somebody has typed, stays as it is.

const dayFormat = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });
const timeFormat = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hour: '2-digit', minute: '2-digit', second: '2-digit' });
const relativeFormat = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const dayMilliseconds = 86_400_000;

/// The text of an instant, or what was given instead of one.
function textOf(instant: string | Date, write: (date: Date) => string): string {
    const date = new Date(instant);
    return Number.isNaN(date.getTime()) ? String(instant) : write(date);
}

/// "23 Nov 2026"
export function dayText(instant: string | Date): string {
    return textOf(instant, (date) => dayFormat.format(date));
}

/// "23 Nov 2026, 15:12:39 UTC"
export function instantText(instant: string | Date): string {
    return textOf(instant, (date) => `${dayFormat.format(date)}, ${timeFormat.format(date)} UTC`);
}

/// "3 days ago", "in 2 days", "today"
export function daysText(instant: string | Date, now = new Date()): string {
    const today = Math.floor(now.getTime() / dayMilliseconds);
    return textOf(instant, (date) => relativeFormat.format(Math.floor(date.getTime() / dayMilliseconds) - today, 'day'));
}

/// "2026-11-23": the day in UTC, as the API takes it.
export function dayOf(instant: string | Date): string {
    return textOf(instant, (date) => date.toISOString().slice(0, 10));
}

export function Time({ at, form = 'instant' }: { at: string; form?: 'instant' | 'day' | 'days' }) {
    const text = { instant: instantText, day: dayText, days: daysText }[form](at);
    return (
        <time dateTime={at} title={instantText(at)}>
            {text}
        </time>
    );
}
