/// What can be done with the selected threats.

import { useState } from 'preact/hooks';
import type { Threat } from '../../../api/types';
import type { ProductModel } from '../register/product_model';
import { mostItems } from './bulk_change';
import { BulkDialog } from './bulk_dialog';
import { LinkMitigations } from './link_mitigations';

interface BulkBarProperties {
    model: ProductModel;
    selection: ReadonlySet<string | number>;
    /// The threats that the table shows now.
    shown: readonly Threat[];
    onSelect: (selection: ReadonlySet<string | number>) => void;
    onDone: () => void;
}

const format = new Intl.NumberFormat('en');

export function BulkBar({ model, selection, shown, onSelect, onDone }: BulkBarProperties) {
    const [dialog, setDialog] = useState<'status' | 'severity' | 'remove' | 'link' | undefined>(undefined);
    const threats = model.threats.rows.value.filter(({ id }) => selection.has(id));
    const visible = shown.reduce((count, { id }) => count + (selection.has(id) ? 1 : 0), 0);
    const hidden = threats.length - visible;
    const isTooMany = threats.length > mostItems;
    if (threats.length === 0 && dialog === undefined) return null;
    return (
        <div class="bulk-bar" role="group" aria-label="Selection">
            <p role="status">
                <strong>{format.format(threats.length)} selected</strong>
                {hidden > 0 ? <span class="hint"> {format.format(hidden)} of them are hidden by the filters</span> : null}
                {isTooMany ? <span class="fault"> At most {format.format(mostItems)} can be changed at once.</span> : null}
            </p>
            <div class="actions">
                <button type="button" disabled={isTooMany} onClick={() => setDialog('status')}>
                    Set the status…
                </button>
                <button type="button" disabled={isTooMany} onClick={() => setDialog('severity')}>
                    Set the severity…
                </button>
                <button type="button" disabled={isTooMany} onClick={() => setDialog('link')}>
                    Link mitigations…
                </button>
                <button type="button" class="danger" disabled={isTooMany} onClick={() => setDialog('remove')}>
                    Remove…
                </button>
                <button type="button" class="plain" onClick={() => onSelect(new Set())}>
                    Clear the selection
                </button>
            </div>
            {dialog === 'link' ? (
                <LinkMitigations
                    model={model}
                    threats={threats.map(({ id }) => id)}
                    onDone={() => {
                        onSelect(new Set());
                        onDone();
                    }}
                    onClose={() => setDialog(undefined)}
                />
            ) : null}
            {dialog !== undefined && dialog !== 'link' ? (
                <BulkDialog
                    action={dialog}
                    model={model}
                    threats={threats}
                    onDone={() => {
                        setDialog(undefined);
                        onSelect(new Set());
                        onDone();
                    }}
                    onClose={() => setDialog(undefined)}
                />
            ) : null}
        </div>
    );
}
