/// The number of events of a log, or the index of one, as a decimal number without leading zeros.
/// undefined if it is none, or greater than a number can be exactly here, 2^53 - 1.
export function parseDecimal(text: string): number | undefined {
    if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
    const value = Number(text);
    return Number.isSafeInteger(value) ? value : undefined;
}
