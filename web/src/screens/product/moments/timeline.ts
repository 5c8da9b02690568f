/// A product's posture over all its history, in as many points as a chart can show, and the way from
/// change to change.

import { api, dataOf } from '../../../api/client';
import { asProblem } from '../../../api/problem';
import type { TimelinePoint } from '../../../api/types';
import { endOf } from '../../../moment/instants';

export interface Timeline {
    product: number;
    points: TimelinePoint[];
    /// There is a point for each change. Otherwise the points are equally far apart.
    isExact: boolean;
    /// Now by the server's clock, in milliseconds since 1970.
    now: number;
}

const exactPointsMax = 600;
const sampledPoints = 300;
const hour = 3_600_000;

function stepFor(milliseconds: number): string {
    const hours = Math.max(1, Math.ceil(milliseconds / hour / sampledPoints));
    return hours < 24 ? `${hours}h` : `${Math.ceil(hours / 24)}d`;
}

/// How far the points are to be apart. A product has at most as many changes as events.
async function chooseEvery(product: number, signal: AbortSignal): Promise<string> {
    try {
        const { data } = await api.GET('/api/products/{product_id}', { params: { path: { product_id: product } }, signal });
        if (data === undefined || data.version <= exactPointsMax) return 'change';
        return stepFor(Date.now() - Date.parse(data.created_at));
    } catch (thrown) {
        // Of an archived product only the past can be read.
        if (asProblem(thrown)?.status === 404) return '7d';
        throw thrown;
    }
}

export async function readTimeline(product: number, signal: AbortSignal): Promise<Timeline> {
    const every = await chooseEvery(product, signal);
    const { data, response } = await api.GET('/api/products/{product_id}/timeline', {
        params: { path: { product_id: product }, query: { every } },
        signal,
    });
    const points = data ?? [];
    const last = Date.parse(points[points.length - 1]?.at ?? '');
    const answered = Date.parse(response.headers.get('Date') ?? '');
    const now = Math.max(Number.isNaN(answered) ? Date.now() : answered, Number.isNaN(last) ? 0 : last);
    return { product, points, isExact: every === 'change', now };
}

/// The instants of the changes from `from` to `to`, rising. If there are too many, only the last one.
async function changesWithin(product: number, from: string, to: string): Promise<string[]> {
    try {
        const points = await dataOf(
            api.GET('/api/products/{product_id}/timeline', {
                params: { path: { product_id: product }, query: { from, to, every: 'change' } },
            }),
        );
        return points.map(({ at }) => at);
    } catch (thrown) {
        if (asProblem(thrown)?.status === 422) return [to];
        throw thrown;
    }
}

/// The instant of the last change before `moment`; undefined if there is none.
export async function previousChange(timeline: Timeline, moment: string): Promise<string | undefined> {
    const { product, points, isExact } = timeline;
    const instant = endOf(moment);
    const before = points.filter(({ at }) => at < instant);
    if (isExact) return before[before.length - 1]?.at;
    let to = instant;
    for (let index = before.length - 1; index >= 0; --index) {
        const point = before[index];
        const isSame = to !== instant && before[index + 1]?.position === point?.position;
        if (point === undefined) break;
        if (!isSame) {
            const changes = (await changesWithin(product, point.at, to)).filter((at) => at < instant);
            if (changes.length > 0) return changes[changes.length - 1];
        }
        to = point.at;
    }
    return points[0] !== undefined && points[0].at < instant ? points[0].at : undefined;
}

/// The instant of the first change after `moment`; undefined if there is none.
export async function nextChange(timeline: Timeline, moment: string): Promise<string | undefined> {
    const { product, points, isExact } = timeline;
    const instant = endOf(moment);
    const first = points.findIndex(({ at }) => at > instant);
    if (first === -1) return undefined;
    if (isExact) return points[first]?.at;
    let from = instant;
    for (let index = first; index < points.length; ++index) {
        const point = points[index];
        if (point === undefined) break;
        const isSame = from !== instant && points[index - 1]?.position === point.position;
        if (!isSame) {
            const next = (await changesWithin(product, from, point.at)).find((at) => at > instant);
            if (next !== undefined) return next;
        }
        from = point.at;
    }
    return undefined;
}
