/// The rules of a policy as fields: changed, added and removed.

import { useEffect, useRef, useState } from 'preact/hooks';
import { type DraftRule, type Faults, newRule } from './draft';
import { RuleFields } from './rule_fields';
import { inWordsOfForm } from './rule_words';

const mostRules = 50;

interface RulesEditorProperties {
    rules: readonly DraftRule[];
    faults: Faults;
    onChange: (rules: DraftRule[]) => void;
}

export function RulesEditor({ rules, faults, onChange }: RulesEditorProperties) {
    const element = useRef<HTMLDivElement>(null);
    // The rule that the keyboard goes to after one was added or removed; a new object each time.
    const [focused, setFocused] = useState<{ id: number }>();
    useEffect(() => {
        if (focused !== undefined) element.current?.querySelector<HTMLElement>(`[data-rule="${focused.id}"] select`)?.focus();
    }, [focused]);
    const fault = faults.get('/rules');

    function add() {
        const rule = newRule();
        onChange([...rules, rule]);
        setFocused(rule);
    }
    function remove(index: number) {
        onChange(rules.filter((_, other) => other !== index));
        const next = rules[index + 1] ?? rules[index - 1];
        if (next !== undefined) setFocused({ id: next.id });
    }

    return (
        <div ref={element}>
            <h2>Rules</h2>
            {fault === undefined ? null : (
                <p class="fault" role="alert">
                    {inWordsOfForm(fault)}
                </p>
            )}
            {rules.map((rule, index) => (
                <RuleFields
                    key={rule.id}
                    rule={rule}
                    index={index}
                    faults={faults}
                    onChange={(changed) => onChange(rules.map((other) => (other.id === rule.id ? changed : other)))}
                    onRemove={rules.length === 1 ? undefined : () => remove(index)}
                />
            ))}
            <button type="button" onClick={add} disabled={rules.length >= mostRules}>
                Add a rule
            </button>
        </div>
    );
}
