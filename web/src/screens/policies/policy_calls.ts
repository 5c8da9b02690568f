/// Calls about one policy that the form makes.

import { api, dataOf } from '../../api/client';
import { asProblem } from '../../api/problem';
import type { Policy } from '../../api/types';
import type { PolicyDefinition, PolicyPreview } from './policy_types';

async function unlessMissing<Data>(call: Promise<Data>): Promise<Data | undefined> {
    try {
        return await call;
    } catch (thrown) {
        if (asProblem(thrown)?.status === 404) return undefined;
        throw thrown;
    }
}

const at = (key: string) => ({ params: { path: { key } } });

/// The policy as it is now; undefined if there is none of this name. Throws ApiProblem.
export async function readPolicy(key: string): Promise<Policy | undefined> {
    return await unlessMissing(dataOf(api.GET('/api/policies/{key}', at(key))));
}

export async function definePolicy(key: string, body: PolicyDefinition): Promise<Policy> {
    return await dataOf(api.PUT('/api/policies/{key}', { ...at(key), body }));
}

export interface ComparedPreview {
    draft: PolicyPreview;
    /// What the policy says as it is now; undefined if there is none of this name.
    now: PolicyPreview | undefined;
}

/// What a definition would say about products, and what the policy says now. Throws ApiProblem.
export async function previewDraft(key: string, body: PolicyDefinition): Promise<ComparedPreview> {
    const [draft, now] = await Promise.all([
        dataOf(api.POST('/api/policies/{key}/preview', { ...at(key), body })),
        unlessMissing(dataOf(api.POST('/api/policies/{key}/preview', at(key)))),
    ]);
    return { draft, now };
}
