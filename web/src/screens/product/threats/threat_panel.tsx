/// One threat at the moment of the address: its fields, what covers it, who accepted it, and its past.

import { useState } from 'preact/hooks';
import { useResource } from '../../../api/resource';
import type { Threat } from '../../../api/types';
import { notify } from '../../../components/notices';
import { ResourceNote } from '../../../components/problem_note';
import { Draft, draftOf, dropDraft, hasDraft } from '../../../editing/draft';
import { asOf, atMoment } from '../../../moment/moment';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';
import { ThreatHistory } from '../evidence/threat_history';
import { changeThreat, readThreat, removeThreat } from '../register/calls';
import { Panel } from '../register/panel';
import type { ProductModel } from '../register/product_model';
import { RemoveDialog } from '../register/remove_dialog';
import { LinkMitigations } from './link_mitigations';
import { ThreatAcceptances } from './threat_acceptances';
import { ThreatFacts } from './threat_facts';
import { ThreatForm } from './threat_form';
import { threatFields, threatKind } from './threat_kind';

interface ThreatPanelProperties {
    product: number;
    id: number;
    model: ProductModel;
    revision: number;
    mayWrite: boolean;
    onSaved: (threat: Threat) => void;
    onRemoved: () => void;
    onClose: () => void;
}

export function ThreatPanel({ product, id, model, revision, mayWrite, onSaved, onRemoved, onClose }: ThreatPanelProperties) {
    const moment = asOf.value;
    const resource = useResource((signal) => readThreat(product, id, atMoment(), signal), [product, id, moment, revision]);
    const found = resource.data.value;
    const key = `threat ${id} of ${product}`;
    const [editing, setEditing] = useState<Draft<Threat> | undefined>(undefined);
    const [dialog, setDialog] = useState<'remove' | 'link' | undefined>(undefined);
    const folder = `/products/${product}`;

    function edit() {
        if (found !== undefined) setEditing(draftOf(key, () => new Draft<Threat>(threatKind, found, {})));
    }
    function stopEditing() {
        dropDraft(key);
        setEditing(undefined);
    }
    const channel = {
        read: () => readThreat(product, id),
        send: (body: Record<string, unknown>, headers: Parameters<typeof changeThreat>[3]) => changeThreat(product, id, body, headers),
    };
    if (editing !== undefined && mayWrite) {
        return (
            <Panel key="edit" kicker={`Threat ${id}`} title="Edit the threat" back="All threats" onClose={onClose}>
                <ThreatForm
                    product={product}
                    draft={editing}
                    channel={channel}
                    threats={model.threats.rows.value}
                    onSaved={(saved) => {
                        stopEditing();
                        resource.set(saved);
                        notify(`Threat ${id} is saved.`);
                        onSaved(saved.data);
                    }}
                    onDiscard={stopEditing}
                />
            </Panel>
        );
    }
    const threat = found?.data;
    return (
        <Panel key="facts" kicker={`Threat ${id}`} title={threat === undefined ? `Threat ${id}` : <bdi>{threat.name}</bdi>} back="All threats" onClose={onClose}>
            <ResourceNote of={resource} what="the threat" />
            {threat === undefined || found === undefined ? null : (
                <>
                    {mayWrite ? (
                        <div class="actions">
                            <button type="button" onClick={edit}>
                                {hasDraft(key) ? 'Go on editing' : 'Edit'}
                            </button>
                            <button type="button" onClick={() => setDialog('link')}>
                                Link mitigations…
                            </button>
                            <Link class="button" href={addressOf(`${folder}/acceptances`, { new: '1', threats: String(id) })}>
                                Accept the risk…
                            </Link>
                            <button type="button" class="danger" onClick={() => setDialog('remove')}>
                                Remove…
                            </button>
                        </div>
                    ) : null}
                    <ThreatFacts threat={threat} model={model} />
                    <ThreatAcceptances product={product} threat={threat} revision={revision} />
                    <h3>History</h3>
                    <ThreatHistory product={product} threat={id} revision={revision} />
                    {dialog === 'remove' ? (
                        <RemoveDialog
                            what="threat"
                            product={product}
                            opened={found}
                            kind={threatKind}
                            fields={threatFields}
                            read={channel.read}
                            remove={(remarks, headers) => removeThreat(product, id, remarks, headers)}
                            onRemoved={() => {
                                setDialog(undefined);
                                dropDraft(key);
                                notify(`Threat ${id} is removed. Its history stays.`);
                                onRemoved();
                            }}
                            onClose={() => setDialog(undefined)}
                        />
                    ) : null}
                    {dialog === 'link' ? (
                        <LinkMitigations model={model} threats={[id]} onDone={() => onSaved(threat)} onClose={() => setDialog(undefined)} />
                    ) : null}
                </>
            )}
        </Panel>
    );
}
