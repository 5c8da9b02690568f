/// What the gate of the acceptance's product says now, and what it will say on which date.

import type { Acceptance, SecurityStatus } from '../../api/types';
import { VerdictTag } from '../tags';
import { Time } from '../time';

interface GateForecastProperties {
    acceptance: Acceptance;
    /// Undefined: not read yet. Null: it cannot be read.
    status: SecurityStatus | null | undefined;
}

function Words({ acceptance, status }: { acceptance: Acceptance; status: SecurityStatus }) {
    const { acceptances, policy } = status;
    const failsOn = policy?.fails_on ?? acceptances?.fails_on ?? undefined;
    const endsWith = acceptances?.next_change?.acceptance_ids.includes(acceptance.id) === true;
    if (status.conditions.length === 0) return <>The product has no policy, so its gate demands nothing and no date is known.</>;
    if (!status.pass) {
        return (
            <>
                The gate fails: <bdi>{status.failures.join('; ')}</bdi>
            </>
        );
    }
    return (
        <>
            The gate passes
            {acceptances?.pass_without_acceptances === false ? ', but only because of accepted risks' : ''}.{' '}
            {failsOn === undefined ? (
                'No day is known on which it will fail.'
            ) : (
                <>
                    <strong>
                        It will fail on <Time at={failsOn} form="day" />
                    </strong>
                    {endsWith ? ', as this acceptance is over then' : ''}, if nothing more is recorded.
                </>
            )}
        </>
    );
}

export function GateForecast({ acceptance, status }: GateForecastProperties) {
    if (status === undefined) return <p class="gate-forecast hint">Asking the gate…</p>;
    if (status === null) return <p class="gate-forecast hint">The gate's answer cannot be read.</p>;
    return (
        <p class="gate-forecast">
            <VerdictTag pass={status.conditions.length === 0 ? null : status.pass} />
            <span>
                <Words acceptance={acceptance} status={status} />
            </span>
        </p>
    );
}
