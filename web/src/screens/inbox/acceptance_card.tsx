/// One acceptance of the inbox with everything that a decision needs.

import type { Acceptance } from '../../api/types';
import { AcceptanceFacts } from '../../components/decisions/acceptance_facts';
import { type Decision, DecisionButtons } from '../../components/decisions/decision_buttons';
import { GateForecast } from '../../components/decisions/gate_forecast';
import type { LookUps } from '../../components/decisions/look_ups';
import { StatusTag } from '../../components/tags';
import { Link } from '../../routing/link';
import { addressOf } from '../../routing/location';

interface AcceptanceCardProperties {
    acceptance: Acceptance;
    lookUps: LookUps;
    onChoose: (decision: Decision) => void;
}

export function AcceptanceCard({ acceptance, lookUps, onChoose }: AcceptanceCardProperties) {
    const { id, product_id: product } = acceptance;
    const name = lookUps.product(product).value?.name;
    return (
        <article class="card acceptance-card" aria-label={`Acceptance ${id} of ${name ?? `product ${product}`}`}>
            <header>
                <h3>
                    <Link href={addressOf(`/products/${product}`)}>
                        <bdi>{name ?? `Product ${product}`}</bdi>
                    </Link>
                </h3>
                <StatusTag status={acceptance.state} />
                <Link href={addressOf(`/products/${product}/acceptances/${id}`)}>Acceptance {id}</Link>
            </header>
            <AcceptanceFacts acceptance={acceptance} lookUps={lookUps} />
            <GateForecast acceptance={acceptance} status={lookUps.status(product).value} />
            <DecisionButtons acceptance={acceptance} onChoose={onChoose} />
        </article>
    );
}
