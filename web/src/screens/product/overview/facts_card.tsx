/// Who owns the product, and where it is found.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Product } from '../../../api/types';
import { Time } from '../../../components/time';
import { inWords } from '../../../components/tags';
import { isPast } from '../../../moment/moment';
import { canWrite } from '../../../session/session';
import { FactsDialog } from './facts_dialog';
import { ReviewDialog } from './review_dialog';

/// A text that may be the address of a site.
function Address({ text }: { text: string }) {
    return /^https?:\/\//i.test(text) ? (
        <a href={text} rel="noreferrer noopener" target="_blank">
            <bdi>{text}</bdi>
        </a>
    ) : (
        <bdi>{text}</bdi>
    );
}

function Fact({ title, children }: { title: string; children: ComponentChildren }) {
    return (
        <>
            <dt>{title}</dt>
            <dd>{children}</dd>
        </>
    );
}

export function FactsCard({ product, refresh }: { product: Product; refresh: () => void }) {
    const [dialog, setDialog] = useState<'edit' | 'review'>();
    const optional = (title: string, text: string | null | undefined, show = (value: string): ComponentChildren => <bdi>{value}</bdi>) =>
        text === null || text === undefined ? null : <Fact title={title}>{show(text)}</Fact>;
    const address = (text: string) => <Address text={text} />;
    function saved() {
        setDialog(undefined);
        refresh();
    }
    return (
        <section class="card" aria-label="Facts">
            <h2>The product</h2>
            {product.description === null ? null : (
                <p class="long-text">
                    <bdi>{product.description}</bdi>
                </p>
            )}
            <dl class="facts">
                <Fact title="Owner">
                    {product.owner_name === null ? <span class="hint">not given</span> : <bdi>{product.owner_name}</bdi>}
                    {product.owner_email === null ? null : (
                        <>
                            {' '}
                            <bdi class="hint">{product.owner_email}</bdi>
                        </>
                    )}
                </Fact>
                {optional('Business area', product.business_area)}
                {optional('Status', product.status, inWords)}
                {optional('Repository', product.repository_url, address)}
                {optional('Application', product.application_url, address)}
                {optional('Wiki', product.confluence_url, address)}
                {optional('External id', product.external_id)}
                <Fact title="Last review">
                    {product.reviewed_at === undefined ? <span class="hint">none recorded</span> : <Time at={product.reviewed_at} form="day" />}
                </Fact>
                <Fact title="Registered">
                    <Time at={product.created_at} form="day" />
                </Fact>
                <Fact title="Last change">
                    <Time at={product.updated_at} />
                </Fact>
            </dl>
            {canWrite.value && !isPast.value ? (
                <div class="actions">
                    <button type="button" onClick={() => setDialog('edit')}>
                        Edit
                    </button>
                    <button type="button" onClick={() => setDialog('review')}>
                        Record a review
                    </button>
                </div>
            ) : null}
            {dialog === 'edit' ? <FactsDialog id={product.id} onSaved={saved} onClose={() => setDialog(undefined)} /> : null}
            {dialog === 'review' ? <ReviewDialog id={product.id} onSaved={saved} onClose={() => setDialog(undefined)} /> : null}
        </section>
    );
}
