/// The first screen of a product: may it ship, why not, since when, and through whose change.

import type { ProductTab } from '../product_screen';
import { FactsCard } from './facts_card';
import { PolicyCard } from './policy_card';
import { RecentChanges } from './recent_changes';
import { useSince } from './since';
import { VerdictCard } from './verdict_card';

export function OverviewTab({ product, status, revision, refresh }: ProductTab) {
    const since = useSince(product.id, revision);
    const answer = status.data.value?.product_id === product.id ? status.data.value : undefined;
    const known = since.data.value;
    const isJudged = answer !== undefined && answer.conditions.length > 0;
    return (
        <div class="overview">
            <div>
                <VerdictCard product={product} status={status} since={since} revision={revision} />
                {isJudged && known?.product_id === product.id && known.pass === answer.pass ? (
                    <RecentChanges product={product.id} since={known} revision={revision} />
                ) : null}
            </div>
            <div>
                <PolicyCard product={product} status={answer} refresh={refresh} />
                <FactsCard product={product} refresh={refresh} />
            </div>
        </div>
    );
}
