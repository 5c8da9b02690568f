/// Why a call of the API did not succeed, in words for the person who made it.

import type { components } from '../../generated/schema';

export type ProblemDocument = components['schemas']['Problem'];

export class ApiProblem extends Error {
    /// The HTTP status; 0 if no response arrived.
    readonly status: number;
    readonly document: ProblemDocument | undefined;
    /// The seconds to wait before asking again, if the server said so.
    readonly retryAfter: number | undefined;

    constructor(status: number, message: string, document?: ProblemDocument, retryAfter?: number) {
        super(message);
        this.name = 'ApiProblem';
        this.status = status;
        this.document = document;
        this.retryAfter = retryAfter;
    }

    /// True if the same request may succeed later without anything being done about it.
    get isTemporary(): boolean {
        return this.status === 0 || this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504;
    }

    /// The faults of single fields of a 422: by JSON pointer or parameter name.
    get fieldErrors(): ReadonlyMap<string, string> {
        const faults = new Map<string, string>();
        for (const fault of this.document?.errors ?? []) {
            const where = fault.pointer ?? fault.parameter;
            if (where !== undefined) faults.set(where, fault.detail);
        }
        return faults;
    }
}

/// What arrived as an answer is none of the API's: something in between has cut it off or answered itself.
export class UnreadableAnswer extends ApiProblem {
    constructor() {
        super(0, 'What arrived is not an answer of ThreatAtlas: it was cut off on its way, or something in between, such as a proxy, answered instead.');
        this.name = 'UnreadableAnswer';
    }
}

const unreachable = 'The server cannot be reached. Check that it runs and that you are connected to it.';

/// Describes a response that is not a success. Reads its body.
export async function problemOf(response: Response): Promise<ApiProblem> {
    const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
    const wait = Number.isFinite(retryAfter) ? retryAfter : undefined;
    let document: ProblemDocument | undefined;
    try {
        const body: unknown = await response.json();
        if (typeof body === 'object' && body !== null && 'detail' in body) {
            document = body as ProblemDocument;
        }
    } catch {
        // A proxy in between answers with a page of its own.
    }
    const message = document?.detail ?? `The server answered ${response.status} ${response.statusText}`.trim();
    return new ApiProblem(response.status, message, document, wait);
}

/// Turns whatever was thrown into a problem; undefined for a request that was cancelled.
export function asProblem(thrown: unknown): ApiProblem | undefined {
    if (thrown instanceof ApiProblem) return thrown;
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return undefined;
    if (thrown instanceof TypeError && /fetch|network|load failed/i.test(thrown.message)) {
        return new ApiProblem(0, unreachable);
    }
    // JSON that does not parse.
    if (thrown instanceof SyntaxError) return new UnreadableAnswer();
    throw thrown;
}
