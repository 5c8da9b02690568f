/// Which products may not ship, in one line.

import type { Counts } from './portfolio_view';

const many = (count: number, one: string, more: string) => `${count.toLocaleString('en')} ${count === 1 ? one : more}`;

export function PortfolioSummary({ counts, isComplete, isPast }: { counts: Counts; isComplete: boolean; isPast: boolean }) {
    const judged = counts.all - counts.withoutPolicy - counts.unknown;
    const all = many(counts.all, 'product', 'products');
    const others = [
        counts.withoutPolicy === 0 ? undefined : many(counts.withoutPolicy, 'has no policy', 'have no policy'),
        counts.unknown === 0 ? undefined : many(counts.unknown, 'is not computed', 'are not computed'),
        counts.failingSoon === 0 ? undefined : `${counts.failingSoon.toLocaleString('en')} will fail within 30 days`,
    ].filter((part) => part !== undefined);
    return (
        <p class="portfolio-summary">
            {counts.failing > 0 ? (
                <strong class="fault">
                    {counts.failing.toLocaleString('en')} of {all} {counts.failing === 1 ? 'fails' : 'fail'}
                </strong>
            ) : (
                <strong>{judged === 0 ? `None of ${all} has a verdict` : `None of ${all} fails`}</strong>
            )}
            {others.length === 0 ? null : `; ${others.join(', ')}`}
            {isPast ? ' at that moment' : ''}.{isComplete ? null : <span class="hint"> Among those read so far.</span>}
        </p>
    );
}
