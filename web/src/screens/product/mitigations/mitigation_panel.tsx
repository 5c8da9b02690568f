/// One mitigation at the moment of the address: its fields and the threats that it covers.

import { useState } from 'preact/hooks';
import { useResource } from '../../../api/resource';
import type { Mitigation } from '../../../api/types';
import { notify } from '../../../components/notices';
import { ResourceNote } from '../../../components/problem_note';
import { Draft, draftOf, dropDraft, hasDraft } from '../../../editing/draft';
import { asOf, atMoment } from '../../../moment/moment';
import { changeMitigation, readMitigation, removeMitigation } from '../register/calls';
import { Panel } from '../register/panel';
import type { ProductModel } from '../register/product_model';
import { RemoveDialog } from '../register/remove_dialog';
import { MitigationFacts } from './mitigation_facts';
import { MitigationForm } from './mitigation_form';
import { mitigationFields, mitigationKind } from './mitigation_kind';

interface MitigationPanelProperties {
    product: number;
    id: number;
    model: ProductModel;
    revision: number;
    mayWrite: boolean;
    onSaved: (mitigation: Mitigation) => void;
    onRemoved: () => void;
    onClose: () => void;
}

export function MitigationPanel({ product, id, model, revision, mayWrite, onSaved, onRemoved, onClose }: MitigationPanelProperties) {
    const moment = asOf.value;
    const resource = useResource((signal) => readMitigation(product, id, atMoment(), signal), [product, id, moment, revision]);
    const found = resource.data.value;
    const key = `mitigation ${id} of ${product}`;
    const [editing, setEditing] = useState<Draft<Mitigation> | undefined>(undefined);
    const [isRemoving, setIsRemoving] = useState(false);

    function edit() {
        if (found !== undefined) setEditing(draftOf(key, () => new Draft<Mitigation>(mitigationKind, found, {})));
    }
    function stopEditing() {
        dropDraft(key);
        setEditing(undefined);
    }
    const channel = {
        read: () => readMitigation(product, id),
        send: (body: Record<string, unknown>, headers: Parameters<typeof changeMitigation>[3]) =>
            changeMitigation(product, id, body, headers),
    };
    if (editing !== undefined && mayWrite) {
        return (
            <Panel key="edit" kicker={`Mitigation ${id}`} title="Edit the mitigation" back="All mitigations" onClose={onClose}>
                <MitigationForm
                    model={model}
                    draft={editing}
                    channel={channel}
                    onSaved={(saved) => {
                        stopEditing();
                        resource.set(saved);
                        notify(`Mitigation ${id} is saved.`);
                        onSaved(saved.data);
                    }}
                    onDiscard={stopEditing}
                />
            </Panel>
        );
    }
    const mitigation = found?.data;
    return (
        <Panel
            key="facts"
            kicker={`Mitigation ${id}`}
            title={mitigation === undefined ? `Mitigation ${id}` : <bdi>{mitigation.name}</bdi>}
            back="All mitigations"
            onClose={onClose}
        >
            <ResourceNote of={resource} what="the mitigation" />
            {mitigation === undefined || found === undefined ? null : (
                <>
                    {mayWrite ? (
                        <div class="actions">
                            <button type="button" onClick={edit}>
                                {hasDraft(key) ? 'Go on editing' : 'Edit'}
                            </button>
                            <button type="button" class="danger" onClick={() => setIsRemoving(true)}>
                                Remove…
                            </button>
                        </div>
                    ) : null}
                    <MitigationFacts mitigation={mitigation} model={model} />
                    {isRemoving ? (
                        <RemoveDialog
                            what="mitigation"
                            product={product}
                            opened={found}
                            kind={mitigationKind}
                            fields={mitigationFields}
                            read={channel.read}
                            remove={(remarks, headers) => removeMitigation(product, id, remarks, headers)}
                            onRemoved={() => {
                                setIsRemoving(false);
                                dropDraft(key);
                                notify(`Mitigation ${id} is removed. What was recorded stays.`);
                                onRemoved();
                            }}
                            onClose={() => setIsRemoving(false)}
                        />
                    ) : null}
                </>
            )}
        </Panel>
    );
}
