/// The calls that read and write threats and mitigations.

import { api, dataOf } from '../../../api/client';
import { type Versioned, versioned } from '../../../api/conditional_write';
import { ApiProblem } from '../../../api/problem';
import type { Mitigation, Operations, Threat } from '../../../api/types';
import type { WriteHeaders } from '../../../editing/draft';

type Body<Name extends keyof Operations> = Operations[Name] extends {
    requestBody: { content: { 'application/json': infer Content } };
}
    ? Content
    : never;
export type Item = Body<'recordEvents'>[number];

const threatPath = '/api/products/{product_id}/threats/{threat_id}';
const mitigationPath = '/api/products/{product_id}/mitigations/{mitigation_id}';

export async function readThreat(product: number, id: number, moment: { as_of?: string } = {}, signal?: AbortSignal): Promise<Versioned<Threat>> {
    const params = { path: { product_id: product, threat_id: id }, query: moment };
    return await versioned(api.GET(threatPath, { params, ...(signal ? { signal } : {}) }));
}

export async function readMitigation(
    product: number,
    id: number,
    moment: { as_of?: string } = {},
    signal?: AbortSignal,
): Promise<Versioned<Mitigation>> {
    const params = { path: { product_id: product, mitigation_id: id }, query: moment };
    return await versioned(api.GET(mitigationPath, { params, ...(signal ? { signal } : {}) }));
}

/// The tag of the product as it is now.
export async function readTag(product: number): Promise<string> {
    return (await versioned(api.GET('/api/products/{product_id}', { params: { path: { product_id: product } } }))).tag;
}

/// undefined for one that does not exist.
export async function orNothing<Data>(reading: Promise<Data>): Promise<Data | undefined> {
    try {
        return await reading;
    } catch (thrown) {
        if (thrown instanceof ApiProblem && thrown.status === 404) return undefined;
        throw thrown;
    }
}

// The server checks the content of the forms.
export async function createThreat(product: number, body: Record<string, unknown>, header: WriteHeaders): Promise<Versioned<Threat>> {
    return await versioned(
        api.POST('/api/products/{product_id}/threats', {
            params: { path: { product_id: product }, header },
            body: body as Body<'identifyThreat'>,
        }),
    );
}

export async function changeThreat(
    product: number,
    id: number,
    body: Record<string, unknown>,
    header: WriteHeaders,
): Promise<Versioned<Threat>> {
    const params = { path: { product_id: product, threat_id: id }, header };
    return await versioned(api.PATCH(threatPath, { params, body: body as Body<'changeThreat'> }));
}

export async function createMitigation(
    product: number,
    body: Record<string, unknown>,
    header: WriteHeaders,
): Promise<Versioned<Mitigation>> {
    return await versioned(
        api.POST('/api/products/{product_id}/mitigations', {
            params: { path: { product_id: product }, header },
            body: body as Body<'proposeMitigation'>,
        }),
    );
}

export async function changeMitigation(
    product: number,
    id: number,
    body: Record<string, unknown>,
    header: WriteHeaders,
): Promise<Versioned<Mitigation>> {
    const params = { path: { product_id: product, mitigation_id: id }, header };
    return await versioned(api.PATCH(mitigationPath, { params, body: body as Body<'changeMitigation'> }));
}

export interface Remarks {
    reason?: string;
    on_behalf_of?: string;
}

export async function removeThreat(product: number, id: number, query: Remarks, header: WriteHeaders): Promise<void> {
    await api.DELETE(threatPath, { params: { path: { product_id: product, threat_id: id }, query, header } });
}

export async function removeMitigation(product: number, id: number, query: Remarks, header: WriteHeaders): Promise<void> {
    await api.DELETE(mitigationPath, { params: { path: { product_id: product, mitigation_id: id }, query, header } });
}

/// Records many facts in one transaction.
export async function recordItems(product: number, items: Item[], header: WriteHeaders): Promise<void> {
    await dataOf(
        api.POST('/api/products/{product_id}/events', {
            params: { path: { product_id: product }, header },
            headers: { 'Content-Type': 'application/json' },
            body: items,
        }),
    );
}
