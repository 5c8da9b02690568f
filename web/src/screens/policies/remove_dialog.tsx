/// Removes a policy, after a question.

import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import { type ApiProblem, asProblem } from '../../api/problem';
import type { Policy } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { notify } from '../../components/notices';
import { WriteNote } from '../../components/write_note';
import { DecisionFields, decisionOf, noDecision } from '../../components/decision_fields';

interface RemoveDialogProperties {
    policy: Policy;
    onRemoved: () => void;
    onClose: () => void;
}

export function RemoveDialog({ policy, onRemoved, onClose }: RemoveDialogProperties) {
    const [decision, setDecision] = useState(noDecision);
    const [problem, setProblem] = useState<ApiProblem>();
    const [isBusy, setBusy] = useState(false);
    async function remove(event: Event) {
        event.preventDefault();
        setBusy(true);
        try {
            await api.DELETE('/api/policies/{key}', { params: { path: { key: policy.name }, query: decisionOf(decision) } });
            notify(`The policy ${policy.name} is removed.`);
            onRemoved();
        } catch (thrown) {
            setProblem(asProblem(thrown));
            setBusy(false);
        }
    }
    return (
        <Dialog title={`Remove the policy ${policy.name}?`} onClose={onClose}>
            <form onSubmit={(event) => void remove(event)}>
                {problem === undefined ? null : (
                    <WriteNote title="The policy is still there" occasion={problem}>
                        {problem.status === 409 ? 'Products have this policy: give them another one, or none, first.' : problem.message}
                    </WriteNote>
                )}
                <p>
                    It can no longer be assigned to a product. Answers about the past still know it. It can be defined again later, as version{' '}
                    {policy.version + 1}.
                </p>
                {policy.products !== undefined && policy.products > 0 ? (
                    <p class="warning">
                        {policy.products} {policy.products === 1 ? 'product has' : 'products have'} it. The server does not remove a policy that a
                        product has.
                    </p>
                ) : null}
                <DecisionFields decision={decision} onChange={setDecision} faults={problem?.fieldErrors} />
                <div class="actions">
                    <button type="submit" class="danger" disabled={isBusy}>
                        {isBusy ? 'Removing…' : 'Remove the policy'}
                    </button>
                    <button type="button" onClick={onClose}>
                        Cancel
                    </button>
                </div>
            </form>
        </Dialog>
    );
}
