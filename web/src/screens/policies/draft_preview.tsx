/// What would change for products if a draft were saved.

import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Product } from '../../api/types';
import { JudgedProducts, judgedProducts } from './judged_products';
import type { ComparedPreview } from './policy_calls';

function products(count: number): string {
    return `${count} ${count === 1 ? 'product' : 'products'}`;
}

interface DraftPreviewProperties {
    policy: string;
    preview: ComparedPreview;
    products: readonly Product[];
    /// True if the form has changed since.
    isOutdated: boolean;
}

export function DraftPreview({ policy, preview, products: known, isOutdated }: DraftPreviewProperties) {
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => heading.current?.focus(), [preview]);
    const rows = useMemo(
        () => judgedProducts(preview.draft.products, known, policy, preview.now?.products),
        [preview, known, policy],
    );
    const changed = rows.filter(({ pass, passedBefore }) => passedBefore !== undefined && pass !== passedBefore);
    const newlyFailing = changed.filter(({ pass }) => !pass);
    const affected = newlyFailing.filter(({ assigned }) => assigned !== undefined).length;
    return (
        <section class="draft-preview" aria-labelledby="draft-preview">
            <h2 id="draft-preview" ref={heading} tabIndex={-1}>
                Who would fail
            </h2>
            {isOutdated ? <p class="warning">The form has changed since this preview. Preview it again.</p> : null}
            {preview.now === undefined ? (
                <p>
                    By this draft, {products(preview.draft.failing)} would fail and {products(preview.draft.passing)} would pass. Nothing changes for
                    a product until it is given the policy.
                </p>
            ) : (
                <p>
                    Compared with the policy as it is now, <strong>{products(newlyFailing.length)} would newly fail</strong>
                    {affected > 0 ? ` (${affected} of them at once, because they have this policy)` : ''} and{' '}
                    <strong>{products(changed.length - newlyFailing.length)} would newly pass</strong>. In all, {preview.draft.failing} would fail and{' '}
                    {preview.draft.passing} would pass.
                </p>
            )}
            <JudgedProducts policy={policy} rows={rows} empty="There are no products." />
        </section>
    );
}
