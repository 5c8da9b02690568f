/// The words below the time axis of a chart, in UTC.

const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options });

const month = format({ month: 'short' });
const monthAndYear = format({ month: 'short', year: 'numeric' });
const day = format({ day: 'numeric', month: 'short' });
const minutes = format({ hour: '2-digit', minute: '2-digit' });
const seconds = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' });

const dayInSeconds = 86_400;

/// `splits` are seconds since 1970, `step` the seconds from one to the next.
export function timeLabels(splits: number[], step: number): string[] {
    return splits.map((split, index) => {
        const date = new Date(split * 1_000);
        if (step >= 28 * dayInSeconds) {
            const isNewYear = index === 0 || date.getUTCMonth() === 0;
            return (isNewYear ? monthAndYear : month).format(date);
        }
        if (step >= dayInSeconds) return day.format(date);
        if (date.getUTCHours() + date.getUTCMinutes() + date.getUTCSeconds() === 0) return day.format(date);
        return (step >= 60 ? minutes : seconds).format(date);
    });
}
