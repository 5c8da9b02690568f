/// The acceptances that name a threat, in any state.

import { api } from '../../../api/client';
import { allOf } from '../../../api/pages';
import { useResource } from '../../../api/resource';
import type { Threat } from '../../../api/types';
import { ResourceNote } from '../../../components/problem_note';
import { StatusTag } from '../../../components/tags';
import { dayText } from '../../../components/time';
import { asOf, atMoment } from '../../../moment/moment';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';

export function ThreatAcceptances({ product, threat, revision }: { product: number; threat: Threat; revision: number }) {
    const resource = useResource(
        (signal) =>
            allOf(
                api.GET('/api/products/{product_id}/acceptances', {
                    params: { path: { product_id: product }, query: { threat_id: threat.id, limit: 1_000, ...atMoment() } },
                    signal,
                }),
                signal,
            ),
        [product, threat.id, asOf.value, revision],
    );
    const acceptances = resource.data.value ?? [];
    return (
        <>
            <h3>Acceptances</h3>
            <ResourceNote of={resource} what="the acceptances" />
            {resource.data.value !== undefined && acceptances.length === 0 ? (
                <p class="hint">
                    Nobody has asked to accept this risk.
                    {threat.status === 'accepted' ? ' The status Accepted alone is not an acceptance: no second person has approved it.' : ''}
                </p>
            ) : null}
            <ul class="names">
                {acceptances.map(({ id, state, valid_until }) => (
                    <li key={id}>
                        <Link href={addressOf(`/products/${product}/acceptances/${id}`)}>Acceptance {id}</Link> <StatusTag status={state} />{' '}
                        <span class="hint">last day {dayText(valid_until)}</span>
                        {threat.acceptance_ids?.includes(id) ? <span class="hint"> applies to the threat as it is</span> : null}
                    </li>
                ))}
            </ul>
        </>
    );
}
