/// One product: its name and verdict, the moment, and a tab for each thing one may look at.

import { api, dataOf } from '../../api/client';
import { type Resource, useResource } from '../../api/resource';
import type { Product, SecurityStatus } from '../../api/types';
import { ResourceNote } from '../../components/problem_note';
import { VerdictTag } from '../../components/tags';
import { useTitle } from '../../components/title';
import { type NewEvents, useLiveEvents } from '../../live/live';
import { asOf, atMoment } from '../../moment/moment';
import { NavigationLink } from '../../routing/link';
import { addressOf } from '../../routing/location';
import { canWrite } from '../../session/session';
import { useState } from 'preact/hooks';
import { AcceptancesTab } from './acceptances/acceptances_tab';
import { ChangesTab } from './changes/changes_tab';
import { EvidenceTab } from './evidence/evidence_tab';
import { ImportTab } from './import/import_tab';
import { MitigationsTab } from './mitigations/mitigations_tab';
import { OverviewTab } from './overview/overview_tab';
import { MomentBar } from './moment_bar';
import { ThreatsTab } from './threats/threats_tab';

/// What every tab of a product gets.
export interface ProductTab {
    product: Product;
    status: Resource<SecurityStatus>;
    /// Changes when the product may have changed: an input for a tab's own resources, beside `asOf`.
    revision: number;
    /// The object of the address, such as a threat's id.
    object: number | undefined;
    /// Asks for product and verdict again, after a write of one's own.
    refresh: () => void;
    /// Calls back with each change of the product, for those who read only what has changed. Returns
    /// how to stop it.
    listen: (tell: (news: NewEvents) => void) => () => void;
}

const tabs: readonly { key: string; title: string; isForWriters?: boolean }[] = [
    { key: 'overview', title: 'Overview' },
    { key: 'threats', title: 'Threats' },
    { key: 'mitigations', title: 'Mitigations' },
    { key: 'acceptances', title: 'Acceptances' },
    { key: 'changes', title: 'Changes' },
    { key: 'evidence', title: 'Evidence' },
    { key: 'import', title: 'Import', isForWriters: true },
];

function TabContent({ tab, ...properties }: ProductTab & { tab: string }) {
    switch (tab) {
        case 'overview':
            return <OverviewTab {...properties} />;
        case 'threats':
            return <ThreatsTab {...properties} />;
        case 'mitigations':
            return <MitigationsTab {...properties} />;
        case 'acceptances':
            return <AcceptancesTab {...properties} />;
        case 'changes':
            return <ChangesTab {...properties} />;
        case 'evidence':
            return <EvidenceTab {...properties} />;
        case 'import':
            return <ImportTab {...properties} />;
        default:
            return <p>This page does not exist.</p>;
    }
}

export function ProductScreen({ id, tab, object }: { id: number; tab: string; object: number | undefined }) {
    const moment = asOf.value;
    const [revision, setRevision] = useState(0);
    const refresh = () => setRevision((before) => before + 1);
    const [listeners] = useState(() => new Set<(news: NewEvents) => void>());
    const listen = (tell: (news: NewEvents) => void) => {
        listeners.add(tell);
        return () => void listeners.delete(tell);
    };
    useLiveEvents(id, moment === undefined, (news) => {
        for (const tell of listeners) tell(news);
        refresh();
    });
    const path = { product_id: id };
    const product = useResource(
        (signal) => dataOf(api.GET('/api/products/{product_id}', { params: { path, query: atMoment() }, signal })),
        [id, moment, revision],
    );
    const status = useResource(
        (signal) => dataOf(api.GET('/api/products/{product_id}/security-status', { params: { path, query: atMoment() }, signal })),
        [id, moment, revision],
    );
    const data = product.data.value;
    const isCurrent = data?.id === id;
    useTitle(isCurrent ? data.name : undefined);
    const verdict = status.data.value;
    return (
        <>
            <div class="product-header">
                <h1 title={isCurrent ? data.name : undefined}>
                    {isCurrent ? <bdi>{data.name}</bdi> : `Product ${id}`}
                </h1>
                {verdict?.product_id === id ? <VerdictTag pass={verdict.conditions.length === 0 ? null : verdict.pass} size="large" /> : null}
                {isCurrent && data.owner_name !== null ? (
                    <p class="hint">
                        Owner: <bdi title={data.owner_name}>{data.owner_name}</bdi>
                    </p>
                ) : null}
            </div>
            <MomentBar id={id} revision={revision} status={status} />
            <nav class="tabs" aria-label="Product">
                {tabs
                    .filter(({ isForWriters }) => !isForWriters || canWrite.value)
                    .map(({ key, title }) => (
                        <NavigationLink key={key} href={addressOf(`/products/${id}/${key}`)} isCurrent={tab === key}>
                            {title}
                        </NavigationLink>
                    ))}
            </nav>
            <ResourceNote of={product} what="the product" />
            {isCurrent ? (
                <TabContent
                    tab={tab}
                    product={data}
                    status={status}
                    revision={revision}
                    object={object}
                    refresh={refresh}
                    listen={listen}
                />
            ) : null}
        </>
    );
}
