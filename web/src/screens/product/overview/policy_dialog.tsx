/// Gives the product a policy, another one, or none.

import { useState } from 'preact/hooks';
import { Attempt } from '../../../api/attempt';
import { api, dataOf } from '../../../api/client';
import { type ApiProblem, asProblem } from '../../../api/problem';
import { useResource } from '../../../api/resource';
import type { Product } from '../../../api/types';
import { DecisionFields, decisionOf, noDecision } from '../../../components/decision_fields';
import { Dialog } from '../../../components/dialog';
import { FailureNote } from '../../../components/failure_note';
import { Field } from '../../../components/field';
import { notify } from '../../../components/notices';
import { ResourceNote } from '../../../components/problem_note';

export function PolicyDialog({ product, onSaved, onClose }: { product: Product; onSaved: () => void; onClose: () => void }) {
    const policies = useResource((signal) => dataOf(api.GET('/api/policies', { signal })), []);
    const [name, setName] = useState(product.policy?.name ?? '');
    const [isEnforced, setIsEnforced] = useState(product.policy?.enforced ?? false);
    const [decision, setDecision] = useState(noDecision);
    const [attempt] = useState(() => new Attempt());
    const [problem, setProblem] = useState<ApiProblem>();
    const [isSaving, setIsSaving] = useState(false);
    const faults = problem?.fieldErrors ?? new Map<string, string>();
    const list = policies.data.value;
    const title = list?.find((policy) => policy.name === name)?.title;

    async function save() {
        setIsSaving(true);
        setProblem(undefined);
        try {
            const body = {
                policy: name === '' ? null : name,
                ...(name === '' ? {} : { enforced: isEnforced }),
                ...decisionOf(decision),
            };
            await api.PUT('/api/products/{product_id}/policy', {
                params: { path: { product_id: product.id }, header: attempt.headersFor(body) },
                body,
            });
            notify(name === '' ? 'The product has no policy now.' : `The policy ${name} counts from the next question on.`);
            onSaved();
        } catch (thrown) {
            setProblem(asProblem(thrown));
        } finally {
            setIsSaving(false);
        }
    }

    return (
        <Dialog title="Policy of the product" onClose={onClose}>
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    void save();
                }}
            >
                <ResourceNote of={policies} what="the policies" />
                {problem === undefined || faults.size > 0 ? null : <FailureNote problem={problem} />}
                <Field label="Policy" hint={title} fault={faults.get('/policy')}>
                    {(parts) => (
                        <select {...parts} value={name} onChange={(event) => setName(event.currentTarget.value)}>
                            <option value="">No policy</option>
                            {(list ?? []).map((policy) => (
                                <option key={policy.name} value={policy.name}>
                                    {policy.name}
                                </option>
                            ))}
                        </select>
                    )}
                </Field>
                {list?.length === 0 ? <p class="hint">No policy is defined yet: see Policies in the main menu.</p> : null}
                <div class="field">
                    <label class="check-label">
                        <input
                            type="checkbox"
                            disabled={name === ''}
                            checked={isEnforced && name !== ''}
                            onChange={(event) => setIsEnforced(event.currentTarget.checked)}
                        />
                        Enforced: it applies to every question about the product, whatever a pipeline asks
                    </label>
                </div>
                <DecisionFields decision={decision} onChange={setDecision} faults={faults} />
                <div class="actions">
                    <button type="submit" class="primary" disabled={isSaving || list === undefined}>
                        Save
                    </button>
                    <button type="button" onClick={onClose}>
                        Cancel
                    </button>
                </div>
            </form>
        </Dialog>
    );
}
