/// The fields of a threat, and the mitigations that cover it.

import type { Threat } from '../../../api/types';
import { SeverityTag, StatusTag } from '../../../components/tags';
import { Time } from '../../../components/time';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';
import { Fact, LongFact, TextFact } from '../register/facts';
import { NameList } from '../register/name_list';
import type { ProductModel } from '../register/product_model';
import { Coverage } from './threat_columns';

export function ThreatFacts({ threat, model }: { threat: Threat; model: ProductModel }) {
    const folder = `/products/${threat.product_id}`;
    const names = new Map(model.mitigations.rows.value.map(({ id, name }) => [id, name]));
    const { likelihood, impact, risk_score, covered_by, covered_by_count } = threat;
    return (
        <>
            <p class="tags">
                <SeverityTag severity={threat.severity} /> <StatusTag status={threat.status} /> <Coverage threat={threat} />
            </p>
            <dl class="facts">
                {likelihood === null || impact === null ? null : (
                    <Fact label="Score">
                        Likelihood {likelihood} × impact {impact} = {risk_score}
                    </Fact>
                )}
                <TextFact label="Category" text={threat.category} />
                <TextFact label="Diagram" text={threat.diagram} />
                <TextFact label="Element" text={threat.element_id} />
                <TextFact label="Element name" text={threat.element_name} />
                <TextFact label="External id" text={threat.external_id} />
                <Fact label="Recorded">
                    <Time at={threat.created_at} />
                </Fact>
                <Fact label="Changed">
                    <Time at={threat.updated_at} />
                </Fact>
            </dl>
            <LongFact label="Description" text={threat.description} />
            <LongFact label="Comments" text={threat.comments} />
            <h3>Covered by</h3>
            {covered_by.length === 0 ? (
                <p class="hint">
                    No active mitigation covers it. A mitigation covers the threats that it links to or, without links, those on its
                    element; it is active once it is implemented. <Link href={addressOf(`${folder}/mitigations`)}>Mitigations</Link>
                </p>
            ) : (
                <NameList ids={covered_by} folder={`${folder}/mitigations`} nameOf={(id) => names.get(id)} noun="Mitigation" />
            )}
            {covered_by_count === undefined ? null : (
                <p class="hint">
                    {covered_by_count} mitigations cover it; these are the {covered_by.length} with the lowest ids.
                </p>
            )}
        </>
    );
}
