/// A form around a draft: saves it, and shows what stood in the way.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Versioned } from '../api/conditional_write';
import { ConflictChoice, type DescribedFields } from './conflict_choice';
import type { Channel, Draft, EditedKind } from './draft';
import { FailureNote } from '../components/failure_note';

interface DraftFormProperties<Data extends { updated_at: string }> {
    /// What is edited, such as "threat".
    what: string;
    product: number;
    draft: Draft<Data>;
    kind: EditedKind<Data>;
    fields: DescribedFields;
    channel: Channel<Data>;
    onSaved: (saved: Versioned<Data>) => void;
    onDiscard: () => void;
    children: ComponentChildren;
}

export function DraftForm<Data extends { updated_at: string }>(properties: DraftFormProperties<Data>) {
    const { what, product, draft, kind, fields, channel, onSaved, onDiscard, children } = properties;
    const form = useRef<HTMLFormElement>(null);
    const { problem, faults } = draft.failure.value;
    const conflict = draft.conflict.value;
    useEffect(() => {
        if (faults.size > 0) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
        form.current?.querySelector('.problem')?.scrollIntoView({ block: 'nearest' });
    }, [draft.failure.value.problem, draft.isSaving.value]);

    async function save() {
        const saved = await draft.save(channel);
        if (saved !== undefined) onSaved(saved);
    }
    return (
        <form
            ref={form}
            class="draft-form"
            aria-label={draft.isNew ? `New ${what}` : `Edit the ${what}`}
            noValidate
            onSubmit={(event) => {
                event.preventDefault();
                void save();
            }}
        >
            {children}
            {problem === undefined ? null : <FailureNote problem={problem} />}
            {faults.size > 0 ? (
                <p class="fault" role="alert">
                    Not saved: {faults.size === 1 ? 'a field needs' : `${faults.size} fields need`} your attention.
                </p>
            ) : null}
            <div class="actions">
                <button class="primary" disabled={draft.isSaving.value || !(draft.isNew || draft.isDirty)}>
                    {draft.isSaving.value ? 'Saving…' : problem?.isTemporary ? 'Save again' : draft.isNew ? `Record the ${what}` : 'Save'}
                </button>
                <button type="button" onClick={onDiscard}>
                    {draft.isDirty ? 'Discard' : 'Cancel'}
                </button>
            </div>
            {conflict === undefined ? null : (
                <ConflictChoice
                    what={what}
                    product={product}
                    conflict={conflict}
                    fields={fields}
                    before={draft.before}
                    mine={draft.values.value}
                    theirs={kind.valuesOf(conflict.current.data)}
                    onSettle={(theirs) => {
                        draft.settle(theirs);
                        void save();
                    }}
                    onClose={() => (draft.conflict.value = undefined)}
                />
            )}
        </form>
    );
}
