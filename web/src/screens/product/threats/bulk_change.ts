/// One change of many threats, in one transaction.

import { type RepeatKeys, type Versioned, writeConditionally } from '../../../api/conditional_write';
import { ApiProblem } from '../../../api/problem';
import { allOf } from '../../../api/pages';
import { api } from '../../../api/client';
import type { Severity, Threat, ThreatStatus } from '../../../api/types';
import { type Item, type Remarks, readTag, readThreat, recordItems } from '../register/calls';
import { readEach } from '../register/product_model';
import { threatKind } from './threat_kind';

export type BulkAction =
    | { kind: 'status'; status: ThreatStatus }
    | { kind: 'severity'; severity: Severity | null }
    | { kind: 'remove' };

/// The server's limits for one request.
export const mostItems = 20_000;
const mostBytes = 8 * 1024 * 1024;
const mostSingleReads = 40;

/// The facts to record: none for a threat that is so already.
export function itemsOf(action: BulkAction, threats: readonly Threat[], remarks: Remarks): Item[] {
    return threats.flatMap((threat): Item[] => {
        const threat_id = threat.id;
        switch (action.kind) {
            case 'status':
                if (threat.status === action.status) return [];
                return [{ type: 'threat.status_changed', data: { threat_id, status: action.status }, ...remarks }];
            case 'severity':
                if (threat.severity === action.severity && threat.likelihood === null) return [];
                return [{ type: 'threat.scored', data: { threat_id, severity: action.severity }, ...remarks }];
            case 'remove':
                return [{ type: 'threat.removed', data: { threat_id }, ...remarks }];
        }
    });
}

/// Reads the threats with these ids as they are now.
async function readThreats(product: number, ids: readonly number[]): Promise<Versioned<readonly Threat[]>> {
    // Before the threats: so they are at least as new.
    const tag = await readTag(product);
    if (ids.length <= mostSingleReads) return { tag, data: await readEach(ids, (id) => readThreat(product, id)) };
    const params = { path: { product_id: product }, query: { limit: 1_000 } };
    const wanted = new Set(ids);
    const all = await allOf(api.GET('/api/products/{product_id}/threats', { params }));
    return { tag, data: all.filter(({ id }) => wanted.has(id)) };
}

/// One threat that is not as it was seen; `now` undefined: removed.
export interface Difference {
    before: Threat;
    now: Threat | undefined;
}

export function differences(before: readonly Threat[], now: readonly Threat[]): Difference[] {
    const found = new Map(now.map((threat) => [threat.id, threat]));
    return before.flatMap((threat) => {
        const current = found.get(threat.id);
        const isSame = current !== undefined && JSON.stringify(threatKind.valuesOf(current)) === JSON.stringify(threatKind.valuesOf(threat));
        return isSame ? [] : [{ before: threat, now: current }];
    });
}

/// Records `action` for the threats as they were seen. Returns how many it has changed. Throws
/// EditConflict if one of them is no longer as it was seen.
export async function changeThreats(
    product: number,
    seen: Versioned<readonly Threat[]>,
    action: BulkAction,
    remarks: Remarks,
    keys: RepeatKeys,
): Promise<number> {
    const ids = seen.data.map(({ id }) => id);
    return await writeConditionally<readonly Threat[], number>({
        opened: seen,
        read: () => readThreats(product, ids),
        conflictsWith: (now) => differences(seen.data, now).map(({ before }) => String(before.id)),
        send: async ({ data, tag }) => {
            const items = itemsOf(action, data, remarks);
            if (items.length === 0) return 0;
            if (items.length > mostItems) throw new ApiProblem(422, `At most ${mostItems} threats can be changed at once.`);
            if (new Blob([JSON.stringify(items)]).size > mostBytes) {
                throw new ApiProblem(422, 'The reason is recorded with each threat, and together they are too long: shorten it, or select fewer.');
            }
            await recordItems(product, items, { 'If-Match': tag, 'Idempotency-Key': keys.of(items) });
            return items.length;
        },
    });
}

