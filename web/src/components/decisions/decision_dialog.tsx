/// Shows an acceptance as it is now, and records what the person decides.

import { useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from '../../api/problem';
import { useResource } from '../../api/resource';
import { OnBehalfOfField } from '../decision_fields';
import { Dialog } from '../dialog';
import { FailureNote } from '../failure_note';
import { Field } from '../field';
import { notify } from '../notices';
import { ResourceNote } from '../problem_note';
import { StatusTag, inWords } from '../tags';
import { WriteNote } from '../write_note';
import { AcceptanceFacts } from './acceptance_facts';
import type { DecisionAction } from './acceptance_words';
import type { Decision } from './decision_buttons';
import { readDecidable, recordDecision } from './decision_calls';
import type { LookUps } from './look_ups';

const explanations: Record<DecisionAction, string> = {
    approve: 'From now on until the end of its last day, the gate leaves these threats out.',
    reject: 'The gate goes on counting these threats. The requester sees your reason.',
    withdraw: 'The request is taken back. The gate goes on counting these threats.',
    revoke: 'The gate counts these threats again at once. Pipelines may start to fail.',
};

const done: Record<DecisionAction, string> = {
    approve: 'approved',
    reject: 'rejected',
    withdraw: 'withdrawn',
    revoke: 'revoked',
};

interface DecisionDialogProperties {
    decision: Decision;
    lookUps: LookUps;
    onClose: () => void;
    /// Called after the decision is recorded.
    onDone: () => void;
}

export function DecisionDialog({ decision, lookUps, onClose, onDone }: DecisionDialogProperties) {
    const { product, acceptance: id, action } = decision;
    const current = useResource((signal) => readDecidable(decision, signal), [product, id, action]);
    const [texts, setTexts] = useState({ note: '', onBehalfOf: '' });
    const [problem, setProblem] = useState<ApiProblem>();
    const [isSending, setSending] = useState(false);
    const decidable = current.data.value;
    const faults = problem?.fieldErrors;
    const needsNote = action === 'reject' || action === 'revoke';

    async function decide(event: Event) {
        event.preventDefault();
        if (decidable === undefined) return;
        setSending(true);
        try {
            await recordDecision(decision, decidable.etag, texts);
            notify(`Acceptance ${id} is ${done[action]}.`);
            onDone();
            onClose();
        } catch (thrown) {
            const found = asProblem(thrown);
            setProblem(found);
            setSending(false);
            if (found?.status === 412) {
                lookUps.refresh(product);
                void current.reload();
            }
        }
    }

    return (
        <Dialog title={`${inWords(action)} acceptance ${id}`} size="wide" onClose={onClose}>
            <ResourceNote of={current} what="the acceptance" />
            {decidable === undefined ? null : (
                <>
                    <p class="decided-on">
                        <bdi>{lookUps.product(product).value?.name ?? `Product ${product}`}</bdi>
                        <StatusTag status={decidable.acceptance.state} />
                    </p>
                    <AcceptanceFacts acceptance={decidable.acceptance} lookUps={lookUps} />
                </>
            )}
            <form onSubmit={(event) => void decide(event)}>
                <p>{explanations[action]}</p>
                {problem === undefined ? null : problem.status === 412 ? (
                    <WriteNote title="The product has changed meanwhile" occasion={problem}>
                        Nothing was recorded. Above you see the acceptance and its threats as they are now. If your decision is still the
                        same, confirm it again.
                    </WriteNote>
                ) : (
                    <FailureNote problem={problem} />
                )}
                <Field label={needsNote ? 'Reason' : 'Note (optional)'} fault={faults?.get('/note') ?? faults?.get('/reason')}>
                    {(parts) => (
                        <textarea
                            {...parts}
                            required={needsNote}
                            maxLength={1_000}
                            value={texts.note}
                            onInput={(event) => setTexts({ ...texts, note: event.currentTarget.value })}
                        />
                    )}
                </Field>
                <OnBehalfOfField
                    value={texts.onBehalfOf}
                    onChange={(onBehalfOf) => setTexts({ ...texts, onBehalfOf })}
                    fault={faults?.get('/on_behalf_of')}
                />
                <div class="actions">
                    <button type="submit" class={action === 'revoke' ? 'danger' : 'primary'} disabled={isSending || decidable === undefined}>
                        {inWords(action)}
                    </button>
                    <button type="button" onClick={onClose}>
                        Cancel
                    </button>
                </div>
            </form>
        </Dialog>
    );
}
