/// Records a new threat.

import { useState } from 'preact/hooks';
import type { Threat } from '../../../api/types';
import { notify } from '../../../components/notices';
import { Draft, draftOf, dropDraft } from '../../../editing/draft';
import { createThreat } from '../register/calls';
import { Panel } from '../register/panel';
import { ThreatForm } from './threat_form';
import { newThreat, threatKind } from './threat_kind';

interface NewThreatProperties {
    product: number;
    threats: readonly Threat[];
    onSaved: (threat: Threat) => void;
    onClose: () => void;
}

export function NewThreat({ product, threats, onSaved, onClose }: NewThreatProperties) {
    const key = `new threat of ${product}`;
    const [draft] = useState(() => draftOf(key, () => new Draft<Threat>(threatKind, undefined, newThreat)));
    return (
        <Panel kicker="Threats" title="New threat" back="All threats" onClose={onClose}>
            <ThreatForm
                product={product}
                draft={draft}
                channel={{
                    read: () => Promise.reject(new Error('a new threat cannot be read')),
                    send: (body, headers) => createThreat(product, body, headers),
                }}
                threats={threats}
                onSaved={({ data }) => {
                    dropDraft(key);
                    notify(`Threat ${data.id} is recorded.`);
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
