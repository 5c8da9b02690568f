/// The fields of a mitigation, and the threats that it covers.

import { useMemo } from 'preact/hooks';
import type { Mitigation } from '../../../api/types';
import { StatusTag } from '../../../components/tags';
import { Time } from '../../../components/time';
import { Fact, LongFact, TextFact } from '../register/facts';
import { NameList } from '../register/name_list';
import type { ProductModel } from '../register/product_model';
import { Activity } from './mitigation_columns';

export function MitigationFacts({ mitigation, model }: { mitigation: Mitigation; model: ProductModel }) {
    const threats = model.threats.rows.value;
    const names = useMemo(() => new Map(threats.map(({ id, name }) => [id, name])), [threats]);
    const { threat_ids, diagram, element_id, active } = mitigation;
    const hasLinks = threat_ids.length > 0;
    const onElement = useMemo(
        () =>
            element_id === null
                ? []
                : threats.filter((threat) => threat.element_id === element_id && threat.diagram === diagram).map(({ id }) => id),
        [threats, element_id, diagram],
    );
    const covered = hasLinks ? threat_ids : onElement;
    return (
        <>
            <p class="tags">
                <StatusTag status={mitigation.status} /> <Activity isActive={active} />
            </p>
            <dl class="facts">
                <TextFact label="Category" text={mitigation.category} />
                <TextFact label="Diagram" text={diagram} />
                <TextFact label="Element" text={element_id} />
                <TextFact label="External id" text={mitigation.external_id} />
                <Fact label="Recorded">
                    <Time at={mitigation.created_at} />
                </Fact>
                <Fact label="Changed">
                    <Time at={mitigation.updated_at} />
                </Fact>
            </dl>
            <LongFact label="Description" text={mitigation.description} />
            <LongFact label="Comments" text={mitigation.comments} />
            <h3>{active ? 'Covers' : 'Would cover, if it were active'}</h3>
            <p class="hint">
                {hasLinks
                    ? 'The threats that it links to, and no others.'
                    : element_id === null
                      ? 'Nothing: it has neither links nor an element.'
                      : 'It has no links, so it covers every threat on its element.'}
            </p>
            {covered.length === 0 ? null : (
                <NameList ids={covered} folder={`/products/${mitigation.product_id}/threats`} nameOf={(id) => names.get(id)} noun="Threat" />
            )}
        </>
    );
}
