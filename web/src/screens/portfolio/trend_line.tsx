/// A product's last 90 days as a small line, with the number of today.

import type { Product, TimelinePoint } from '../../api/types';
import { dayText } from '../../components/time';
import type { Trends } from './trends';

const width = 90;
const height = 20;

const yOf = (value: number, most: number) => (height - 1 - (value / most) * (height - 2)).toFixed(1);
const openOf = ({ summary }: TimelinePoint) => summary.unmitigated_high;

/// "5 on 31 Aug 2026, 3 at the end, 6 at most"
function trendText(points: readonly TimelinePoint[]): string {
    const first = points[0];
    const last = points[points.length - 1];
    if (first === undefined || last === undefined) return 'Not on record in these 90 days';
    const most = Math.max(...points.map(openOf));
    return `Unmitigated high and critical threats: ${openOf(first)} on ${dayText(first.at)}, ${openOf(last)} at the end, ${most} at most`;
}

function Line({ points, start }: { points: readonly TimelinePoint[]; start: number }) {
    const most = Math.max(1, ...points.map(openOf));
    const text = trendText(points);
    const end = Date.parse(points[points.length - 1]?.at ?? '');
    const places = points.map((point) => {
        const x = (width * (Date.parse(point.at) - start)) / (end - start);
        return `${x.toFixed(1)},${yOf(openOf(point), most)}`;
    });
    // A product of today has a short line, too.
    if (points.length === 1) places.unshift(`${width - 4},${yOf(openOf(points[0]!), most)}`);
    return (
        <svg class="trend-line" role="img" aria-label={text} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none">
            <title>{text}</title>
            <polyline points={places.join(' ')} />
        </svg>
    );
}

export function TrendCell({ product, trends, isNarrow }: { product: Product; trends: Trends; isNarrow: boolean }) {
    const points = trends.of(product.id).value;
    return (
        <span class="trend">
            <span class="trend-count">
                {product.summary.unmitigated_high}
                {isNarrow ? ' high' : ''}
            </span>
            {points === undefined || points.length === 0 ? <span class="trend-line" /> : <Line points={points} start={trends.start} />}
        </span>
    );
}
