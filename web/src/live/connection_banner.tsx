/// Says on every screen that changes do not arrive, and that what is shown may be out of date.

import { liveProblem } from './live';

export function ConnectionBanner() {
    const problem = liveProblem.value;
    if (problem === undefined) return null;
    return (
        <p class="connection-banner" role="status">
            <strong>This may be out of date.</strong> {problem.message} The page tries again by itself, and keeps what you type.
        </p>
    );
}
