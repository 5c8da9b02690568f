/// Removes an object, if it still is what the person saw.

import { useState } from 'preact/hooks';
import { EditConflict, RepeatKeys, type Versioned, writeConditionally } from '../../../api/conditional_write';
import { type ApiProblem, asProblem } from '../../../api/problem';
import { DecisionFields, decisionOf, noDecision } from '../../../components/decision_fields';
import { Dialog } from '../../../components/dialog';
import type { DescribedFields } from '../../../editing/conflict_choice';
import type { EditedKind, WriteHeaders } from '../../../editing/draft';
import { FailureNote } from '../../../components/failure_note';
import type { Remarks } from './calls';

interface RemoveDialogProperties<Data extends { id: number; name: string }> {
    what: string;
    product: number;
    opened: Versioned<Data>;
    kind: EditedKind<Data>;
    fields: DescribedFields;
    read: () => Promise<Versioned<Data>>;
    remove: (remarks: Remarks, headers: WriteHeaders) => Promise<void>;
    onRemoved: () => void;
    onClose: () => void;
}

export function RemoveDialog<Data extends { id: number; name: string }>(properties: RemoveDialogProperties<Data>) {
    const { what, kind, fields, read, remove, onRemoved, onClose } = properties;
    const [opened, setOpened] = useState(properties.opened);
    const [keys] = useState(() => new RepeatKeys());
    const [decision, setDecision] = useState(noDecision);
    const [problem, setProblem] = useState<ApiProblem | undefined>(undefined);
    const [changed, setChanged] = useState<readonly string[]>([]);
    const [isSending, setIsSending] = useState(false);

    async function send() {
        setIsSending(true);
        setProblem(undefined);
        const remarks: Remarks = decisionOf(decision);
        const before = kind.valuesOf(opened.data);
        try {
            await writeConditionally<Data, void>({
                opened,
                read,
                conflictsWith: (data) => {
                    const now = kind.valuesOf(data);
                    return Object.keys(now).filter((name) => now[name] !== before[name]);
                },
                send: ({ tag }) => remove(remarks, { 'If-Match': tag, 'Idempotency-Key': keys.of(remarks) }),
            });
            onRemoved();
        } catch (thrown) {
            if (thrown instanceof EditConflict) {
                setOpened(thrown.current as Versioned<Data>);
                setChanged(thrown.fields);
            } else {
                setProblem(asProblem(thrown));
            }
        } finally {
            setIsSending(false);
        }
    }
    const now = kind.valuesOf(opened.data);
    return (
        <Dialog title={`Remove ${what} ${opened.data.id}?`} onClose={onClose}>
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    void send();
                }}
            >
                <p>
                    “<bdi>{opened.data.name}</bdi>” no longer counts from now on. What was recorded until now stays and can still be seen at
                    an earlier moment.
                </p>
                {changed.length === 0 ? null : (
                    <div class="warning" role="alert">
                        <strong>Somebody has changed it meanwhile. It is not removed yet.</strong>
                        <dl class="facts">
                            {changed.map((name) => (
                                <>
                                    <dt>{fields[name]?.label ?? name}</dt>
                                    <dd>
                                        now <bdi>{fields[name]?.text?.(now[name] ?? '') ?? (now[name] || '(empty)')}</bdi>
                                    </dd>
                                </>
                            ))}
                        </dl>
                    </div>
                )}
                <DecisionFields
                    decision={decision}
                    onChange={setDecision}
                    faults={problem?.fieldErrors}
                    reasonHint="Why it goes. It is recorded for auditors."
                />
                {problem === undefined ? null : <FailureNote problem={problem} />}
                <div class="actions">
                    <button class="danger" disabled={isSending}>
                        {isSending ? 'Removing…' : changed.length > 0 ? 'Remove it all the same' : `Remove the ${what}`}
                    </button>
                    <button type="button" onClick={onClose}>
                        Cancel
                    </button>
                </div>
            </form>
        </Dialog>
    );
}
