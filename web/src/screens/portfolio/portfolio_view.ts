/// Which products the portfolio shows, and in which order, as the address says.

import type { Product } from '../../api/types';
import type { Sorting } from '../../components/data_table';
import { sortingOfAddress } from '../../components/sorting';
import { parameter } from '../../routing/location';

export type VerdictKind = 'fail' | 'unknown' | 'none' | 'pass';

/// `unknown`: the product has a policy by which the server does not judge it.
export function verdictKind({ verdict }: Product): VerdictKind {
    if (verdict === null || verdict === undefined) return 'none';
    if (verdict.pass === null) return 'unknown';
    return verdict.pass ? 'pass' : 'fail';
}

export const statuses = ['design', 'development', 'testing', 'deployment', 'production'] as const;

export interface View {
    text: string;
    isFailingOnly: boolean;
    /// One of `statuses`, `none`, or undefined for all.
    status: string | undefined;
    sorting: Sorting;
}

const worstFirst: Sorting = { key: 'verdict', isDescending: false };

/// The view of the address. Reading it subscribes to the address.
export function viewOfAddress(): View {
    return {
        text: parameter('q') ?? '',
        isFailingOnly: parameter('failing') === '1',
        status: parameter('status'),
        sorting: sortingOfAddress(worstFirst),
    };
}

const searched = new WeakMap<Product, string>();

function searchedText(product: Product): string {
    let text = searched.get(product);
    if (text === undefined) {
        text = [product.name, product.owner_name, product.external_id].join('\n').toLowerCase();
        searched.set(product, text);
    }
    return text;
}

type Key = string | number;

const verdictRanks: Record<VerdictKind, number> = { fail: 0, unknown: 1, none: 2, pass: 3 };

/// Texts are compared by their code units: Intl.Collator takes too long for 10,000 products.
const sortKeys: Record<string, (product: Product) => Key> = {
    name: ({ name }) => name.toLowerCase(),
    owner: ({ owner_name }) => owner_name?.toLowerCase() ?? '\uffff',
    verdict: (product) => verdictRanks[verdictKind(product)],
    severity: ({ summary: { by_severity: counts } }) =>
        ((counts.critical * 1e4 + counts.high) * 1e4 + counts.medium) * 1e4 + counts.low,
    ratio: ({ summary }) => (summary.total_threats === 0 ? 1 : summary.mitigated_threats / summary.total_threats),
    trend: ({ summary }) => summary.unmitigated_high,
    /// The days since the last change.
    changed: ({ updated_at }) => -Date.parse(updated_at),
};

function compare(a: Key, b: Key): number {
    return a < b ? -1 : a > b ? 1 : 0;
}

/// The products of a view in its order. Among equal ones, those with more open high threats come
/// first, then the name decides.
export function productsOfView(products: readonly Product[], view: View): Product[] {
    const text = view.text.trim().toLowerCase();
    const keyOf = sortKeys[view.sorting.key] ?? sortKeys['verdict']!;
    const direction = view.sorting.isDescending ? -1 : 1;
    return products
        .filter(
            (product) =>
                (text === '' || searchedText(product).includes(text)) &&
                (!view.isFailingOnly || verdictKind(product) === 'fail') &&
                (view.status === undefined || (product.status ?? 'none') === view.status),
        )
        .map((product) => ({ product, key: keyOf(product), name: product.name.toLowerCase() }))
        .sort(
            (a, b) =>
                direction * compare(a.key, b.key) ||
                b.product.summary.unmitigated_high - a.product.summary.unmitigated_high ||
                compare(a.name, b.name) ||
                a.product.id - b.product.id,
        )
        .map(({ product }) => product);
}

export interface Counts {
    all: number;
    failing: number;
    withoutPolicy: number;
    unknown: number;
    /// Passing ones with a known day on which they fail, at most 30 days ahead.
    failingSoon: number;
}

/// `last` is the last day that counts as soon, such as "2026-12-31".
export function countProducts(products: readonly Product[], last: string): Counts {
    const counts: Counts = { all: products.length, failing: 0, withoutPolicy: 0, unknown: 0, failingSoon: 0 };
    for (const product of products) {
        const kind = verdictKind(product);
        if (kind === 'fail') counts.failing += 1;
        else if (kind === 'none') counts.withoutPolicy += 1;
        else if (kind === 'unknown') counts.unknown += 1;
        else if ((product.verdict?.fails_on ?? '9999') <= last) counts.failingSoon += 1;
    }
    return counts;
}
