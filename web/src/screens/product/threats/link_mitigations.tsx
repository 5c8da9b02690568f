/// Links mitigations to threats, from the threats' side.

import { useState } from 'preact/hooks';
import { RepeatKeys } from '../../../api/conditional_write';
import { type ApiProblem, asProblem } from '../../../api/problem';
import type { Mitigation } from '../../../api/types';
import { Dialog } from '../../../components/dialog';
import { Field } from '../../../components/field';
import { notify } from '../../../components/notices';
import { FailureNote } from '../../../components/failure_note';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';
import { linkThreats } from '../register/link_threats';
import { ObjectPicker } from '../register/object_picker';
import type { ProductModel } from '../register/product_model';
import { mitigationColumns } from '../mitigations/mitigation_columns';

interface LinkMitigationsProperties {
    model: ProductModel;
    threats: readonly number[];
    onDone: () => void;
    onClose: () => void;
}

export function LinkMitigations({ model, threats, onDone, onClose }: LinkMitigationsProperties) {
    const [chosen, setChosen] = useState<ReadonlySet<string | number>>(new Set());
    const [keys] = useState(() => new RepeatKeys());
    const [reason, setReason] = useState('');
    const [problem, setProblem] = useState<ApiProblem | undefined>(undefined);
    const [isSending, setIsSending] = useState(false);
    const all = model.mitigations.rows.value;
    const columns = mitigationColumns(model.product).filter(({ key }) => ['name', 'status', 'links'].includes(key));
    const plain = columns.map((column) =>
        column.key === 'name' ? { ...column, cell: ({ id, name }: Mitigation) => <bdi title={name}>{`${id}: ${name}`}</bdi> } : column,
    );
    const narrowed = all.filter(({ id, threat_ids, element_id }) => chosen.has(id) && threat_ids.length === 0 && element_id !== null);

    async function send() {
        setIsSending(true);
        setProblem(undefined);
        try {
            const mitigations = [...chosen].map(Number);
            const changed = await linkThreats(model.product, mitigations, threats, reason, keys);
            model.mitigations.change(changed);
            notify(changed.length === 0 ? 'They were linked already.' : 'The links are recorded.');
            onDone();
            onClose();
        } catch (thrown) {
            setProblem(asProblem(thrown));
        } finally {
            setIsSending(false);
        }
    }
    const subject = threats.length === 1 ? `threat ${threats[0]}` : `${threats.length} threats`;
    return (
        <Dialog title={`Link mitigations to ${subject}`} size="wide" onClose={onClose}>
            <p class="hint">
                A mitigation covers the threats that it links to. One without links covers all threats on its element instead.
                {threats.length === 1 ? (
                    <>
                        {' '}
                        <Link href={addressOf(`/products/${model.product}/mitigations`, { new: '1', threats: threats.join(',') })}>
                            Record a new mitigation for it
                        </Link>
                    </>
                ) : null}
            </p>
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    void send();
                }}
            >
                <ObjectPicker<Mitigation>
                    label="Mitigations"
                    rows={all}
                    columns={plain}
                    chosen={chosen}
                    onChoose={setChosen}
                    empty="No mitigations are on record."
                />
                {narrowed.length === 0 ? null : (
                    <p class="warning" role="status">
                        {narrowed.map(({ id }) => `Mitigation ${id}`).join(', ')} now {narrowed.length === 1 ? 'covers' : 'cover'} every threat
                        on an element. Once linked, only the linked threats are covered.
                    </p>
                )}
                <Field label="Reason (optional)" fault={problem?.fieldErrors.get('/0/reason')}>
                    {(parts) => <input {...parts} maxLength={1000} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
                </Field>
                {problem === undefined ? null : <FailureNote problem={problem} />}
                <div class="actions">
                    <button class="primary" disabled={isSending || chosen.size === 0}>
                        {isSending ? 'Linking…' : chosen.size <= 1 ? 'Link the mitigation' : `Link ${chosen.size} mitigations`}
                    </button>
                    <button type="button" onClick={onClose}>
                        Cancel
                    </button>
                </div>
            </form>
        </Dialog>
    );
}
