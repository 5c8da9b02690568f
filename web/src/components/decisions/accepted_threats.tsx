/// The threats of an acceptance, or its compensating controls, with their names as links.

import { useState } from 'preact/hooks';
import type { Acceptance } from '../../api/types';
import { Link } from '../../routing/link';
import { addressOf } from '../../routing/location';
import { SeverityTag, StatusTag } from '../tags';
import type { LookUps } from './look_ups';

const shownAtFirst = 8;

interface ThreatLineProperties {
    acceptance: Acceptance;
    index: number;
    lookUps: LookUps;
}

function ThreatLine({ acceptance, index, lookUps }: ThreatLineProperties) {
    const id = acceptance.threat_ids[index] ?? 0;
    const decided = (acceptance.approved_severities ?? acceptance.requested_severities)[index] ?? null;
    const threat = lookUps.threat(acceptance.product_id, id).value;
    const when = acceptance.approved_severities === null ? 'requested' : 'approved';
    return (
        <li>
            <SeverityTag severity={threat?.severity === undefined ? decided : threat.severity} />
            <Link href={addressOf(`/products/${acceptance.product_id}/threats/${id}`)} title={threat?.name}>
                <bdi>{threat?.name ?? `Threat ${id}`}</bdi>
            </Link>
            {threat === null ? <span class="hint">(removed)</span> : null}
            {threat !== null && threat !== undefined && threat.severity !== decided ? (
                <span class="fault">
                    was {decided ?? 'unscored'} when this was {when}
                </span>
            ) : null}
        </li>
    );
}

export function AcceptedThreats({ acceptance, lookUps }: { acceptance: Acceptance; lookUps: LookUps }) {
    const [isWhole, setWhole] = useState(false);
    const count = acceptance.threat_ids.length;
    const shown = isWhole ? count : Math.min(count, shownAtFirst);
    return (
        <>
            <ul class="accepted">
                {acceptance.threat_ids.slice(0, shown).map((id, index) => (
                    <ThreatLine key={id} acceptance={acceptance} index={index} lookUps={lookUps} />
                ))}
            </ul>
            {shown < count ? (
                <button type="button" class="plain" onClick={() => setWhole(true)}>
                    Show all {count} threats
                </button>
            ) : null}
        </>
    );
}

function ControlLine({ product, id, lookUps }: { product: number; id: number; lookUps: LookUps }) {
    const mitigation = lookUps.mitigation(product, id).value;
    return (
        <li>
            {mitigation === null ? <span class="tag">Removed</span> : mitigation === undefined ? null : <StatusTag status={mitigation.status} />}
            <Link href={addressOf(`/products/${product}/mitigations/${id}`)} title={mitigation?.name}>
                <bdi>{mitigation?.name ?? `Mitigation ${id}`}</bdi>
            </Link>
        </li>
    );
}

export function AcceptedControls({ acceptance, lookUps }: { acceptance: Acceptance; lookUps: LookUps }) {
    return (
        <ul class="accepted">
            {acceptance.while_mitigations.map((id) => (
                <ControlLine key={id} product={acceptance.product_id} id={id} lookUps={lookUps} />
            ))}
        </ul>
    );
}
