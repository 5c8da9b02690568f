/// The only way to the API. Calls are typed by its description: one that it does not have does not
/// compile.

import createClient, { type Middleware } from 'openapi-fetch';
import type { paths } from '../../generated/schema';
import { problemOf } from './problem';

/// The token of a session without a cookie, kept only in memory.
let tokenInMemory: string | undefined;
/// Called when the server no longer accepts the token.
let onSignedOut: () => void = () => {};

export function keepTokenInMemory(token: string | undefined): void {
    tokenInMemory = token;
}

export function whenSignedOut(callback: () => void): void {
    onSignedOut = callback;
}

/// The headers that every request has. The second one cannot be sent by a form of another site, and
/// the server refuses to write without it.
function commonHeaders(): Record<string, string> {
    return {
        ...(tokenInMemory === undefined ? {} : { Authorization: `Bearer ${tokenInMemory}` }),
        'X-Threatatlas-Page': '1',
    };
}

const middleware: Middleware = {
    onRequest({ request }) {
        for (const [name, value] of Object.entries(commonHeaders())) {
            if (!request.headers.has(name)) request.headers.set(name, value);
        }
        return request;
    },
    async onResponse({ response }) {
        if (response.ok || response.status === 304) return undefined;
        // Signing in reports its own failures.
        if (response.status === 401 && !response.url.endsWith('/api/session')) onSignedOut();
        throw await problemOf(response);
    },
};

/// Sends a request whose address the API's description does not have, such as the link to a next page.
/// Throws ApiProblem.
export async function fetchFromApi(address: URL, signal?: AbortSignal): Promise<Response> {
    const response = await fetch(address, {
        headers: commonHeaders(),
        credentials: 'same-origin',
        cache: 'no-store',
        ...(signal === undefined ? {} : { signal }),
    });
    if (response.ok) return response;
    if (response.status === 401) onSignedOut();
    throw await problemOf(response);
}

export const api = createClient<paths, 'application/json'>({
    baseUrl: location.origin,
    credentials: 'same-origin',
    cache: 'no-store',
});
api.use(middleware);

/// The data of a call that succeeded. A failed one has thrown its ApiProblem.
export async function dataOf<Data>(call: Promise<{ data?: Data }>): Promise<Data> {
    const { data } = await call;
    return data as Data;
}
