/// The newest checkpoint of the log, which says how many events there are.

import { api, dataOf } from '../../api/client';

export interface LogCheckpoint {
    /// The signed note, as an auditor keeps it.
    text: string;
    events: number;
}

/// Throws ApiProblem.
export async function readCheckpoint(signal: AbortSignal): Promise<LogCheckpoint> {
    const text = String(await dataOf(api.GET('/checkpoint', { signal, parseAs: 'text' })));
    return { text, events: Number(text.split('\n')[1]) };
}
