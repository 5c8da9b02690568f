/// What a policy says about each product, and what would be new about that.

import { useMemo, useState } from 'preact/hooks';
import type { Product } from '../../api/types';
import { type Column, DataTable } from '../../components/data_table';
import { Dialog } from '../../components/dialog';
import { VerdictTag } from '../../components/tags';
import { Link } from '../../routing/link';
import type { PreviewedProduct } from './policy_types';

export interface JudgedProduct extends PreviewedProduct {
    /// The verdict before the change; undefined: nothing is compared.
    passedBefore: boolean | undefined;
    /// Undefined: the product does not have the policy.
    assigned: { enforced: boolean } | undefined;
}

/// The products of a preview: those whose verdict changes first, and of these, those that newly fail;
/// then those that fail; and in each part, those that have the policy.
export function judgedProducts(
    preview: readonly PreviewedProduct[],
    products: readonly Product[],
    policy: string,
    before?: readonly PreviewedProduct[],
): JudgedProduct[] {
    const assignments = new Map(products.flatMap(({ id, policy: has }) => (has?.name === policy ? [[id, has]] : [])));
    const verdicts = new Map(before?.map(({ product_id, pass }) => [product_id, pass]));
    const judged = preview.map((product) => ({
        ...product,
        passedBefore: verdicts.get(product.product_id),
        assigned: assignments.get(product.product_id),
    }));
    const rank = (product: JudgedProduct) =>
        (isNew(product) ? 0 : 4) + (product.pass ? 2 : 0) + (product.assigned === undefined ? 1 : 0);
    return judged.sort((one, other) => rank(one) - rank(other) || one.product_name.localeCompare(other.product_name));
}

function isNew({ pass, passedBefore }: JudgedProduct): boolean {
    return passedBefore !== undefined && passedBefore !== pass;
}

function VerdictCell({ product }: { product: JudgedProduct }) {
    if (!isNew(product)) return <VerdictTag pass={product.pass} />;
    const word = product.pass ? 'Newly passes' : 'Newly fails';
    return (
        <span class={`tag ${product.pass ? 'pass' : 'fail'}`}>
            <span aria-hidden="true">{product.pass ? '✓' : '✕'}</span> {word}
        </span>
    );
}

/// Without the name of the policy, which is the same for all.
function reasonsOf(sentences: readonly string[], policy: string): string[] {
    const prefix = `Policy ${policy}: `;
    return sentences.map((sentence) => (sentence.startsWith(prefix) ? sentence.slice(prefix.length) : sentence));
}

function Reasons({ title, sentences }: { title: string; sentences: readonly string[] }) {
    if (sentences.length === 0) return null;
    return (
        <>
            <h3>{title}</h3>
            <ul>
                {sentences.map((sentence) => (
                    <li key={sentence}>{sentence}</li>
                ))}
            </ul>
        </>
    );
}

interface JudgedProductsProperties {
    policy: string;
    rows: readonly JudgedProduct[];
    empty: string;
}

export function JudgedProducts({ policy, rows, empty }: JudgedProductsProperties) {
    const [explained, setExplained] = useState<JudgedProduct>();
    const columns = useMemo(
        (): Column<JudgedProduct>[] => [
            {
                key: 'name',
                title: 'Product',
                width: 'minmax(8rem, 1.2fr)',
                narrow: 'first',
                cell: ({ product_id, product_name }) => (
                    <Link href={`/products/${product_id}/overview`} title={product_name}>
                        <bdi>{product_name}</bdi>
                    </Link>
                ),
            },
            { key: 'verdict', title: 'Verdict', width: '8.5rem', narrow: 'second', cell: (product) => <VerdictCell product={product} /> },
            {
                key: 'assigned',
                title: 'Has this policy',
                width: '8rem',
                narrow: 'hidden',
                cell: ({ assigned }) => (assigned === undefined ? 'No' : assigned.enforced ? 'Yes, enforced' : 'Yes'),
            },
            {
                key: 'why',
                title: 'Why',
                width: '2fr',
                narrow: 'second',
                cell: (product) => {
                    const sentences = reasonsOf([...product.failures, ...product.warnings], policy);
                    const [first, ...others] = sentences;
                    if (first === undefined) return <span class="hint">Every rule is kept</span>;
                    return (
                        <button type="button" class="plain why" title={sentences.join('\n')} onClick={() => setExplained(product)}>
                            {others.length === 0 ? first : `${sentences.length} rules: ${first}; …`}
                        </button>
                    );
                },
            },
        ],
        [policy],
    );
    return (
        <div class="judged-products">
            <DataTable label="Products" columns={columns} rows={rows} keyOf={({ product_id }) => product_id} empty={empty} />
            {explained === undefined ? null : (
                <Dialog title="What the policy says" onClose={() => setExplained(undefined)}>
                    <p>
                        <bdi>{explained.product_name}</bdi> <VerdictCell product={explained} />
                    </p>
                    <Reasons title="Broken rules that fail" sentences={reasonsOf(explained.failures, policy)} />
                    <Reasons title="Broken rules that warn" sentences={reasonsOf(explained.warnings, policy)} />
                    <p>
                        <Link href={`/products/${explained.product_id}/overview`}>Open the product</Link>
                    </p>
                </Dialog>
            )}
        </div>
    );
}
