/// The products that the person may see, with their verdicts: a first page at once, the others in
/// the background, and single products again when they change.

import { signal } from '@preact/signals';
import { api } from '../../api/client';
import { nextPage } from '../../api/pages';
import { type ApiProblem, asProblem } from '../../api/problem';
import type { Product } from '../../api/types';
import type { NewEvents } from '../../live/live';
import { atMoment } from '../../moment/moment';

const firstPage = 100;
const laterPages = 1_000;
const retryMilliseconds = 2_000;
/// Changes that arrive within this time are read together.
const collectMilliseconds = 300;
/// With more changed products than this, the whole list is read again.
const mostSingleReads = 50;

interface Page {
    products: Product[];
    /// The last id of the page; undefined: it was the last page.
    after: number | undefined;
}

async function readPage(moment: string | undefined, after: number, limit: number, signal: AbortSignal): Promise<Page> {
    const query = { ...atMoment(moment), with: 'verdict', limit, after } as const;
    const { data = [], response } = await api.GET('/api/products', { params: { query }, signal });
    const next = nextPage(response);
    const last = next === undefined ? null : new URL(next, location.origin).searchParams.get('after');
    return { products: data, after: last === null ? undefined : Number(last) };
}

export class PortfolioStore {
    /// In no particular order.
    readonly products = signal<readonly Product[]>([]);
    /// False until all pages of the shown moment have arrived once.
    readonly isComplete = signal(false);
    /// True once something of the shown moment has arrived.
    readonly hasAny = signal(false);
    readonly problem = signal<ApiProblem | undefined>(undefined);

    private readonly known = new Map<number, Product>();
    /// The products that the running or last load has met; the others are gone when it ends.
    private met = new Set<number>();
    private moment: string | undefined;
    private loading: AbortController | undefined;
    private isLoading = false;
    /// True if the running load must begin again, because of changes that it may have missed.
    private isStale = false;
    private readonly changed = new Set<number>();
    private timer: ReturnType<typeof setTimeout> | undefined;

    /// Reads the whole list of a moment. What is known of the same moment stays meanwhile.
    async load(moment: string | undefined): Promise<void> {
        this.loading?.abort();
        const request = new AbortController();
        this.loading = request;
        const isOtherMoment = moment !== this.moment;
        this.moment = moment;
        this.met = new Set();
        // A list that is read again is still whole meanwhile.
        if (isOtherMoment) {
            this.isComplete.value = false;
            this.hasAny.value = false;
            this.known.clear();
        }
        this.isStale = false;
        this.isLoading = true;
        let after: number | undefined = 0;
        let limit = this.known.size === 0 ? firstPage : laterPages;
        while (after !== undefined && !request.signal.aborted) {
            try {
                const page: Page = await readPage(moment, after, limit, request.signal);
                if (request.signal.aborted) return;
                this.problem.value = undefined;
                this.take(page.products);
                after = page.after;
                limit = laterPages;
                if (this.isStale) {
                    this.isStale = false;
                    this.met = new Set();
                    after = 0;
                }
            } catch (thrown) {
                if (request.signal.aborted) return;
                const problem = asProblem(thrown);
                this.problem.value = problem;
                if (!problem?.isTemporary) {
                    this.isLoading = false;
                    return;
                }
                const wait = Math.max(retryMilliseconds, (problem.retryAfter ?? 0) * 1_000);
                await new Promise((resolve) => setTimeout(resolve, wait));
            }
        }
        if (request.signal.aborted) return;
        this.isLoading = false;
        for (const id of this.known.keys()) {
            if (!this.met.has(id)) this.known.delete(id);
        }
        this.publish();
        this.isComplete.value = true;
    }

    /// Reads what the events have changed.
    follow({ events, isGap }: NewEvents): void {
        if (isGap) {
            this.loadAgain();
            return;
        }
        let all = false;
        for (const { type, source } of events) {
            // A check asks about a product and does not change it.
            if (type === 'threatatlas.gate.checked.v1') continue;
            const product = /^\/api\/products\/(\d+)$/.exec(source)?.[1];
            if (product !== undefined) this.changed.add(Number(product));
            else if (source === '/api/policies') all = true;
        }
        if (all || this.changed.size > mostSingleReads) {
            this.changed.clear();
            this.loadAgain();
        } else if (this.changed.size > 0) {
            this.timer ??= setTimeout(() => void this.readChanged(), collectMilliseconds);
        }
    }

    close(): void {
        this.loading?.abort();
        clearTimeout(this.timer);
    }

    /// What was asked for already is still shown when it arrives.
    private loadAgain(): void {
        if (this.isLoading) this.isStale = true;
        else void this.load(this.moment);
    }

    private async readChanged(): Promise<void> {
        const ids = [...this.changed];
        this.changed.clear();
        const { signal } = this.loading ?? new AbortController();
        try {
            for (const id of ids) {
                const { products } = await readPage(this.moment, id - 1, 1, signal);
                if (signal.aborted) return;
                if (products[0]?.id === id) {
                    this.take(products);
                } else {
                    // Archived, or no longer for this person.
                    this.known.delete(id);
                    this.publish();
                }
            }
        } catch (thrown) {
            if (!signal.aborted && asProblem(thrown)?.isTemporary) this.loadAgain();
        } finally {
            this.timer = undefined;
            if (this.changed.size > 0) this.follow({ events: [], isGap: false });
        }
    }

    private take(products: readonly Product[]): void {
        for (const product of products) {
            this.met.add(product.id);
            const before = this.known.get(product.id);
            // A page that was asked for earlier may arrive after a newer answer.
            if (before === undefined || before.version <= product.version) this.known.set(product.id, product);
        }
        this.publish();
    }

    private publish(): void {
        this.hasAny.value = true;
        this.products.value = [...this.known.values()];
    }
}
