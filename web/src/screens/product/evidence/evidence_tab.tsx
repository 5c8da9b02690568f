/// Reports to take away, the checks of pipelines, and what it takes to trust neither this page nor
/// the server.

import type { ProductTab } from '../product_screen';
import { ChecksCard } from './checks_card';
import { DownloadsCard } from './downloads_card';
import { LogCard } from './log_card';
import { OwnEvidenceCard } from './own_evidence_card';
import { ReplayCard } from './replay_card';
import { ThreatEventsCard } from './threat_events_card';

export function EvidenceTab({ product, revision, object }: ProductTab) {
    return (
        <div class="evidence">
            <DownloadsCard product={product.id} />
            <ThreatEventsCard product={product.id} threat={object} revision={revision} />
            <ChecksCard product={product.id} revision={revision} />
            <div class="cards">
                <LogCard revision={revision} />
                <OwnEvidenceCard />
            </div>
            <ReplayCard product={product.id} />
        </div>
    );
}
