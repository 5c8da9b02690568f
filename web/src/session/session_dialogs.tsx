/// What stands above a screen whose session is no longer the browser's. The screen behind keeps what was
/// typed, but cannot be read: it may belong to somebody who is no longer there.

import { Dialog } from '../components/dialog';
import { sessionState, type Session } from './session';
import { SignInForm } from './sign_in';

function Person({ session }: { session: Session }) {
    return (
        <>
            <strong>
                <bdi>{session.name}</bdi>
            </strong>{' '}
            ({session.role})
        </>
    );
}

export function SessionDialogs() {
    const state = sessionState.value;
    if (state.kind === 'expired') {
        return (
            <Dialog title="Sign in again" canClose={false} isOpaque onClose={() => {}}>
                <SignInForm hint="Your session has ended: the token expired or was revoked, or you have signed out in another tab. What you have typed is still here." />
            </Dialog>
        );
    }
    if (state.kind !== 'replaced') return null;
    return (
        <Dialog title="Somebody else is signed in" canClose={false} isOpaque onClose={() => {}}>
            <p>
                Another tab has signed this browser in as <Person session={state.by} />. What is open here was read as{' '}
                <Person session={state.session} />.
            </p>
            <div class="actions">
                <button type="button" onClick={() => location.reload()}>
                    Go on as <bdi>{state.by.name}</bdi>, without what is typed here
                </button>
            </div>
            <SignInForm hint={`Or sign in as ${state.session.name} again, in all tabs, and go on where you were.`} />
        </Dialog>
    );
}
