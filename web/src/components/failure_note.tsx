/// Says that a write did not succeed, that nothing typed is lost, and what to do.

import type { ApiProblem } from '../api/problem';
import { WriteNote } from './write_note';

function titleOf({ status, isTemporary }: ApiProblem): string {
    if (status === 0) return 'No connection: it is not known whether this was saved';
    if (isTemporary) return 'The server could not answer: it is not known whether this was saved';
    if (status === 401) return 'You are signed out';
    if (status === 404) return 'This does not exist any more';
    return 'Not saved';
}

export function FailureNote({ problem }: { problem: ApiProblem }) {
    const { status, isTemporary, message } = problem;
    return (
        <WriteNote title={titleOf(problem)} occasion={problem}>
            {message}
            {isTemporary ? ' What you typed is still here: try again.' : null}
            {status === 404 ? ' Somebody has removed it, or your token may not see it. What you typed is still here to copy.' : null}
        </WriteNote>
    );
}
