/// For what is asked beside the verdict: it waits until a moment is shown for a while, so that a drag
/// through history does not ask for it at each step.

import { isPast } from './moment';

const restMilliseconds = 150;

/// Resolves after a while if the past is shown, else at once. Rejects with AbortError.
export async function momentRests(signal: AbortSignal): Promise<void> {
    if (!isPast.value) return;
    await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, restMilliseconds);
        signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason as Error)), { once: true });
    });
}
