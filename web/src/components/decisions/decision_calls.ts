/// The calls behind a decision.

import { api, dataOf } from '../../api/client';
import type { Acceptance } from '../../api/types';
import type { Decision } from './decision_buttons';
import { stateTagOf } from '../../api/state_tag';

/// What a person decides on: the acceptance, and the state of its product as an ETag.
export interface Decidable {
    acceptance: Acceptance;
    etag: string;
}

export async function readDecidable({ product, acceptance }: Decision, signal: AbortSignal): Promise<Decidable> {
    // The ETag first: a change in between is then noticed.
    const path = { product_id: product, acceptance_id: acceptance };
    const { response } = await api.GET('/api/products/{product_id}', { params: { path: { product_id: product } }, signal });
    const now = await dataOf(api.GET('/api/products/{product_id}/acceptances/{acceptance_id}', { params: { path }, signal }));
    return { acceptance: now, etag: stateTagOf(response) };
}

export interface DecisionTexts {
    note: string;
    onBehalfOf: string;
}

/// Records the decision, unless the product has changed since `etag`: then ApiProblem 412.
export async function recordDecision({ product, acceptance, action }: Decision, etag: string, texts: DecisionTexts): Promise<Acceptance> {
    const params = {
        path: { product_id: product, acceptance_id: acceptance },
        header: { 'If-Match': etag },
    };
    const person = texts.onBehalfOf === '' ? {} : { on_behalf_of: texts.onBehalfOf };
    const { note } = texts;
    switch (action) {
        case 'approve':
            return await dataOf(
                api.POST('/api/products/{product_id}/acceptances/{acceptance_id}/approve', {
                    params,
                    body: { ...(note === '' ? {} : { note }), ...person },
                }),
            );
        case 'reject':
            return await dataOf(
                api.POST('/api/products/{product_id}/acceptances/{acceptance_id}/reject', { params, body: { note, ...person } }),
            );
        case 'revoke':
            return await dataOf(
                api.POST('/api/products/{product_id}/acceptances/{acceptance_id}/revoke', { params, body: { note, ...person } }),
            );
        case 'withdraw':
            return await dataOf(
                api.POST('/api/products/{product_id}/acceptances/{acceptance_id}/withdraw', {
                    params,
                    body: { ...(note === '' ? {} : { reason: note }), ...person },
                }),
            );
    }
}
