/// One acceptance with its steps.

import { api, dataOf } from '../../../api/client';
import { useResource } from '../../../api/resource';
import type { Acceptance } from '../../../api/types';
import { AcceptanceFacts } from '../../../components/decisions/acceptance_facts';
import { stateMeanings } from '../../../components/decisions/acceptance_words';
import { type Decision, DecisionButtons } from '../../../components/decisions/decision_buttons';
import { GateForecast } from '../../../components/decisions/gate_forecast';
import type { LookUps } from '../../../components/decisions/look_ups';
import { ResourceNote } from '../../../components/problem_note';
import { StatusTag } from '../../../components/tags';
import { asOf, atMoment } from '../../../moment/moment';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';
import { canWrite } from '../../../session/session';
import type { ProductTab } from '../product_screen';
import { AcceptanceSteps } from './acceptance_steps';

/// The address of a request that prolongs an acceptance.
function prolongingAddress({ product_id: product, id, threat_ids, while_mitigations }: Acceptance): string {
    return addressOf(`/products/${product}/acceptances`, {
        new: '1',
        threats: threat_ids.join(','),
        controls: while_mitigations.join(','),
        replaces: String(id),
    });
}

function Neighbours({ acceptance: { product_id: product, replaces, replaced_by } }: { acceptance: Acceptance }) {
    const link = (id: number) => <Link href={addressOf(`/products/${product}/acceptances/${id}`)}>acceptance {id}</Link>;
    if (replaces === null && replaced_by === null) return null;
    return (
        <p>
            {replaces === null ? null : <>It replaces {link(replaces)}. </>}
            {replaced_by === null ? null : <>It was replaced by {link(replaced_by)}.</>}
        </p>
    );
}

interface AcceptanceDetailProperties extends ProductTab {
    id: number;
    lookUps: LookUps;
    onChoose: (decision: Decision) => void;
}

export function AcceptanceDetail({ product, status, id, revision, lookUps, onChoose }: AcceptanceDetailProperties) {
    const moment = asOf.value;
    const resource = useResource(
        (signal) => {
            const params = { path: { product_id: product.id, acceptance_id: id }, query: atMoment(moment) };
            return dataOf(api.GET('/api/products/{product_id}/acceptances/{acceptance_id}', { params, signal }));
        },
        [product.id, id, moment, revision],
    );
    const acceptance = resource.data.value;
    const isOpen = acceptance?.state === 'approved' || acceptance?.state === 'suspended';
    return (
        <>
            <p>
                <Link href={addressOf(`/products/${product.id}/acceptances`)}>← All acceptances</Link>
            </p>
            <ResourceNote of={resource} what="the acceptance" />
            {acceptance?.id !== id ? null : (
                <>
                    <div class="acceptance-header">
                        <h2>Acceptance {id}</h2>
                        <StatusTag status={acceptance.state} />
                        <span class="hint">{stateMeanings[acceptance.state]}</span>
                    </div>
                    <div class="acceptance-detail">
                        <section class="card" aria-label="The request">
                            <AcceptanceFacts acceptance={acceptance} lookUps={lookUps} />
                            <Neighbours acceptance={acceptance} />
                            <GateForecast acceptance={acceptance} status={status.data.value} />
                            <DecisionButtons acceptance={acceptance} onChoose={onChoose} />
                            {isOpen && canWrite.value && moment === undefined ? (
                                <p class="prolong">
                                    <Link href={prolongingAddress(acceptance)}>Prolong it: request an acceptance that replaces it</Link>
                                </p>
                            ) : null}
                        </section>
                        <AcceptanceSteps acceptance={acceptance} />
                    </div>
                </>
            )}
        </>
    );
}
