/// Whether the server can answer. A server that starts says so with 503, which is an answer here.

import { problemOf } from '../../../api/problem';
import type { Readiness } from '../../../api/types';

/// Throws ApiProblem if what answers is not the server.
export async function readReadiness(signal: AbortSignal): Promise<Readiness> {
    const response = await fetch('/readyz', { cache: 'no-store', signal });
    if (response.ok || response.status === 503) {
        const body: unknown = await response
            .clone()
            .json()
            .catch(() => undefined);
        if (typeof body === 'object' && body !== null && 'status' in body && typeof body.status === 'string') return body as Readiness;
    }
    throw await problemOf(response);
}

const words: Record<Readiness['status'], string> = {
    starting: 'The server is starting.',
    rebuilding: 'The server rebuilds its tables from the log.',
    sealing: 'The server completes the tree of its log.',
    ready: 'The server answers questions and records changes.',
    storage_failing: 'The disk does not accept writes.',
    data_directory_lost: 'The data directory is gone.',
    clock_in_doubt: 'The clock is in doubt, so nothing can be recorded.',
    storage_unreadable: 'The data cannot be read.',
    stopping: 'The server is stopping.',
    broken: 'The server has met a fault and must be restarted.',
};

export function readinessText({ status, detail }: Readiness): string {
    return detail ?? words[status];
}
