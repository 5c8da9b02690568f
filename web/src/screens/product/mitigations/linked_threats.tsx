/// The threats that a mitigation links to, as a field of its form.

import { useState } from 'preact/hooks';
import type { Mitigation, Threat } from '../../../api/types';
import { Dialog } from '../../../components/dialog';
import type { Draft } from '../../../editing/draft';
import { ObjectPicker } from '../register/object_picker';
import type { ProductModel } from '../register/product_model';
import { threatColumns } from '../threats/threat_columns';
import { idsOf, idsText } from './mitigation_kind';

const shownAtMost = 20;

export function LinkedThreats({ model, draft }: { model: ProductModel; draft: Draft<Mitigation> }) {
    const [isOpen, setIsOpen] = useState(false);
    const ids = idsOf(draft.values.value['threat_ids'] ?? '');
    const fault = draft.failure.value.faults.get('threat_ids');
    const names = new Map(model.threats.rows.value.map(({ id, name }) => [id, name]));
    const set = (chosen: Iterable<number>) => draft.set('threat_ids', idsText([...chosen]));
    const columns = threatColumns(model.product).filter(({ key }) => ['name', 'severity', 'status'].includes(key));
    const plain = columns.map((column) =>
        column.key === 'name' ? { ...column, cell: ({ id, name }: Threat) => <bdi title={name}>{`${id}: ${name}`}</bdi> } : column,
    );
    return (
        <div class={fault === undefined ? 'field' : 'field invalid'}>
            <p class="field-title">Linked threats</p>
            {ids.length === 0 ? <p class="hint">None</p> : null}
            <ul class="linked">
                {ids.slice(0, shownAtMost).map((id) => (
                    <li key={id}>
                        <span>
                            {id}
                            {names.has(id) ? (
                                <>
                                    : <bdi>{names.get(id)}</bdi>
                                </>
                            ) : null}
                        </span>
                        <button
                            type="button"
                            class="plain"
                            aria-label={`Unlink threat ${id}`}
                            onClick={() => set(ids.filter((other) => other !== id))}
                        >
                            ×
                        </button>
                    </li>
                ))}
            </ul>
            {ids.length > shownAtMost ? <p class="hint">and {ids.length - shownAtMost} more</p> : null}
            <button type="button" onClick={() => setIsOpen(true)}>
                Choose threats…
            </button>
            {fault === undefined ? null : <p class="fault">{fault}</p>}
            {isOpen ? (
                <Dialog title="Threats that the mitigation links to" size="wide" onClose={() => setIsOpen(false)}>
                    <ObjectPicker<Threat>
                        label="Threats"
                        rows={model.threats.rows.value}
                        columns={plain}
                        chosen={new Set<string | number>(ids)}
                        onChoose={(chosen) => set([...chosen].map(Number))}
                        empty="No threats are on record."
                    />
                    <div class="actions">
                        <button type="button" class="primary" onClick={() => setIsOpen(false)}>
                            Done
                        </button>
                        <span class="hint">
                            {ids.length} linked{ids.length > 1_000 ? ': at most 1,000 are allowed' : ''}
                        </span>
                    </div>
                </Dialog>
            ) : null}
        </div>
    );
}
