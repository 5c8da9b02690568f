/// The fields of a threat as a form.

import type { Versioned } from '../../../api/conditional_write';
import type { Threat } from '../../../api/types';
import type { Channel, Draft } from '../../../editing/draft';
import { DraftForm } from '../../../editing/draft_form';
import { ChoiceField, RemarkFields, TextField } from '../../../editing/form_fields';
import { ScoreField } from './score_field';
import { useDistinct } from './threat_filters';
import { needsReason, threatFields, threatKind, threatStatuses } from './threat_kind';

interface ThreatFormProperties {
    product: number;
    draft: Draft<Threat>;
    channel: Channel<Threat>;
    /// The other threats: what they have in a field is suggested.
    threats: readonly Threat[];
    onSaved: (saved: Versioned<Threat>) => void;
    onDiscard: () => void;
}

export function ThreatForm({ product, draft, channel, threats, onSaved, onDiscard }: ThreatFormProperties) {
    const status = draft.values.value['status'];
    const asksForReason = needsReason(status) && status !== draft.before['status'];
    const categories = useDistinct(threats, ({ category }) => category);
    const diagrams = useDistinct(threats, ({ diagram }) => diagram);
    return (
        <DraftForm
            what="threat"
            product={product}
            draft={draft}
            kind={threatKind}
            fields={threatFields}
            channel={channel}
            onSaved={onSaved}
            onDiscard={onDiscard}
        >
            <TextField draft={draft} name="name" label="Name" isRequired />
            <ScoreField draft={draft} />
            <ChoiceField draft={draft} name="status" label="Status" choices={threatStatuses} />
            <TextField draft={draft} name="description" label="Description" lines={4} maximum={10_000} />
            <div class="form-row">
                <TextField draft={draft} name="category" label="Category" suggestions={categories.slice(0, 200)} hint="Such as Tampering." />
                <TextField draft={draft} name="external_id" label="External id" hint="Its number in another system, such as SEC-1207." />
            </div>
            <div class="form-row">
                <TextField draft={draft} name="diagram" label="Diagram" suggestions={diagrams.slice(0, 200)} />
                <TextField draft={draft} name="element_id" label="Element" hint="The node or data flow of the diagram that the threat sits on." />
                <TextField draft={draft} name="element_name" label="Element name" />
            </div>
            <TextField draft={draft} name="comments" label="Comments" lines={3} maximum={10_000} />
            <RemarkFields
                draft={draft}
                isReasonRequired={asksForReason}
                reasonHint={asksForReason ? 'Required: an auditor will ask why.' : undefined}
            />
        </DraftForm>
    );
}
