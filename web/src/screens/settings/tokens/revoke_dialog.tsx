/// Revokes a token, after a question; a sterner one if it is the token that one is signed in with.

import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { type ApiProblem, asProblem } from '../../../api/problem';
import type { Token } from '../../../api/types';
import { DecisionFields, decisionOf, noDecision } from '../../../components/decision_fields';
import { Dialog } from '../../../components/dialog';
import { notify } from '../../../components/notices';
import { Time } from '../../../components/time';
import { WriteNote } from '../../../components/write_note';
import { currentSession, signOut } from '../../../session/session';

interface RevokeDialogProperties {
    token: Token;
    onRevoked: () => void;
    onClose: () => void;
}

export function RevokeDialog({ token, onRevoked, onClose }: RevokeDialogProperties) {
    const [decision, setDecision] = useState(noDecision);
    const [problem, setProblem] = useState<ApiProblem>();
    const [isBusy, setBusy] = useState(false);
    const isOwn = currentSession.value?.token_id === token.id;

    async function revoke(event: Event) {
        event.preventDefault();
        setBusy(true);
        try {
            await api.DELETE('/api/api-tokens/{token_id}', { params: { path: { token_id: token.id }, query: decisionOf(decision) } });
        } catch (thrown) {
            setProblem(asProblem(thrown));
            setBusy(false);
            return;
        }
        if (isOwn) {
            // The server no longer knows who asks, so it may answer 401; one is signed out all the same.
            await signOut().catch(() => {});
            return;
        }
        notify(`The token ${token.name} is revoked.`);
        onRevoked();
    }

    return (
        <Dialog title="Revoke this token?" onClose={onClose} canClose={!isBusy}>
            <form onSubmit={(event) => void revoke(event)}>
                {problem === undefined ? null : (
                    <WriteNote title="The token is still valid" occasion={problem}>
                        {problem.message}
                    </WriteNote>
                )}
                <dl class="facts">
                    <dt>Name</dt>
                    <dd>
                        <bdi>{token.name}</bdi>
                    </dd>
                    <dt>Role</dt>
                    <dd>{token.role}</dd>
                    <dt>Begins with</dt>
                    <dd>
                        <code>{token.prefix}…</code>
                    </dd>
                    <dt>Last used</dt>
                    <dd>{token.last_used_at === null ? 'Never' : <Time at={token.last_used_at} />}</dd>
                </dl>
                {isOwn ? (
                    <p class="warning">
                        <strong>You are signed in with this token.</strong> You will be signed out at once and need another token to come back.
                    </p>
                ) : (
                    <p>Whoever uses it is refused from the next request on. This cannot be undone; a new token can be issued.</p>
                )}
                <DecisionFields decision={decision} onChange={setDecision} faults={problem?.fieldErrors} />
                <div class="actions">
                    <button type="submit" class="danger" disabled={isBusy}>
                        {isBusy ? 'Revoking…' : isOwn ? 'Revoke it and sign me out' : 'Revoke the token'}
                    </button>
                    <button type="button" onClick={onClose} disabled={isBusy}>
                        Cancel
                    </button>
                </div>
            </form>
        </Dialog>
    );
}
