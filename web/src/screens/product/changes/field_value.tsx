/// Fields of products, threats and mitigations in words, and their values.

import { inWords } from '../../../components/tags';

/// "Covered by" for "covered_by"
export function fieldTitle(field: string): string {
    return inWords(field);
}

const words = new Set(['severity', 'status', 'state']);

/// A value as the API has it. `field` tells words of the API from texts of people.
export function FieldValue({ value, field, isShort = false }: { value: unknown; field?: string; isShort?: boolean }) {
    if (value === null || value === undefined || value === '') return <span class="hint">none</span>;
    if (typeof value === 'boolean') return <>{value ? 'yes' : 'no'}</>;
    if (typeof value === 'number') return <>{value.toLocaleString('en')}</>;
    if (Array.isArray(value)) return value.length === 0 ? <span class="hint">none</span> : <bdi>{value.join(', ')}</bdi>;
    if (typeof value === 'object') {
        // The only object among the fields is the policy of a product.
        const { name, enforced, ...others } = value as { name?: unknown; enforced?: unknown };
        if (typeof name === 'string' && Object.keys(others).length === 0) return <bdi>{enforced === true ? `${name}, enforced` : name}</bdi>;
        return <bdi>{JSON.stringify(value)}</bdi>;
    }
    const text = String(value);
    if (field !== undefined && words.has(field)) return <>{text.replaceAll('_', ' ')}</>;
    return <bdi>{isShort && text.length > 60 ? `${text.slice(0, 57)}…` : text}</bdi>;
}
