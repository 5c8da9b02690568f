/// All policies: what they demand, how many products have them, and who defined them.

import { useMemo } from 'preact/hooks';
import { api, dataOf } from '../../api/client';
import { type Resource, useResource } from '../../api/resource';
import type { Policy, Product } from '../../api/types';
import { type Column, DataTable } from '../../components/data_table';
import { ResourceNote } from '../../components/problem_note';
import { Time } from '../../components/time';
import { useTitle } from '../../components/title';
import { asOf, atMoment } from '../../moment/moment';
import { Link } from '../../routing/link';
import { addressOf, parameter, setQuery } from '../../routing/location';
import { lineOf } from './rule_words';

function columnsFor(products: readonly Product[] | undefined): Column<Policy>[] {
    const counts = new Map<string, number>();
    for (const { policy, archived_at } of products ?? []) {
        if (policy !== undefined && archived_at === null) counts.set(policy.name, (counts.get(policy.name) ?? 0) + 1);
    }
    return [
        {
            key: 'title',
            title: 'Policy',
            width: 'minmax(14rem, 2fr)',
            narrow: 'first',
            cell: ({ name, title }) => (
                <Link href={addressOf(`/policies/${name}`)} title={title}>
                    <bdi>{title}</bdi>
                </Link>
            ),
        },
        { key: 'name', title: 'Name', width: '1fr', narrow: 'second', cell: ({ name }) => <code>{name}</code> },
        { key: 'version', title: 'Version', width: '4rem', isNumber: true, narrow: 'hidden', cell: ({ version }) => version },
        {
            key: 'products',
            title: 'Products',
            width: '5rem',
            isNumber: true,
            narrow: 'hidden',
            cell: ({ name }) => (products === undefined ? '…' : (counts.get(name) ?? 0)),
        },
        { key: 'rules', title: 'Rules', width: '2.6fr', narrow: 'hidden', cell: (policy) => <span title={lineOf(policy)}>{lineOf(policy)}</span> },
        {
            key: 'defined',
            title: 'Defined',
            width: 'minmax(13rem, 1.2fr)',
            narrow: 'hidden',
            cell: ({ defined_at, defined_by }) => (
                <>
                    <Time at={defined_at} form="day" /> by <bdi title={defined_by}>{defined_by}</bdi>
                </>
            ),
        },
    ];
}

interface PoliciesListProperties {
    products: Resource<Product[]>;
    revision: number;
    canChange: boolean;
}

export function PoliciesList({ products, revision, canChange }: PoliciesListProperties) {
    useTitle('Policies');
    const policies = useResource(
        (signal) => dataOf(api.GET('/api/policies', { params: { query: atMoment() }, signal })),
        [asOf.value, revision],
    );
    const search = parameter('search') ?? '';
    const data = policies.data.value;
    const shown = useMemo(() => {
        const wanted = search.trim().toLowerCase();
        return data?.filter(({ name, title }) => `${name} ${title}`.toLowerCase().includes(wanted));
    }, [data, search]);
    return (
        <>
            <h1>Policies</h1>
            <p class="hint policy-intro">
                A policy says what is good enough to ship, as rules that the gate applies to every product that has it.
            </p>
            <div class="toolbar">
                <label class="grow">
                    Search policies
                    <input
                        type="search"
                        value={search}
                        onInput={(event) => setQuery({ search: event.currentTarget.value }, true)}
                    />
                </label>
                {canChange ? (
                    <Link class="button primary" href="/policies?new=yes">
                        Define a policy
                    </Link>
                ) : null}
            </div>
            <ResourceNote of={policies} what="the policies" />
            {shown === undefined ? null : (
                <DataTable
                    label="Policies"
                    columns={columnsFor(products.data.value)}
                    rows={shown}
                    keyOf={({ name }) => name}
                    empty={data?.length === 0 ? 'There are no policies.' : 'No policy has such a name or title.'}
                />
            )}
        </>
    );
}
