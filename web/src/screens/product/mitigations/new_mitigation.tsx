/// Records a new mitigation.

import { useState } from 'preact/hooks';
import type { Mitigation } from '../../../api/types';
import { notify } from '../../../components/notices';
import { Draft, draftOf, dropDraft } from '../../../editing/draft';
import { createMitigation } from '../register/calls';
import { Panel } from '../register/panel';
import type { ProductModel } from '../register/product_model';
import { MitigationForm } from './mitigation_form';
import { idsOf, idsText, mitigationKind, newMitigation } from './mitigation_kind';

interface NewMitigationProperties {
    model: ProductModel;
    /// The ids of the threats that it is to be linked to: "3,7".
    threats: string;
    onSaved: (mitigation: Mitigation) => void;
    onClose: () => void;
}

export function NewMitigation({ model, threats, onSaved, onClose }: NewMitigationProperties) {
    const { product } = model;
    const key = `new mitigation of ${product} for ${threats}`;
    const [draft] = useState(() =>
        draftOf(key, () => {
            const made = new Draft<Mitigation>(mitigationKind, undefined, newMitigation);
            made.set('threat_ids', idsText(idsOf(threats)));
            return made;
        }),
    );
    return (
        <Panel kicker="Mitigations" title="New mitigation" back="All mitigations" onClose={onClose}>
            <MitigationForm
                model={model}
                draft={draft}
                channel={{
                    read: () => Promise.reject(new Error('a new mitigation cannot be read')),
                    send: (body, headers) => createMitigation(product, body, headers),
                }}
                onSaved={({ data }) => {
                    dropDraft(key);
                    notify(`Mitigation ${data.id} is recorded.`);
                    onSaved(data);
                }}
                onDiscard={() => {
                    dropDraft(key);
                    onClose();
                }}
            />
        </Panel>
    );
}
