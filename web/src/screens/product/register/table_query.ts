/// What a table shows, in which order and with which columns, as the address has it.

import { path, search, setQuery } from '../../../routing/location';
import type { Column, Sorting } from '../../../components/data_table';

/// A column whose values can be compared.
export interface RegisterColumn<Row> extends Column<Row> {
    /// null sorts last.
    valueOf: (row: Row) => string | number | null;
    /// Shown if the person has not chosen.
    isUsual: boolean;
}

/// The values of a parameter that are separated by commas.
export function listParameter(name: string): readonly string[] {
    return (new URLSearchParams(search.value).get(name) ?? '').split(',').filter((value) => value !== '');
}

export function setListParameter(name: string, values: readonly string[]): void {
    setQuery({ [name]: values.join(',') }, true);
}

/// "-severity" is severity, the greatest first.
export function sortingOf(text: string | undefined): Sorting | undefined {
    if (text === undefined) return undefined;
    return text.startsWith('-') ? { key: text.slice(1), isDescending: true } : { key: text, isDescending: false };
}

export function textOf({ key, isDescending }: Sorting): string {
    return (isDescending ? '-' : '') + key;
}

export function chosenColumns<Row>(columns: readonly RegisterColumn<Row>[], keys: readonly string[]): RegisterColumn<Row>[] {
    const chosen = columns.filter(({ key }) => keys.includes(key));
    return chosen.length > 0 ? chosen : columns.filter(({ isUsual }) => isUsual);
}

function compare(a: string | number | null, b: string | number | null): number {
    if (a === b) return 0;
    if (a === null) return 1;
    if (b === null) return -1;
    return a < b ? -1 : 1;
}

/// Sorted copies of `rows`; equal ones keep their order. The values are taken once a row, which is what
/// makes 20,000 rows fast.
export function sorted<Row>(rows: readonly Row[], columns: readonly RegisterColumn<Row>[], sorting: Sorting | undefined): readonly Row[] {
    const column = columns.find(({ key }) => key === sorting?.key);
    if (column === undefined || sorting === undefined) return rows;
    const keyed = rows.map((row): [string | number | null, Row] => {
        const value = column.valueOf(row);
        return [typeof value === 'string' ? value.toLowerCase() : value, row];
    });
    const sign = sorting.isDescending ? -1 : 1;
    keyed.sort(([a], [b]) => (a === null || b === null ? compare(a, b) : sign * compare(a, b)));
    return keyed.map(([, row]) => row);
}

/// A test whether all words of `text` occur in a row. `textsOf` is asked once a row.
export function textTest<Row extends object>(text: string, haystacks: WeakMap<Row, string>, textsOf: (row: Row) => readonly (string | null)[]): (row: Row) => boolean {
    const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
    if (words.length === 0) return () => true;
    return (row) => {
        let haystack = haystacks.get(row);
        if (haystack === undefined) {
            haystack = textsOf(row).filter((part) => part !== null).join('\n').toLowerCase();
            haystacks.set(row, haystack);
        }
        return words.every((word) => haystack.includes(word));
    };
}

/// The address of another object of the same register, with the table as it is.
export function besideTable(target: string, query = search.value): string {
    const kept = new URLSearchParams(query);
    kept.delete('new');
    kept.delete('threats');
    const text = kept.toString();
    return target + (text === '' ? '' : `?${text}`);
}

/// The address of this screen with or without a form for a new object.
export function withNew(target = path.value): string {
    const query = new URLSearchParams(search.value);
    query.set('new', '1');
    return `${target}?${query.toString()}`;
}
