/// The fields of one rule, and the sentence that they make.

import type { Severity } from '../../api/types';
import { Field } from '../../components/field';
import { inWords, severities } from '../../components/tags';
import { type DraftRule, type Faults, ruleOf } from './draft';
import type { RuleKind } from './policy_types';
import { RuleMode } from './rule_list';
import { inWordsOfForm, kindOfRule, kindsOfRules, sentenceOf } from './rule_words';

interface RuleFieldsProperties {
    rule: DraftRule;
    /// From 0.
    index: number;
    faults: Faults;
    onChange: (rule: DraftRule) => void;
    /// Undefined: it is the only rule.
    onRemove: (() => void) | undefined;
}

export function RuleFields({ rule, index, faults, onChange, onRemove }: RuleFieldsProperties) {
    const kind = kindOfRule(rule.kind);
    const read = ruleOf(rule);
    const faultOf = (field: string) => faults.get(`/rules/${index}/${field}`);
    const fault = faults.get(`/rules/${index}`);
    return (
        <fieldset class={fault === undefined ? 'policy-rule' : 'policy-rule invalid'} data-rule={rule.id}>
            <legend>Rule {index + 1}</legend>
            <div class="rule-fields">
                <Field label="About" hint={kind.hint} fault={faultOf('rule')}>
                    {(parts) => (
                        <select {...parts} value={rule.kind} onChange={(event) => onChange({ ...rule, kind: event.currentTarget.value as RuleKind })}>
                            {kindsOfRules.map(({ kind: value, title }) => (
                                <option key={value} value={value}>
                                    {title}
                                </option>
                            ))}
                        </select>
                    )}
                </Field>
                {kind.hasSeverity ? (
                    <Field label="Severity" hint="And above." fault={faultOf('severity')}>
                        {(parts) => (
                            <select
                                {...parts}
                                value={rule.severity}
                                onChange={(event) => onChange({ ...rule, severity: event.currentTarget.value as Severity })}
                            >
                                {severities.map((severity) => (
                                    <option key={severity} value={severity}>
                                        {inWords(severity)}
                                    </option>
                                ))}
                            </select>
                        )}
                    </Field>
                ) : null}
                <Field label={kind.limit} fault={faultOf('limit')}>
                    {(parts) => (
                        <input
                            {...parts}
                            inputMode="decimal"
                            autocomplete="off"
                            value={rule.limit}
                            onInput={(event) => onChange({ ...rule, limit: event.currentTarget.value })}
                        />
                    )}
                </Field>
                <Field label="If it is broken" fault={faultOf('mode')}>
                    {(parts) => (
                        <select
                            {...parts}
                            value={rule.mode}
                            onChange={(event) => onChange({ ...rule, mode: event.currentTarget.value === 'warn' ? 'warn' : 'fail' })}
                        >
                            <option value="fail">The gate fails</option>
                            <option value="warn">The gate warns</option>
                        </select>
                    )}
                </Field>
            </div>
            <div class="rule-result">
                {read === undefined ? (
                    <span class="hint">The limit is not a number.</span>
                ) : (
                    <span>
                        {sentenceOf(read)}, or the gate <RuleMode mode={rule.mode} />
                    </span>
                )}
                {onRemove === undefined ? null : (
                    <button type="button" class="plain" onClick={onRemove} aria-label={`Remove rule ${index + 1}`}>
                        Remove
                    </button>
                )}
            </div>
            {fault === undefined ? null : (
                <p class="fault" role="alert">
                    {inWordsOfForm(fault)}
                </p>
            )}
        </fieldset>
    );
}
