/// The acceptances that neither wait nor end soon, as a table with a filter by state.

import { useMemo } from 'preact/hooks';
import type { Acceptance, Product } from '../../api/types';
import { AcceptanceTable } from '../../components/decisions/acceptance_table';
import type { LookUps } from '../../components/decisions/look_ups';
import { StateFilter, useStateFilter } from '../../components/decisions/state_filter';
import { Link } from '../../routing/link';
import { addressOf } from '../../routing/location';

function ProductName({ id, lookUps }: { id: Product['id']; lookUps: LookUps }) {
    return (
        <Link href={addressOf(`/products/${id}`)}>
            <bdi>{lookUps.product(id).value?.name ?? `Product ${id}`}</bdi>
        </Link>
    );
}

export function OtherAcceptances({ acceptances, lookUps }: { acceptances: readonly Acceptance[]; lookUps: LookUps }) {
    const shown = useStateFilter(acceptances);
    const columns = useMemo(
        () => [
            {
                key: 'product',
                title: 'Product',
                width: 'minmax(8rem, 1.2fr)',
                narrow: 'first' as const,
                cell: (acceptance: Acceptance) => <ProductName id={acceptance.product_id} lookUps={lookUps} />,
            },
        ],
        [lookUps],
    );
    return (
        <>
            <StateFilter acceptances={acceptances} />
            <AcceptanceTable acceptances={shown} before={columns} empty="There are no other acceptances." />
        </>
    );
}
