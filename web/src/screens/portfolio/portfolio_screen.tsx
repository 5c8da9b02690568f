/// All products that the person may see. The first question: which of them may not ship?

import { useEffect, useMemo, useState } from 'preact/hooks';
import { ProblemNote } from '../../components/problem_note';
import { dayOf } from '../../components/time';
import { useTitle } from '../../components/title';
import { useLiveEvents } from '../../live/live';
import { asOf, endOfMoment, isPast } from '../../moment/moment';
import { setQuery } from '../../routing/location';
import { isAdmin } from '../../session/session';
import { NewProductDialog } from './new_product_dialog';
import { PortfolioStore } from './portfolio_store';
import { PortfolioSummary } from './portfolio_summary';
import { PortfolioTable } from './portfolio_table';
import { PortfolioToolbar } from './portfolio_toolbar';
import { countProducts, productsOfView, viewOfAddress } from './portfolio_view';
import { Trends } from './trends';

const soonMilliseconds = 30 * 86_400_000;

function NoProducts({ onCreate }: { onCreate: () => void }) {
    if (isPast.value) {
        return (
            <div class="card start">
                <h2>There were no products yet</h2>
                <p>At that moment there was no product that you may see.</p>
            </div>
        );
    }
    return (
        <div class="card start">
            <h2>There are no products yet</h2>
            {isAdmin.value ? (
                <>
                    <p>
                        A product is what is released: a service, an app, a device. Register the first one, then import its threat model
                        and give it a policy. From then on its pipeline can ask whether it may ship.
                    </p>
                    <button type="button" class="primary" onClick={onCreate}>
                        Register the first product
                    </button>
                </>
            ) : (
                <p>Your token sees no product. Ask an administrator to register one, or to give you a token for those that you work on.</p>
            )}
        </div>
    );
}

export function PortfolioScreen() {
    useTitle('Portfolio');
    const moment = asOf.value;
    const [store] = useState(() => new PortfolioStore());
    const [isCreating, setCreating] = useState(false);
    const trends = useMemo(() => new Trends(moment), [moment]);
    useEffect(() => () => trends.close(), [trends]);
    useEffect(() => {
        void store.load(moment);
        return () => store.close();
    }, [store, moment]);
    useLiveEvents(undefined, moment === undefined, (news) => store.follow(news));

    const products = store.products.value;
    const isComplete = store.isComplete.value;
    const problem = store.problem.value;
    const view = viewOfAddress();
    const { text, isFailingOnly, status, sorting } = view;
    const shown = useMemo(
        () => productsOfView(products, view),
        [products, text, isFailingOnly, status, sorting.key, sorting.isDescending],
    );
    const now = useMemo(() => endOfMoment(moment), [moment, products]);
    const counts = useMemo(() => countProducts(products, dayOf(new Date(now + soonMilliseconds))), [products, now]);
    const isEmpty = store.hasAny.value && isComplete && products.length === 0;
    const hasFilter = text !== '' || isFailingOnly || status !== undefined;
    return (
        <>
            <div class="portfolio-header">
                <h1>Portfolio</h1>
                {products.length === 0 ? null : <PortfolioSummary counts={counts} isComplete={isComplete} isPast={moment !== undefined} />}
            </div>
            {problem === undefined ? null : <ProblemNote problem={problem} onRetry={() => void store.load(moment)} />}
            {isEmpty && moment === undefined ? null : (
                <PortfolioToolbar view={view}>
                    {isAdmin.value && moment === undefined ? (
                        <button type="button" class="primary" onClick={() => setCreating(true)}>
                            New product
                        </button>
                    ) : null}
                </PortfolioToolbar>
            )}
            {isEmpty ? (
                <NoProducts onCreate={() => setCreating(true)} />
            ) : store.hasAny.value ? (
                <>
                    <PortfolioTable
                        products={shown}
                        view={view}
                        trends={trends}
                        now={now}
                        empty={
                            <>
                                <p>No product matches.</p>
                                <button type="button" onClick={() => setQuery({ q: undefined, failing: undefined, status: undefined })}>
                                    Show all products
                                </button>
                            </>
                        }
                    />
                    <p class="hint portfolio-count">
                        {hasFilter ? `${shown.length.toLocaleString('en')} of ` : ''}
                        {products.length.toLocaleString('en')} {products.length === 1 ? 'product' : 'products'}
                        {isComplete ? '' : ' read so far…'}
                    </p>
                </>
            ) : problem === undefined ? (
                <p class="loading" role="status">
                    Reading the products…
                </p>
            ) : null}
            {isCreating ? <NewProductDialog onClose={() => setCreating(false)} /> : null}
        </>
    );
}
