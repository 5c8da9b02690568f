/// The reason of a change and the person who decided it: both are recorded with every change.

import { Field } from './field';

export interface Decision {
    reason: string;
    onBehalfOf: string;
}

export const noDecision: Decision = { reason: '', onBehalfOf: '' };

const longestReason = 1_000;
const longestPerson = 200;

/// As parameters of a call; what is empty is left out.
export function decisionOf({ reason, onBehalfOf }: Decision): { reason?: string; on_behalf_of?: string } {
    return {
        ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
        ...(onBehalfOf.trim() === '' ? {} : { on_behalf_of: onBehalfOf.trim() }),
    };
}

interface PersonFieldProperties {
    value: string;
    onChange: (person: string) => void;
    fault?: string | undefined;
}

/// Alone where a form has a text of its own in place of the reason.
export function OnBehalfOfField({ value, onChange, fault }: PersonFieldProperties) {
    return (
        <Field label="On behalf of (optional)" hint="The person who decided, if that is not you." fault={fault}>
            {(parts) => (
                <input
                    {...parts}
                    dir="auto"
                    autocomplete="off"
                    maxLength={longestPerson}
                    value={value}
                    onInput={(event) => onChange(event.currentTarget.value)}
                />
            )}
        </Field>
    );
}

interface DecisionFieldsProperties {
    decision: Decision;
    onChange: (decision: Decision) => void;
    /// The faults of a 422, by parameter or JSON pointer.
    faults?: ReadonlyMap<string, string> | undefined;
    reasonHint?: string | undefined;
    isReasonRequired?: boolean;
}

export function DecisionFields({ decision, onChange, faults, reasonHint, isReasonRequired = false }: DecisionFieldsProperties) {
    const faultOf = (name: string) => faults?.get(name) ?? faults?.get(`/${name}`);
    return (
        <div class="form-row">
            <Field
                label={isReasonRequired ? 'Reason' : 'Reason (optional)'}
                hint={reasonHint ?? 'Why this changes. It is recorded for auditors.'}
                fault={faultOf('reason')}
            >
                {(parts) => (
                    <input
                        {...parts}
                        dir="auto"
                        autocomplete="off"
                        maxLength={longestReason}
                        {...(isReasonRequired ? { 'aria-required': true } : {})}
                        value={decision.reason}
                        onInput={(event) => onChange({ ...decision, reason: event.currentTarget.value })}
                    />
                )}
            </Field>
            <OnBehalfOfField
                value={decision.onBehalfOf}
                onChange={(onBehalfOf) => onChange({ ...decision, onBehalfOf })}
                fault={faultOf('on_behalf_of')}
            />
        </div>
    );
}
