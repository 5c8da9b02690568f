/// Says that data could not be read, and what happens next.

import type { Resource } from '../api/resource';
import { type ApiProblem, UnreadableAnswer } from '../api/problem';

function titleOf(problem: ApiProblem): string {
    if (problem instanceof UnreadableAnswer) return 'The answer cannot be read';
    switch (problem.status) {
        case 0:
            return 'No connection';
        case 401:
            return 'You are signed out';
        case 403:
            return 'You may not see this';
        case 404:
            return 'Not found';
        case 429:
        case 503:
            return 'The server is busy or starting';
        default:
            return 'This could not be read';
    }
}

function explanationOf(problem: ApiProblem): string {
    if (problem.status === 403) return `${problem.message} Ask an administrator for a token with that role.`;
    if (problem.status === 404 && problem.document === undefined) return 'It does not exist, or your token may not see it.';
    return problem.message;
}

interface ProblemNoteProperties {
    problem: ApiProblem;
    onRetry?: () => void;
    /// True: the page does not ask again by itself, as after something that a person has asked for.
    isFinal?: boolean;
}

export function ProblemNote({ problem, onRetry, isFinal = false }: ProblemNoteProperties) {
    return (
        <div class="problem" role="alert">
            <strong>{titleOf(problem)}</strong>
            <p>{explanationOf(problem)}</p>
            {problem.isTemporary && !isFinal ? <p class="hint">The page tries again by itself.</p> : null}
            {onRetry === undefined ? null : (
                <button type="button" onClick={onRetry}>
                    Try again
                </button>
            )}
        </div>
    );
}

/// What stands in for data that is not there: the problem, or that it is being read. Nothing if the
/// data is there and the last request succeeded.
export function ResourceNote<Data>({ of: resource, what }: { of: Resource<Data>; what: string }) {
    const problem = resource.problem.value;
    if (problem !== undefined) {
        return <ProblemNote problem={problem} onRetry={() => void resource.reload()} />;
    }
    return resource.data.value === undefined ? (
        <p class="loading" role="status">
            Reading {what}…
        </p>
    ) : null;
}
