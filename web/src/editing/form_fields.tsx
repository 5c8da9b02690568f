/// Inputs that are connected with a field of a draft.

import { DecisionFields } from '../components/decision_fields';
import { Field } from '../components/field';
import { inWords } from '../components/tags';
import type { Draft } from './draft';

interface FieldOf<Data> {
    draft: Draft<Data>;
    name: string;
    label: string;
    hint?: string | undefined;
}

/// `lines` more than one: a text with line breaks. `suggestions`: what others have in this field.
export function TextField<Data>({
    draft, name, label, hint, lines = 1, maximum = 500, isRequired = false, suggestions,
}: FieldOf<Data> & { lines?: number; maximum?: number; isRequired?: boolean; suggestions?: readonly string[] | undefined }) {
    return (
        <Field label={label} hint={hint} fault={draft.failure.value.faults.get(name)}>
            {(parts) => {
                const common = {
                    ...parts,
                    value: draft.values.value[name] ?? '',
                    maxLength: maximum,
                    dir: 'auto' as const,
                    ...(isRequired ? { 'aria-required': true } : {}),
                };
                return lines > 1 ? (
                    <textarea {...common} rows={lines} onInput={(event) => draft.set(name, event.currentTarget.value)} />
                ) : (
                    <>
                        <input
                            {...common}
                            autocomplete="off"
                            {...(suggestions === undefined ? {} : { list: `${parts.id}-list` })}
                            onInput={(event) => draft.set(name, event.currentTarget.value)}
                        />
                        {suggestions === undefined ? null : (
                            <datalist id={`${parts.id}-list`}>
                                {suggestions.map((text) => (
                                    <option key={text} value={text} />
                                ))}
                            </datalist>
                        )}
                    </>
                );
            }}
        </Field>
    );
}

export function ChoiceField<Data>({ draft, name, label, hint, choices }: FieldOf<Data> & { choices: readonly string[] }) {
    return (
        <Field label={label} hint={hint} fault={draft.failure.value.faults.get(name)}>
            {(parts) => (
                <select {...parts} value={draft.values.value[name] ?? ''} onChange={(event) => draft.set(name, event.currentTarget.value)}>
                    {choices.map((choice) => (
                        <option key={choice} value={choice}>
                            {inWords(choice)}
                        </option>
                    ))}
                </select>
            )}
        </Field>
    );
}

/// Why, and for whom: recorded with the change.
export function RemarkFields<Data>({ draft, reasonHint, isReasonRequired = false }: {
    draft: Draft<Data>;
    reasonHint?: string | undefined;
    isReasonRequired?: boolean;
}) {
    return (
        <div class="remarks">
            <DecisionFields
                decision={{ reason: draft.values.value['reason'] ?? '', onBehalfOf: draft.values.value['on_behalf_of'] ?? '' }}
                onChange={({ reason, onBehalfOf }) => {
                    if (reason !== (draft.values.value['reason'] ?? '')) draft.set('reason', reason);
                    else draft.set('on_behalf_of', onBehalfOf);
                }}
                faults={draft.failure.value.faults}
                reasonHint={reasonHint}
                isReasonRequired={isReasonRequired}
            />
        </div>
    );
}
