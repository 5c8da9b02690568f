/// The fields of a policy beside its rules.

import { DecisionFields } from '../../components/decision_fields';
import { Field } from '../../components/field';
import { dayOf } from '../../components/time';
import type { Draft, Faults } from './draft';

interface FieldsProperties {
    draft: Draft;
    faults: Faults;
    onChange: (changes: Partial<Draft>) => void;
}

export function NameFields({ draft, faults, onChange, isNew }: FieldsProperties & { isNew: boolean }) {
    return (
        <>
            <div class="form-row">
                {isNew ? (
                    <Field label="Name" hint="Pipelines use it: lower-case letters, digits and hyphens. It cannot be changed later." fault={faults.get('key')}>
                        {(parts) => (
                            <input
                                {...parts}
                                required
                                autocomplete="off"
                                spellcheck={false}
                                value={draft.name}
                                onInput={(event) => onChange({ name: event.currentTarget.value })}
                            />
                        )}
                    </Field>
                ) : null}
                <Field label="Title" fault={faults.get('/title')}>
                    {(parts) => (
                        <input {...parts} required value={draft.title} onInput={(event) => onChange({ title: event.currentTarget.value })} />
                    )}
                </Field>
            </div>
            <Field label="Description" hint="For whom it is, and why." fault={faults.get('/description')}>
                {(parts) => (
                    <textarea {...parts} value={draft.description} onInput={(event) => onChange({ description: event.currentTarget.value })} />
                )}
            </Field>
        </>
    );
}

export function OtherFields({ draft, faults, onChange }: FieldsProperties) {
    return (
        <>
            <h2>When and what it counts</h2>
            <div class="form-row">
                <Field
                    label="In effect from"
                    hint="Before this day (UTC), broken rules only warn. Empty: it is in effect at once."
                    fault={faults.get('/effective_from')}
                >
                    {(parts) => (
                        <input {...parts} type="date" value={draft.effectiveFrom} onInput={(event) => onChange({ effectiveFrom: event.currentTarget.value })} />
                    )}
                </Field>
                <Field
                    label="Baseline"
                    hint="Count only what got worse since the end of this day (UTC). Empty: count everything."
                    fault={faults.get('/baseline')}
                >
                    {(parts) => (
                        <input
                            {...parts}
                            type="date"
                            max={dayOf(new Date())}
                            value={draft.baseline}
                            onInput={(event) => onChange({ baseline: event.currentTarget.value })}
                        />
                    )}
                </Field>
            </div>
            <div class="form-row">
                <Field
                    label="Accepted risks"
                    hint="Honoured: threats whose risk is accepted are left out of rules about threats and their age."
                    fault={faults.get('/acceptances/honoured')}
                >
                    {(parts) => (
                        <select
                            {...parts}
                            value={draft.honoured ? 'yes' : 'no'}
                            onChange={(event) => onChange({ honoured: event.currentTarget.value === 'yes' })}
                        >
                            <option value="yes">Honoured</option>
                            <option value="no">Not honoured</option>
                        </select>
                    )}
                </Field>
                {draft.honoured ? (
                    <Field
                        label="Longest acceptance (days)"
                        hint="For acceptances that are requested from now on. Empty: as long as others."
                        fault={faults.get('/acceptances/max_days')}
                    >
                        {(parts) => (
                            <input
                                {...parts}
                                inputMode="numeric"
                                autocomplete="off"
                                value={draft.maxDays}
                                onInput={(event) => onChange({ maxDays: event.currentTarget.value })}
                            />
                        )}
                    </Field>
                ) : null}
            </div>
            <DecisionFields decision={draft.decision} onChange={(decision) => onChange({ decision })} faults={faults} />
        </>
    );
}
