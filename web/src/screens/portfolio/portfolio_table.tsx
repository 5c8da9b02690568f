/// The products as a table of any length.

import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Product } from '../../api/types';
import { type Column, DataTable } from '../../components/data_table';
import { useNarrow } from '../../components/narrow';
import { SeverityBar } from '../../components/severity_bar';
import { showSorting } from '../../components/sorting';
import { VerdictTag } from '../../components/tags';
import { dayText, instantText } from '../../components/time';
import { Link } from '../../routing/link';
import { addressOf } from '../../routing/location';
import { type View, verdictKind } from './portfolio_view';
import { TrendCell } from './trend_line';
import type { Trends } from './trends';

const dayMilliseconds = 86_400_000;

/// Why the product fails, or when it will; undefined: there is nothing to say.
function reasonsOf({ verdict }: Product): string | undefined {
    if (verdict === null || verdict === undefined) return undefined;
    if (verdict.pass === null) return verdict.detail;
    if (!verdict.pass) {
        // The name of the policy would take the place of the reason in a narrow column.
        return verdict.failures?.map((failure) => failure.replace(`Policy ${verdict.policy}: `, '')).join('; ');
    }
    const { fails_on: failsOn, warnings = 0 } = verdict;
    if (failsOn !== null && failsOn !== undefined) return `Will fail on ${dayText(failsOn)}`;
    return warnings === 0 ? undefined : `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
}

function NameCell({ product, isNarrow }: { product: Product; isNarrow: boolean }) {
    const second = verdictKind(product) === 'fail' ? reasonsOf(product) : product.owner_name;
    return (
        <span class="two-lines">
            <Link href={addressOf(`/products/${product.id}`)} title={product.name}>
                <bdi>{product.name}</bdi>
            </Link>
            {isNarrow ? <bdi class="hint">{second ?? 'No owner'}</bdi> : null}
        </span>
    );
}

function OwnerCell({ product }: { product: Product }) {
    const { owner_name: owner, external_id: external } = product;
    return (
        <span class="two-lines">
            {owner === null ? <span class="hint">No owner</span> : <bdi title={owner}>{owner}</bdi>}
            {external === null || external === undefined ? null : (
                <bdi class="hint" title={external}>
                    {external}
                </bdi>
            )}
        </span>
    );
}

function VerdictCell({ product }: { product: Product }) {
    const kind = verdictKind(product);
    const reasons = reasonsOf(product);
    return (
        <span class="verdict-cell">
            {kind === 'unknown' ? (
                <span class="tag verdict unknown">
                    <span aria-hidden="true">?</span> Not computed
                </span>
            ) : (
                <VerdictTag pass={product.verdict?.pass ?? null} />
            )}
            {reasons === undefined ? null : (
                <span class="reasons" title={product.verdict?.failures?.join('\n')}>
                    {reasons}
                </span>
            )}
        </span>
    );
}

function RatioCell({ product: { summary } }: { product: Product }) {
    if (summary.total_threats === 0) return <span class="hint">–</span>;
    return (
        <span title={`${summary.mitigated_threats} of ${summary.total_threats} threats are mitigated`}>
            {Math.floor(summary.mitigation_ratio * 100)} %
        </span>
    );
}

function DaysCell({ since, now }: { since: string; now: number }) {
    const days = Math.max(0, Math.floor((now - Date.parse(since)) / dayMilliseconds));
    return (
        <time dateTime={since} title={instantText(since)}>
            {days === 0 ? 'today' : `${days} d`}
        </time>
    );
}

interface PortfolioTableProperties {
    products: readonly Product[];
    view: View;
    trends: Trends;
    /// The end of the shown moment.
    now: number;
    empty: ComponentChildren;
}

export function PortfolioTable({ products, view, trends, now, empty }: PortfolioTableProperties) {
    const isNarrow = useNarrow();
    const columns = useMemo<Column<Product>[]>(
        () => [
            { key: 'name', title: 'Product', width: 'minmax(10rem, 2fr)', canSort: true, narrow: 'first', cell: (product) => <NameCell product={product} isNarrow={isNarrow} /> },
            { key: 'owner', title: 'Owner', width: 'minmax(7rem, 1fr)', canSort: true, narrow: 'hidden', cell: (product) => <OwnerCell product={product} /> },
            { key: 'verdict', title: 'Verdict', width: 'minmax(14rem, 2.4fr)', canSort: true, narrow: 'second', cell: (product) => <VerdictCell product={product} /> },
            { key: 'severity', title: 'Severities', width: '7rem', canSort: true, isNumber: true, narrow: 'second', cell: ({ summary }) => <SeverityBar summary={summary} /> },
            { key: 'ratio', title: 'Mitigated', width: '5.5rem', canSort: true, isNumber: true, narrow: 'hidden', cell: (product) => <RatioCell product={product} /> },
            { key: 'trend', title: 'Open high, 90 days', width: '11rem', canSort: true, isNumber: true, narrow: 'second', cell: (product) => <TrendCell product={product} trends={trends} isNarrow={isNarrow} /> },
            { key: 'changed', title: 'Changed', width: '5.5rem', canSort: true, isNumber: true, narrow: 'hidden', cell: ({ updated_at }) => <DaysCell since={updated_at} now={now} /> },
        ],
        [isNarrow, trends, now],
    );
    return (
        <div class="portfolio">
            <DataTable
                label="Products"
                columns={columns}
                rows={products}
                keyOf={(product) => product.id}
                sorting={view.sorting}
                onSort={showSorting}
                empty={empty}
                onRange={(first, last) => trends.want(products.slice(first, last + 1))}
            />
        </div>
    );
}
