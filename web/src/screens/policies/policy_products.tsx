/// The products that have a policy, and what it says about them and about the others.

import { useMemo } from 'preact/hooks';
import { api, dataOf } from '../../api/client';
import { type Resource, useResource } from '../../api/resource';
import type { Policy, Product } from '../../api/types';
import { type Column, DataTable } from '../../components/data_table';
import { ResourceNote } from '../../components/problem_note';
import { Link } from '../../routing/link';
import { addressOf, parameter, setQuery } from '../../routing/location';
import { JudgedProducts, judgedProducts } from './judged_products';
import type { PolicyPreview } from './policy_types';

const pastColumns: Column<Product>[] = [
    {
        key: 'name',
        title: 'Product',
        width: '2fr',
        narrow: 'first',
        cell: ({ id, name }) => (
            <Link href={addressOf(`/products/${id}/overview`)} title={name}>
                <bdi>{name}</bdi>
            </Link>
        ),
    },
    { key: 'enforced', title: 'Enforced', width: '8rem', narrow: 'second', cell: ({ policy }) => (policy?.enforced ? 'Enforced' : 'Not enforced') },
];

function PastProducts({ policy, products }: { policy: Policy; products: readonly Product[] }) {
    const rows = useMemo(() => products.filter((product) => product.policy?.name === policy.name), [products, policy.name]);
    return (
        <>
            <p class="hint">These products had the policy at that time. Open one to see its verdict at that time.</p>
            <DataTable label="Products" columns={pastColumns} rows={rows} keyOf={({ id }) => id} empty="No product that you may see had this policy." />
        </>
    );
}

function PresentProducts({ policy, products, preview }: { policy: Policy; products: readonly Product[]; preview: PolicyPreview }) {
    const showsAll = parameter('show') === 'all';
    const judged = useMemo(() => judgedProducts(preview.products, products, policy.name), [preview, products, policy.name]);
    const assigned = useMemo(() => judged.filter((product) => product.assigned !== undefined), [judged]);
    const rows = showsAll ? judged : assigned;
    const failing = rows.filter(({ pass }) => !pass).length;
    return (
        <>
            <div class="toolbar">
                <label>
                    Show
                    <select
                        value={showsAll ? 'all' : 'assigned'}
                        onChange={(event) => setQuery({ show: event.currentTarget.value === 'all' ? 'all' : undefined })}
                    >
                        <option value="assigned">Products that have it ({assigned.length})</option>
                        <option value="all">All products ({judged.length})</option>
                    </select>
                </label>
                <p class="hint grow">
                    By this policy alone, {failing} of {rows.length} would fail now and {rows.length - failing} would pass.
                </p>
            </div>
            <JudgedProducts
                policy={policy.name}
                rows={rows}
                empty={judged.length === 0 ? 'There are no products that you may see.' : 'No product that you may see has this policy.'}
            />
        </>
    );
}

interface PolicyProductsProperties {
    policy: Policy;
    products: Resource<Product[]>;
    isPast: boolean;
    revision: number;
}

export function PolicyProducts({ policy, products, isPast, revision }: PolicyProductsProperties) {
    const preview = useResource(
        async (signal) =>
            isPast ? undefined : await dataOf(api.POST('/api/policies/{key}/preview', { params: { path: { key: policy.name } }, signal })),
        [policy.name, policy.version, isPast, revision],
    );
    const known = products.data.value;
    const said = preview.data.value;
    return (
        <section aria-labelledby="policy-products">
            <h2 id="policy-products">Products</h2>
            <ResourceNote of={products} what="the products" />
            {isPast ? null : <ResourceNote of={preview} what="what the policy says" />}
            {known === undefined ? null : isPast ? (
                <PastProducts policy={policy} products={known} />
            ) : said === undefined ? null : (
                <PresentProducts policy={policy} products={known} preview={said} />
            )}
        </section>
    );
}
