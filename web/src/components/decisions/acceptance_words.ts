/// What the states of an acceptance mean, and who may do what with it.

import type { Acceptance } from '../../api/types';
import { isPast } from '../../moment/moment';
import { canApprove, canWrite, currentSession } from '../../session/session';

export type AcceptanceState = Acceptance['state'];
export type DecisionAction = 'approve' | 'reject' | 'withdraw' | 'revoke';

export const acceptanceStates: readonly AcceptanceState[] = [
    'requested',
    'approved',
    'suspended',
    'moot',
    'expired',
    'lapsed',
    'rejected',
    'withdrawn',
    'revoked',
    'replaced',
];

export const stateMeanings: Record<AcceptanceState, string> = {
    requested: 'Waits for a decision. The gate still counts its threats.',
    approved: 'In force: the gate leaves its threats out.',
    suspended: 'Approved, but not in force at the moment: a compensating control is not active, or all threats have become more severe.',
    moot: 'Approved, but every threat was removed.',
    expired: 'Approved, and its last day is over.',
    lapsed: 'Nobody decided on it, and its last day is over.',
    rejected: 'Decided against.',
    withdrawn: 'Taken back by the requester.',
    revoked: 'Ended before its last day.',
    replaced: 'Ended when another acceptance replaced it.',
};

/// True if the token of this session recorded the step. An actor is a name and the token's number.
function isOwn(actor: string): boolean {
    return actor.endsWith(`#${currentSession.value?.token_id}`);
}

/// What the person may try. Whether another person must do it is up to the server.
export function actionsOf(acceptance: Acceptance): DecisionAction[] {
    if (isPast.value) return [];
    const { state } = acceptance;
    const actions: DecisionAction[] = [];
    if (state === 'requested' && canApprove.value) actions.push('approve');
    if ((state === 'requested' || state === 'lapsed') && canApprove.value) actions.push('reject');
    if ((state === 'requested' || state === 'lapsed') && canWrite.value && isOwn(acceptance.requested.actor)) actions.push('withdraw');
    if ((state === 'approved' || state === 'suspended' || state === 'moot') && canApprove.value) actions.push('revoke');
    return actions;
}
