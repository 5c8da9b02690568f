/// The order of a table in the address: "sort=-until" is by the column "until", descending.

import { parameter, setQuery } from '../routing/location';
import type { Sorting } from './data_table';

/// Reading it subscribes to the address.
export function sortingOfAddress(otherwise: Sorting): Sorting {
    const sort = parameter('sort');
    return sort === undefined ? otherwise : { key: sort.replace(/^-/, ''), isDescending: sort.startsWith('-') };
}

export function showSorting({ key, isDescending }: Sorting): void {
    setQuery({ sort: `${isDescending ? '-' : ''}${key}` });
}
