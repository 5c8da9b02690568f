/// Comparing moments as exactly as the server records them: JavaScript's dates know milliseconds only.

const dayForm = /^\d{4}-\d{2}-\d{2}$/;

export function isDay(moment: string): boolean {
    return dayForm.test(moment);
}

/// The last instant of a moment, in UTC with microseconds. Such texts compare like their instants.
/// `moment` is a day or an RFC 3339 time.
export function endOf(moment: string): string {
    if (isDay(moment)) return `${moment}T23:59:59.999999Z`;
    const inUtc = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d+))?Z$/i.exec(moment);
    if (inUtc !== null) return `${inUtc[1]}T${inUtc[2]}.${(inUtc[3] ?? '').padEnd(6, '0').slice(0, 6)}Z`;
    const time = Date.parse(moment);
    return Number.isNaN(time) ? moment : instantOf(time);
}

/// The instant of a number of milliseconds since 1970, as the API writes it.
export function instantOf(milliseconds: number): string {
    return new Date(milliseconds).toISOString().replace('Z', '000Z');
}

/// Milliseconds since 1970 of the end of a moment; NaN if it is none.
export function millisecondsOf(moment: string): number {
    return Date.parse(endOf(moment));
}

/// The day `days` after `day` ("2026-11-23").
export function dayAfter(day: string, days: number): string {
    const date = new Date(`${day}T00:00:00Z`);
    date.setUTCDate(date.getUTCDate() + days);
    return date.toISOString().slice(0, 10);
}
