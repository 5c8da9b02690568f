/// Chooses products from a list of any length, with a search.

import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Product } from '../api/types';
import { type Column, DataTable } from './data_table';

interface ProductPickerProperties {
    products: readonly Product[];
    chosen: ReadonlySet<number>;
    onChoose: (chosen: ReadonlySet<number>) => void;
    /// A second column.
    detail?: { title: string; cell: (product: Product) => ComponentChildren };
}

export function ProductPicker({ products, chosen, onChoose, detail }: ProductPickerProperties) {
    const [search, setSearch] = useState('');
    const wanted = search.trim().toLowerCase();
    const rows = useMemo(
        () => products.filter((product) => product.name.toLowerCase().includes(wanted)),
        [products, wanted],
    );
    const columns: Column<Product>[] = [
        { key: 'name', title: 'Product', width: '2fr', narrow: 'first', cell: (product) => <bdi>{product.name}</bdi> },
        ...(detail === undefined
            ? []
            : [{ key: 'detail', title: detail.title, width: '1fr', narrow: 'second' as const, cell: detail.cell }]),
    ];

    // The table knows only the products that the search finds; the others stay as they are.
    function select(selected: ReadonlySet<string | number>) {
        const changed = new Set(chosen);
        for (const { id } of rows) {
            if (selected.has(id)) changed.add(id);
            else changed.delete(id);
        }
        onChoose(changed);
    }

    return (
        <div class="product-picker">
            <div class="toolbar">
                <label class="grow">
                    Search products
                    <input type="search" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
                </label>
                <p class="hint" role="status">
                    {chosen.size} of {products.length} chosen
                </p>
            </div>
            <DataTable
                label="Products"
                columns={columns}
                rows={rows}
                keyOf={({ id }) => id}
                nameOf={({ name }) => name}
                selection={new Set(rows.filter(({ id }) => chosen.has(id)).map(({ id }) => id))}
                onSelect={select}
                empty={products.length === 0 ? 'There are no products.' : 'No product has such a name.'}
            />
        </div>
    );
}
