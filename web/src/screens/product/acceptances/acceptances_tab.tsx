/// The accepted risks of a product: the list, one of them, or a new request, as the address says.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { allOf } from '../../../api/pages';
import { useResource } from '../../../api/resource';
import { AcceptanceTable } from '../../../components/decisions/acceptance_table';
import type { Decision } from '../../../components/decisions/decision_buttons';
import { DecisionDialog } from '../../../components/decisions/decision_dialog';
import { LookUps } from '../../../components/decisions/look_ups';
import { StateFilter, useStateFilter } from '../../../components/decisions/state_filter';
import { ResourceNote } from '../../../components/problem_note';
import { asOf, atMoment } from '../../../moment/moment';
import { Link } from '../../../routing/link';
import { addressOf, parameter } from '../../../routing/location';
import { canWrite } from '../../../session/session';
import type { ProductTab } from '../product_screen';
import { AcceptanceDetail } from './acceptance_detail';
import { AcceptanceRequestForm } from './acceptance_request_form';

const atOnce = 1_000;

function AcceptanceList({ product, revision }: ProductTab) {
    const moment = asOf.value;
    const list = useResource(
        (signal) => {
            const params = { path: { product_id: product.id }, query: { ...atMoment(moment), limit: atOnce } };
            return allOf(api.GET('/api/products/{product_id}/acceptances', { params, signal }), signal);
        },
        [product.id, moment, revision],
    );
    const acceptances = list.data.value ?? [];
    const shown = useStateFilter(acceptances);
    const canRequest = canWrite.value && moment === undefined;
    return (
        <>
            <div class="actions acceptances-actions">
                <p class="hint">
                    An acceptance lets the gate leave threats out until a day. One person requests it, another one approves it.
                </p>
                {canRequest ? (
                    <Link class="button primary" href={addressOf(`/products/${product.id}/acceptances`, { new: '1' })}>
                        Request an acceptance
                    </Link>
                ) : null}
            </div>
            <ResourceNote of={list} what="the acceptances" />
            {list.data.value === undefined ? null : (
                <>
                    <StateFilter acceptances={acceptances} />
                    <AcceptanceTable
                        acceptances={shown}
                        empty={acceptances.length === 0 ? 'No acceptance was ever requested for this product.' : 'No acceptance is in this state.'}
                    />
                </>
            )}
        </>
    );
}

function Content({ lookUps, onChoose, ...tab }: ProductTab & { lookUps: LookUps; onChoose: (decision: Decision) => void }) {
    if (tab.object !== undefined) return <AcceptanceDetail {...tab} id={tab.object} lookUps={lookUps} onChoose={onChoose} />;
    if (parameter('new') === undefined) return <AcceptanceList {...tab} />;
    if (asOf.value !== undefined) return <p class="warning">The past cannot be changed. Go back to now to request an acceptance.</p>;
    if (!canWrite.value) return <p class="warning">Only an editor or an administrator may request an acceptance.</p>;
    return <AcceptanceRequestForm {...tab} />;
}

export function AcceptancesTab(tab: ProductTab) {
    const moment = asOf.value;
    const product = tab.product.id;
    const [decision, setDecision] = useState<Decision>();
    const lookUps = useMemo(() => new LookUps(moment), [moment, product]);
    useEffect(() => () => lookUps.close(), [lookUps]);
    useEffect(() => lookUps.refresh(), [tab.revision]);
    return (
        <>
            <Content {...tab} lookUps={lookUps} onChoose={setDecision} />
            {decision === undefined ? null : (
                <DecisionDialog decision={decision} lookUps={lookUps} onClose={() => setDecision(undefined)} onDone={tab.refresh} />
            )}
        </>
    );
}
