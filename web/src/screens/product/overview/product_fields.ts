/// The fields of a product that people edit.

import type { Product } from '../../../api/types';

export const productStatuses = ['design', 'development', 'testing', 'deployment', 'production'] as const;

export interface ProductField {
    name: 'name' | 'description' | 'status' | 'business_area' | 'owner_name' | 'owner_email' | 'repository_url' | 'application_url' | 'confluence_url' | 'external_id';
    title: string;
    hint?: string;
    kind: 'line' | 'text' | 'status';
}

export const productFields: readonly ProductField[] = [
    { name: 'name', title: 'Name', kind: 'line' },
    { name: 'description', title: 'Description', kind: 'text' },
    { name: 'owner_name', title: 'Owner', kind: 'line' },
    { name: 'owner_email', title: 'Owner’s email', kind: 'line' },
    { name: 'business_area', title: 'Business area', kind: 'line' },
    { name: 'status', title: 'Status', kind: 'status' },
    { name: 'repository_url', title: 'Repository', kind: 'line' },
    { name: 'application_url', title: 'Application', kind: 'line' },
    { name: 'confluence_url', title: 'Wiki', kind: 'line' },
    { name: 'external_id', title: 'External id', hint: 'Its name in another system', kind: 'line' },
];

/// What stands in the inputs: an empty text for a field without a value.
export type ProductTexts = Record<ProductField['name'], string>;

export function textsOf(product: Product): ProductTexts {
    return Object.fromEntries(productFields.map(({ name }) => [name, product[name] ?? ''])) as ProductTexts;
}

/// The fields that differ, as a PATCH has them.
export function changesOf(before: ProductTexts, after: ProductTexts): Record<string, string | null> {
    const changes: Record<string, string | null> = {};
    for (const { name } of productFields) {
        if (after[name] !== before[name]) changes[name] = after[name] === '' ? null : after[name];
    }
    return changes;
}
