/// The fields of a mitigation as a form.

import type { Versioned } from '../../../api/conditional_write';
import type { Mitigation } from '../../../api/types';
import type { Channel, Draft } from '../../../editing/draft';
import { DraftForm } from '../../../editing/draft_form';
import { ChoiceField, RemarkFields, TextField } from '../../../editing/form_fields';
import type { ProductModel } from '../register/product_model';
import { useDistinct } from '../threats/threat_filters';
import { LinkedThreats } from './linked_threats';
import { mitigationFields, mitigationKind, mitigationStatuses } from './mitigation_kind';

interface MitigationFormProperties {
    model: ProductModel;
    draft: Draft<Mitigation>;
    channel: Channel<Mitigation>;
    onSaved: (saved: Versioned<Mitigation>) => void;
    onDiscard: () => void;
}

export function MitigationForm({ model, draft, channel, onSaved, onDiscard }: MitigationFormProperties) {
    const categories = useDistinct(model.mitigations.rows.value, ({ category }) => category);
    const diagrams = useDistinct(model.threats.rows.value, ({ diagram }) => diagram);
    return (
        <DraftForm
            what="mitigation"
            product={model.product}
            draft={draft}
            kind={mitigationKind}
            fields={mitigationFields}
            channel={channel}
            onSaved={onSaved}
            onDiscard={onDiscard}
        >
            <TextField draft={draft} name="name" label="Name" isRequired />
            <ChoiceField
                draft={draft}
                name="status"
                label="Status"
                choices={mitigationStatuses}
                hint="It is active, and covers threats, while it is implemented or verified."
            />
            <fieldset>
                <legend>What it covers</legend>
                <LinkedThreats model={model} draft={draft} />
                <div class="form-row">
                    <TextField draft={draft} name="diagram" label="Diagram" suggestions={diagrams.slice(0, 200)} />
                    <TextField draft={draft} name="element_id" label="Element" />
                </div>
                <p class="hint">
                    With links it covers the linked threats and no others. Without links it covers every threat on its element, which is
                    named by diagram and element together.
                </p>
            </fieldset>
            <TextField draft={draft} name="description" label="Description" lines={4} maximum={10_000} />
            <div class="form-row">
                <TextField draft={draft} name="category" label="Category" suggestions={categories.slice(0, 200)} />
                <TextField draft={draft} name="external_id" label="External id" hint="Its number in another system." />
            </div>
            <TextField draft={draft} name="comments" label="Comments" lines={3} maximum={10_000} />
            <RemarkFields draft={draft} />
        </DraftForm>
    );
}
