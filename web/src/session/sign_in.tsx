/// The form that signs in with a token; alone on the screen, or above one whose session has ended.

import { useEffect, useRef, useState } from 'preact/hooks';
import { asProblem } from '../api/problem';
import { notify } from '../components/notices';
import { signIn } from './session';

export function SignInForm({ hint }: { hint?: string }) {
    const [token, setToken] = useState('');
    const [fault, setFault] = useState<string>();
    const [isBusy, setBusy] = useState(false);
    const field = useRef<HTMLInputElement>(null);
    useEffect(() => field.current?.focus(), []);

    async function submit(event: Event) {
        event.preventDefault();
        setBusy(true);
        setFault(undefined);
        try {
            const { isKept } = await signIn(token.trim());
            if (!isKept) {
                notify('This browser keeps no sign-in over plain HTTP. After a reload you will be asked again.');
            }
        } catch (thrown) {
            const problem = asProblem(thrown);
            setFault(problem?.message ?? 'Signing in was interrupted.');
            field.current?.focus();
        } finally {
            setBusy(false);
        }
    }

    return (
        <form class="sign-in" onSubmit={submit}>
            {hint === undefined ? null : <p>{hint}</p>}
            <label for="token">API token</label>
            <input
                id="token"
                ref={field}
                type="password"
                autocomplete="off"
                spellcheck={false}
                required
                value={token}
                aria-invalid={fault !== undefined}
                aria-describedby="token-hint token-fault"
                onInput={(event) => setToken(event.currentTarget.value)}
            />
            <p id="token-hint" class="hint">
                It begins with ta_ and comes from an administrator.
            </p>
            <p id="token-fault" class="fault" role="alert">
                {fault}
            </p>
            <button class="primary" type="submit" disabled={isBusy}>
                {isBusy ? 'Signing in…' : 'Sign in'}
            </button>
        </form>
    );
}
