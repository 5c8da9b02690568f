/// Changes made elsewhere, as they happen: a request that the server answers when there are events.
/// Only a visible page asks, so that a browser with many tabs keeps its few connections free.

import { useEffect } from 'preact/hooks';
import { signal as signalOf } from '@preact/signals';
import { api } from '../api/client';
import { type ApiProblem, asProblem } from '../api/problem';
import type { Event } from '../api/types';
import { sessionState } from '../session/session';

const waitSeconds = 25;
const eventsAtOnce = 1_000;
const shortestPause = 500;
// A server that starts again is noticed soon.
const longestPause = 5_000;

/// Why changes do not arrive at present; undefined while they do.
export const liveProblem = signalOf<ApiProblem | undefined>(undefined);

export interface NewEvents {
    /// Empty if there were too many to read: anything may have changed.
    events: Event[];
    isGap: boolean;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
}

/// The end of the log as it is now.
async function endOfLog(signal: AbortSignal): Promise<string> {
    const { data } = await api.GET('/checkpoint', { signal, parseAs: 'text' });
    return String(data).split('\n')[1] ?? '0';
}

/// Calls back with the events after now, of one product or of all that the person may see, until
/// `signal` is aborted.
async function follow(product: number | undefined, tell: (news: NewEvents) => void, signal: AbortSignal): Promise<void> {
    let after: string | undefined;
    let failures = 0;
    while (!signal.aborted) {
        try {
            if (after === undefined) {
                after = await endOfLog(signal);
                // The screen may or may not show the events before this request, so it reads its data again.
                tell({ events: [], isGap: true });
            }
            // After a failure the first answer comes at once: it says that the server is there again.
            const query = { after, wait: failures > 0 ? 0 : waitSeconds, limit: eventsAtOnce };
            const { data, response } =
                product === undefined
                    ? await api.GET('/api/events', { params: { query }, parseAs: 'text', signal })
                    : await api.GET('/api/products/{product_id}/events', {
                          params: { path: { product_id: product }, query },
                          parseAs: 'text',
                          signal,
                      });
            failures = 0;
            liveProblem.value = undefined;
            after = response.headers.get('X-Log-Cursor') ?? response.headers.get('X-Log-Position') ?? after;
            const lines = String(data ?? '').split('\n').filter((line) => line !== '');
            if (lines.length >= eventsAtOnce) {
                after = undefined;
            } else if (lines.length > 0) {
                tell({ events: lines.map((line) => JSON.parse(line) as Event), isGap: false });
            }
            await pause(shortestPause, signal);
        } catch (thrown) {
            if (signal.aborted) return;
            const problem = asProblem(thrown);
            // Restored from a backup, or another log: the place is no longer valid.
            if (problem?.status === 409 || problem?.status === 422) after = undefined;
            if (problem?.status === 401 || problem?.status === 403 || problem?.status === 404) return;
            if (problem?.isTemporary) liveProblem.value = problem;
            const delay = Math.min(shortestPause * 2 ** ++failures, longestPause);
            await pause(Math.max(delay, (problem?.retryAfter ?? 0) * 1_000), signal);
        }
    }
}

/// Calls `tell` after each change while the component is shown and the page is visible.
/// `isOn` false: the past does not change.
export function useLiveEvents(product: number | undefined, isOn: boolean, tell: (news: NewEvents) => void): void {
    const isSignedIn = sessionState.value.kind === 'signed-in';
    useEffect(() => {
        if (!isOn || !isSignedIn) return undefined;
        let request: AbortController | undefined;
        function begin() {
            request?.abort();
            request = undefined;
            liveProblem.value = undefined;
            if (document.visibilityState !== 'visible') return;
            request = new AbortController();
            void follow(product, tell, request.signal);
        }
        begin();
        document.addEventListener('visibilitychange', begin);
        return () => {
            document.removeEventListener('visibilitychange', begin);
            request?.abort();
            liveProblem.value = undefined;
        };
    }, [product, isOn, isSignedIn]);
}
