/// Adds links between mitigations and threats. Adding never takes away what somebody else has linked,
/// so a product that has changed meanwhile is read again and the links are added to what is there now.

import { type RepeatKeys, type Versioned, writeConditionally } from '../../../api/conditional_write';
import { ApiProblem } from '../../../api/problem';
import type { Mitigation } from '../../../api/types';
import { type Item, readMitigation, readTag, recordItems } from './calls';
import { readEach } from './product_model';

/// The most threats that a mitigation may name.
const mostLinks = 1_000;

async function readAll(product: number, ids: readonly number[]): Promise<Versioned<Mitigation[]>> {
    // Before the mitigations: so they are at least as new, and a change in between refuses the write.
    const tag = await readTag(product);
    return { tag, data: await readEach(ids, (id) => readMitigation(product, id)) };
}

/// The mitigations as they are afterwards; those that had the links already are left out.
export async function linkThreats(
    product: number,
    mitigations: readonly number[],
    threats: readonly number[],
    reason: string,
    keys: RepeatKeys,
): Promise<Mitigation[]> {
    return await writeConditionally<Mitigation[], Mitigation[]>({
        opened: await readAll(product, mitigations),
        read: () => readAll(product, mitigations),
        conflictsWith: () => [],
        send: async ({ data, tag }) => {
            const linked = data.flatMap((mitigation) => {
                const threat_ids = [...new Set([...mitigation.threat_ids, ...threats])].sort((a, b) => a - b);
                return threat_ids.length === mitigation.threat_ids.length ? [] : [{ ...mitigation, threat_ids }];
            });
            const full = linked.find(({ threat_ids }) => threat_ids.length > mostLinks);
            if (full !== undefined) {
                const sentence = `Mitigation ${full.id} would name ${full.threat_ids.length} threats; ${mostLinks} are allowed.`;
                throw new ApiProblem(422, `${sentence} Put it on their element instead, or record another mitigation.`);
            }
            if (linked.length === 0) return [];
            const items = linked.map(
                ({ id, threat_ids, diagram, element_id }): Item => ({
                    type: 'mitigation.linked',
                    data: { mitigation_id: id, threat_ids, diagram, element_id },
                    ...(reason === '' ? {} : { reason }),
                }),
            );
            await recordItems(product, items, { 'If-Match': tag, 'Idempotency-Key': keys.of(items) });
            return linked;
        },
    });
}
