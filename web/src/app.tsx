/// The frame around every screen: navigation, the signed-in person, and the moment shown.

import { useEffect, useRef } from 'preact/hooks';
import { ProblemNote } from './components/problem_note';
import { ErrorBoundary } from './components/error_boundary';
import { Notices, notify } from './components/notices';
import { ConnectionBanner } from './live/connection_banner';
import { MomentBanner } from './moment/moment_banner';
import { NavigationLink } from './routing/link';
import { addressOf, path } from './routing/location';
import { matchRoute } from './routes';
import { asProblem } from './api/problem';
import { SessionDialogs } from './session/session_dialogs';
import { SignInForm } from './session/sign_in';
import { canApprove, canRead, currentSession, resumeSession, sessionProblem, sessionState, signOut } from './session/session';

function Brand() {
    return (
        <svg class="brand" viewBox="0 0 32 32" aria-hidden="true">
            <path d="M16 3l11 5v8c0 7-4.6 11-11 13C9.6 27 5 23 5 16V8z" />
            <path d="m11 16 4 4 7-8" />
        </svg>
    );
}

async function leave(): Promise<void> {
    try {
        await signOut();
    } catch (thrown) {
        notify(`You may still be signed in. ${asProblem(thrown)?.message ?? ''}`, true);
    }
}

function Header() {
    const session = currentSession.value;
    const at = path.value;
    return (
        <header class="page-header">
            <NavigationLink href={addressOf('/')}>
                <Brand />
                ThreatAtlas
            </NavigationLink>
            <nav aria-label="Main">
                <NavigationLink href={addressOf('/')} isCurrent={at === '/' || at.startsWith('/products/')}>
                    Portfolio
                </NavigationLink>
                <NavigationLink href="/inbox">{canApprove.value ? 'Inbox' : 'Acceptances'}</NavigationLink>
                <NavigationLink href={addressOf('/policies')} isCurrent={at.startsWith('/policies')}>
                    Policies
                </NavigationLink>
                <NavigationLink href="/settings" isCurrent={at.startsWith('/settings')}>
                    Server
                </NavigationLink>
            </nav>
            <details class="person">
                <summary>
                    <bdi title={session?.name}>{session?.name}</bdi> <span class="hint">{session?.role}</span>
                </summary>
                <button type="button" onClick={() => void leave()}>
                    Sign out
                </button>
            </details>
        </header>
    );
}

/// The screen that belongs to the address. Its heading gets the focus when the screen changes, so
/// that a screen reader says where one has come to.
function Screen() {
    const main = useRef<HTMLElement>(null);
    const route = matchRoute(path.value);
    const isFirst = useRef(true);
    useEffect(() => {
        if (!isFirst.current) main.current?.focus();
        isFirst.current = false;
    }, [route?.name]);
    return (
        <main ref={main} id="main" tabIndex={-1}>
            <ErrorBoundary place={path.value}>
                {route === undefined ? (
                    <section class="centred">
                        <h1>This page does not exist</h1>
                        <p>Check the address, or go to the portfolio.</p>
                    </section>
                ) : (
                    route.content
                )}
            </ErrorBoundary>
        </main>
    );
}

function SignedOut() {
    return (
        <main class="centred welcome">
            <Brand />
            <h1>ThreatAtlas</h1>
            <SignInForm hint="Is the threat model good enough to ship? And was it on any day in the past?" />
        </main>
    );
}

function TooSmallRole() {
    return (
        <main id="main" tabIndex={-1} class="centred">
            <h1>This token may not read models</h1>
            <p>
                A token with the role {currentSession.value?.role} serves programs. Sign in with one of an auditor, approver, editor or
                administrator.
            </p>
            <button type="button" onClick={() => void leave()}>
                Sign in with another token
            </button>
        </main>
    );
}

export function App() {
    const state = sessionState.value;
    if (state.kind === 'unknown') {
        const problem = sessionProblem.value;
        return (
            <main class="centred">
                {problem === undefined ? (
                    <p class="loading" role="status">
                        Reading who is signed in…
                    </p>
                ) : (
                    <ProblemNote problem={problem} onRetry={() => void resumeSession()} />
                )}
            </main>
        );
    }
    if (state.kind === 'signed-out') return <SignedOut />;
    return (
        <>
            <a class="skip" href="#main">
                Skip to the content
            </a>
            {canRead.value ? (
                <>
                    <Header />
                    <MomentBanner />
                    <ConnectionBanner />
                    <Screen />
                </>
            ) : (
                <TooSmallRole />
            )}
            <SessionDialogs />
            <Notices />
        </>
    );
}
