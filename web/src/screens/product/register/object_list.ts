/// A list of the API as a table needs it: it arrives page by page, and single objects of it are
/// replaced when they change.

import { signal } from '@preact/signals';
import { pagesOf } from '../../../api/pages';
import { type ApiProblem, asProblem } from '../../../api/problem';

const firstRetryDelay = 1_000;
const longestRetryDelay = 15_000;

export class ObjectList<Row extends { id: number }> {
    /// By id.
    readonly rows = signal<readonly Row[]>([]);
    /// False until every page has arrived once.
    readonly isComplete = signal(false);
    /// Why the last reading failed; it is repeated by itself if that can help.
    readonly problem = signal<ApiProblem | undefined>(undefined);
    private readonly firstPage: (signal: AbortSignal) => Promise<{ data?: Row[]; response: Response }>;
    private request: AbortController | undefined;
    private retryTimer: ReturnType<typeof setTimeout> | undefined;
    private failures = 0;

    constructor(firstPage: (signal: AbortSignal) => Promise<{ data?: Row[]; response: Response }>) {
        this.firstPage = firstPage;
    }

    /// Reads the whole list. The first time its rows show as they arrive; later the old ones stay until
    /// all new ones are there.
    async load(): Promise<void> {
        this.cancel();
        const request = new AbortController();
        this.request = request;
        const rows: Row[] = [];
        try {
            for await (const page of pagesOf(this.firstPage(request.signal), request.signal)) {
                if (request.signal.aborted) return;
                rows.push(...page);
                if (!this.isComplete.value && rows.length >= this.rows.value.length) this.rows.value = rows.slice();
            }
            this.rows.value = rows;
            this.isComplete.value = true;
            this.problem.value = undefined;
            this.failures = 0;
        } catch (thrown) {
            if (request.signal.aborted) return;
            const problem = asProblem(thrown);
            this.problem.value = problem;
            if (problem?.isTemporary) {
                const delay = Math.min(firstRetryDelay * 2 ** this.failures++, longestRetryDelay);
                this.retryTimer = setTimeout(() => void this.load(), Math.max(delay, (problem.retryAfter ?? 0) * 1_000));
            }
        }
    }

    cancel(): void {
        this.request?.abort();
        clearTimeout(this.retryTimer);
    }

    /// Replaces or adds `changed`, and takes `removed` out.
    change(changed: readonly Row[], removed: readonly number[] = []): void {
        if (changed.length === 0 && removed.length === 0) return;
        const newer = new Map(changed.map((row) => [row.id, row]));
        const gone = new Set(removed);
        const rows = this.rows.value.flatMap((row) => {
            if (gone.has(row.id)) return [];
            const replacement = newer.get(row.id);
            newer.delete(row.id);
            return [replacement ?? row];
        });
        if (newer.size > 0) rows.push(...newer.values());
        if (newer.size > 0) rows.sort((a, b) => a.id - b.id);
        this.rows.value = rows;
    }

    find(id: number): Row | undefined {
        return this.rows.value.find((row) => row.id === id);
    }
}
