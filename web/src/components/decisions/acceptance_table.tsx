/// Acceptances as a table; each row leads to the whole acceptance.

import { useMemo } from 'preact/hooks';
import type { Acceptance } from '../../api/types';
import { Link } from '../../routing/link';
import { addressOf } from '../../routing/location';
import { type Column, DataTable, type Sorting } from '../data_table';
import { showSorting, sortingOfAddress } from '../sorting';
import { SeverityTag, StatusTag, severities } from '../tags';
import { Time } from '../time';

const newestFirst: Sorting = { key: 'requested', isDescending: true };

/// The highest severity of an acceptance's threats.
function worstOf(acceptance: Acceptance): string | null {
    const all = acceptance.approved_severities ?? acceptance.requested_severities;
    return severities.find((severity) => all.includes(severity)) ?? null;
}

const sortKeys: Record<string, (acceptance: Acceptance) => string | number> = {
    id: ({ id }) => id,
    state: ({ state }) => state,
    threats: ({ threat_ids }) => threat_ids.length,
    until: ({ valid_until }) => valid_until,
    requested: ({ requested }) => requested.at,
};

function sorted(acceptances: readonly Acceptance[], { key, isDescending }: Sorting): Acceptance[] {
    const keyOf = sortKeys[key];
    if (keyOf === undefined) return [...acceptances];
    const direction = isDescending ? -1 : 1;
    return [...acceptances].sort((a, b) => {
        const [left, right] = [keyOf(a), keyOf(b)];
        return left < right ? -direction : left > right ? direction : b.id - a.id;
    });
}

const columns: readonly Column<Acceptance>[] = [
    {
        key: 'id',
        title: 'Acceptance',
        width: 'minmax(10rem, 2fr)',
        narrow: 'first',
        canSort: true,
        cell: ({ id, product_id: product, justification }) => (
            <Link href={addressOf(`/products/${product}/acceptances/${id}`)} title={justification}>
                {id}: <bdi>{justification}</bdi>
            </Link>
        ),
    },
    { key: 'state', title: 'State', width: '7rem', narrow: 'second', canSort: true, cell: ({ state }) => <StatusTag status={state} /> },
    {
        key: 'threats',
        title: 'Threats (worst)',
        width: '9rem',
        narrow: 'hidden',
        canSort: true,
        cell: (acceptance) => (
            <>
                {acceptance.threat_ids.length} <SeverityTag severity={worstOf(acceptance)} />
            </>
        ),
    },
    { key: 'until', title: 'Until', width: '7rem', narrow: 'second', canSort: true, cell: ({ valid_until }) => <Time at={valid_until} form="day" /> },
    {
        key: 'requested',
        title: 'Requested by',
        width: 'minmax(8rem, 1fr)',
        narrow: 'hidden',
        canSort: true,
        cell: ({ requested }) => <bdi title={requested.actor}>{requested.on_behalf_of ?? requested.actor}</bdi>,
    },
];

interface AcceptanceTableProperties {
    acceptances: readonly Acceptance[];
    /// Columns in front of the common ones.
    before?: readonly Column<Acceptance>[];
    empty: string;
}

export function AcceptanceTable({ acceptances, before = [], empty }: AcceptanceTableProperties) {
    const sorting = sortingOfAddress(newestFirst);
    const rows = useMemo(() => sorted(acceptances, sorting), [acceptances, sorting.key, sorting.isDescending]);
    return (
        <DataTable
            label="Acceptances"
            columns={[...before, ...columns]}
            rows={rows}
            keyOf={({ product_id, id }) => `${product_id}/${id}`}
            sorting={sorting}
            onSort={showSorting}
            empty={empty}
        />
    );
}
