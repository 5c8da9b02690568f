/// The signed-in person: the token's name and role, as the server reports them.
///
/// All tabs of a browser share its cookie, so another tab can end the session or sign in as somebody
/// else. They tell each other, and a tab that comes to the front looks for itself.

import { computed, signal } from '@preact/signals';
import { api, dataOf, keepTokenInMemory, whenSignedOut } from '../api/client';
import { ApiProblem, asProblem, problemOf } from '../api/problem';
import type { Role } from '../api/types';

export interface Session {
    token_id: number;
    name: string;
    role: Role;
    product_ids: number[] | null;
    expires_at: string | null;
    by: 'cookie' | 'header';
}

export type SessionState =
    | { kind: 'unknown' }
    | { kind: 'signed-out' }
    /// The session ended while the person was at work: the screen stays, and nothing typed is lost.
    | { kind: 'expired'; session: Session }
    /// The browser is signed in as somebody else now. What is on the screen belongs to `session`.
    | { kind: 'replaced'; session: Session; by: Session }
    | { kind: 'signed-in'; session: Session };

export const sessionState = signal<SessionState>({ kind: 'unknown' });
/// Why it is not known whether somebody is signed in.
export const sessionProblem = signal<ApiProblem | undefined>(undefined);
/// The number of sign-ins. Screens read their data again when it changes: after the end of a session
/// they could not.
export const signIns = signal(0);

const session = computed(() => {
    const state = sessionState.value;
    return state.kind === 'unknown' || state.kind === 'signed-out' ? undefined : state.session;
});
export const currentSession = session;

const has = (...roles: Role[]) => computed(() => session.value !== undefined && roles.includes(session.value.role));
export const canRead = has('auditor', 'approver', 'editor', 'admin');
export const canWrite = has('editor', 'admin');
export const canApprove = has('approver', 'admin');
export const isAdmin = has('admin');

const retryMilliseconds = 2_000;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
const otherTabs = new BroadcastChannel('threatatlas-session');

function becomeSignedIn(current: Session): void {
    sessionState.value = { kind: 'signed-in', session: current };
    ++signIns.value;
}

whenSignedOut(() => {
    const state = sessionState.peek();
    if (state.kind === 'signed-in') sessionState.value = { kind: 'expired', session: state.session };
});

async function readSession(): Promise<Session> {
    return await dataOf(api.GET('/api/session'));
}

/// Finds out whether the browser has a session from before.
export async function resumeSession(): Promise<void> {
    clearTimeout(retryTimer);
    try {
        becomeSignedIn(await readSession());
        sessionProblem.value = undefined;
    } catch (thrown) {
        const problem = asProblem(thrown);
        if (problem?.status === 401) {
            sessionState.value = { kind: 'signed-out' };
            sessionProblem.value = undefined;
            return;
        }
        sessionProblem.value = problem;
        retryTimer = setTimeout(() => void resumeSession(), Math.max(retryMilliseconds, (problem?.retryAfter ?? 0) * 1_000));
    }
}

/// Looks whether the browser is still signed in as the same person.
async function checkSession(): Promise<void> {
    const before = sessionState.peek();
    if (before.kind === 'unknown') return;
    let now: Session | undefined;
    try {
        now = await readSession();
    } catch (thrown) {
        // If the server cannot be reached now, the next call of a screen reports it.
        if (asProblem(thrown)?.status !== 401) return;
    }
    // Somebody has signed in or out here meanwhile.
    if (sessionState.peek() !== before) return;
    if (now === undefined) {
        if (before.kind !== 'signed-out') sessionState.value = { kind: 'expired', session: before.session };
    } else if (before.kind === 'signed-out') {
        becomeSignedIn(now);
    } else if (now.token_id !== before.session.token_id) {
        sessionState.value = { kind: 'replaced', session: before.session, by: now };
    } else if (before.kind !== 'signed-in') {
        becomeSignedIn(now);
    }
}

otherTabs.addEventListener('message', () => void checkSession());
document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void checkSession();
});

export interface SignedIn {
    session: Session;
    /// False: the browser keeps no cookie of this server, so a reload signs out.
    isKept: boolean;
}

/// Signs in with a token. Throws ApiProblem.
export async function signIn(token: string): Promise<SignedIn> {
    const response = await fetch('/api/session', {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'X-Threatatlas-Page': '1' },
        credentials: 'same-origin',
        cache: 'no-store',
    });
    if (!response.ok) throw await problemOf(response);
    keepTokenInMemory(undefined);
    let current: Session;
    let isKept = true;
    try {
        current = await readSession();
    } catch (thrown) {
        if (asProblem(thrown)?.status !== 401) throw thrown;
        // Over plain HTTP, browsers keep such a cookie only from this machine.
        keepTokenInMemory(token);
        current = await readSession();
        isKept = false;
    }
    becomeSignedIn(current);
    otherTabs.postMessage('changed');
    return { session: current, isKept };
}

/// Throws ApiProblem if the browser may still be signed in.
export async function signOut(): Promise<void> {
    await api.DELETE('/api/session', { params: { header: { 'X-Threatatlas-Page': '1' } } });
    keepTokenInMemory(undefined);
    sessionState.value = { kind: 'signed-out' };
    otherTabs.postMessage('changed');
}
