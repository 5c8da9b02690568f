/// Changes the selected threats in one transaction, if they still are what the person saw.

import { useState } from 'preact/hooks';
import { EditConflict, RepeatKeys, type Versioned } from '../../../api/conditional_write';
import { type ApiProblem, asProblem } from '../../../api/problem';
import type { Severity, Threat, ThreatStatus } from '../../../api/types';
import { DecisionFields, decisionOf, noDecision } from '../../../components/decision_fields';
import { Dialog } from '../../../components/dialog';
import { Field } from '../../../components/field';
import { notify } from '../../../components/notices';
import { inWords, severities } from '../../../components/tags';
import { FailureNote } from '../../../components/failure_note';
import type { ProductModel } from '../register/product_model';
import { type BulkAction, type Difference, changeThreats, differences, itemsOf } from './bulk_change';
import { BulkConflict } from './bulk_conflict';
import { needsReason, threatStatuses } from './threat_kind';

interface BulkDialogProperties {
    action: BulkAction['kind'];
    model: ProductModel;
    threats: readonly Threat[];
    onDone: () => void;
    onClose: () => void;
}

const titles = { status: 'Set the status', severity: 'Set the severity', remove: 'Remove' };

export function BulkDialog({ action, model, threats, onDone, onClose }: BulkDialogProperties) {
    // As the person saw them when the dialog opened, whatever arrives meanwhile.
    const [seen, setSeen] = useState<Versioned<readonly Threat[]>>({ data: threats, tag: model.tag ?? '""' });
    const [keys] = useState(() => new RepeatKeys());
    const [value, setValue] = useState('');
    const [decision, setDecision] = useState(noDecision);
    const [problem, setProblem] = useState<ApiProblem | undefined>(undefined);
    const [changed, setChanged] = useState<readonly Difference[]>([]);
    const [isSending, setIsSending] = useState(false);
    const [isReasonMissing, setIsReasonMissing] = useState(false);

    const chosen: BulkAction | undefined =
        action === 'remove'
            ? { kind: 'remove' }
            : value === ''
              ? undefined
              : action === 'status'
                ? { kind: 'status', status: value as ThreatStatus }
                : { kind: 'severity', severity: value === 'unscored' ? null : (value as Severity) };
    const asksForReason = action === 'status' && needsReason(value);
    const affected = chosen === undefined ? undefined : itemsOf(chosen, seen.data, {}).length;
    const scored = action === 'severity' ? seen.data.filter(({ likelihood }) => likelihood !== null).length : 0;

    const hasNoReason = decision.reason.trim() === '';

    async function send(base: Versioned<readonly Threat[]>) {
        if (chosen === undefined || isSending) return;
        // The server asks for it where a single threat is changed, and auditors ask just the same here.
        setIsReasonMissing(asksForReason && hasNoReason);
        if (asksForReason && hasNoReason) return;
        setIsSending(true);
        setProblem(undefined);
        const remarks = decisionOf(decision);
        try {
            const count = await changeThreats(model.product, base, chosen, remarks, keys);
            notify(count === 0 ? 'They were so already: nothing was recorded.' : `${count} threats are ${action === 'remove' ? 'removed' : 'changed'}.`);
            void model.load();
            onDone();
        } catch (thrown) {
            if (thrown instanceof EditConflict) {
                const current = thrown.current as Versioned<readonly Threat[]>;
                setChanged(differences(base.data, current.data));
                setSeen(current);
            } else {
                setProblem(asProblem(thrown));
            }
        } finally {
            setIsSending(false);
        }
    }
    function leaveOut() {
        const ids = new Set(changed.map(({ before }) => before.id));
        const rest = { tag: seen.tag, data: seen.data.filter(({ id }) => !ids.has(id)) };
        setChanged([]);
        setSeen(rest);
        void send(rest);
    }
    const refused = [...(problem?.fieldErrors ?? [])].find(([pointer]) => pointer.endsWith('/reason'))?.[1];
    const fault = isReasonMissing && hasNoReason ? 'Give a reason: an auditor will ask why.' : refused;
    return (
        <Dialog title={`${titles[action]} of ${seen.data.length} threats`.replace('Remove of', 'Remove')} onClose={onClose}>
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    setChanged([]);
                    void send(seen);
                }}
            >
                {action === 'remove' ? (
                    <p>They no longer count from now on. What was recorded until now stays and can still be seen at an earlier moment.</p>
                ) : (
                    <Field label={action === 'status' ? 'New status' : 'New severity'}>
                        {(parts) => (
                            <select {...parts} value={value} onChange={(event) => setValue(event.currentTarget.value)}>
                                <option value="">Choose…</option>
                                {(action === 'status' ? threatStatuses : [...severities, 'unscored']).map((choice) => (
                                    <option key={choice} value={choice}>
                                        {inWords(choice)}
                                    </option>
                                ))}
                            </select>
                        )}
                    </Field>
                )}
                {scored > 0 ? (
                    <p class="hint">{scored} of them have a likelihood and an impact, which a severity alone replaces.</p>
                ) : null}
                <DecisionFields
                    decision={decision}
                    onChange={setDecision}
                    faults={fault === undefined ? undefined : new Map([['reason', fault]])}
                    reasonHint={asksForReason ? 'Required: an auditor will ask why.' : 'It is recorded with each of them.'}
                    isReasonRequired={asksForReason}
                />
                {problem === undefined || fault !== undefined ? null : <FailureNote problem={problem} />}
                {changed.length > 0 ? <BulkConflict changed={changed} total={threats.length} /> : null}
                <div class="actions">
                    <button class={action === 'remove' ? 'danger' : 'primary'} disabled={isSending || chosen === undefined || affected === 0}>
                        {isSending
                            ? 'Recording…'
                            : changed.length > 0
                              ? 'Change all of them all the same'
                              : action === 'remove'
                                ? `Remove ${seen.data.length} threats`
                                : affected === undefined
                                  ? 'Change the threats'
                                  : `Change ${affected} threats`}
                    </button>
                    {changed.length > 0 && changed.length < threats.length ? (
                        <button type="button" disabled={isSending} onClick={leaveOut}>
                            Leave out the {changed.length} that changed
                        </button>
                    ) : null}
                    <button type="button" onClick={onClose}>
                        Cancel
                    </button>
                </div>
                {affected !== undefined && affected < seen.data.length ? (
                    <p class="hint">{seen.data.length - affected} of them are so already and stay as they are.</p>
                ) : null}
            </form>
        </Dialog>
    );
}
