/// The state of an import: the file, the plan that the server makes of it, and what was recorded.

import { computed, signal } from '@preact/signals';
import { api } from '../../../api/client';
import { ApiProblem, asProblem } from '../../../api/problem';
import type { Imported, SecurityStatus } from '../../../api/types';
import { stateTagOf } from '../../../api/state_tag';

/// The server reads no larger file.
export const largestFile = 16 * 1_048_576;

export type MissingObjects = 'keep' | 'remove' | 'not_applicable';

export interface Source {
    /// A file's name; "Pasted text" for text.
    name: string;
    content: Blob;
    isText: boolean;
}

export interface Plan {
    imported: Imported;
    /// The state of the product that it was made for.
    tag: string;
}

export interface Recorded {
    imported: Imported;
    before: SecurityStatus | undefined;
}

function newKey(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class ImportStore {
    readonly source = signal<Source | undefined>(undefined);
    /// What was pasted; it stays to be changed.
    readonly text = signal('');
    readonly sourceName = signal('');
    readonly missing = signal<MissingObjects>('keep');
    readonly reason = signal('');
    readonly plan = signal<Plan | undefined>(undefined);
    /// True if the product changed after the plan before this one, which was made for its old state.
    readonly wasPlannedAgain = signal(false);
    readonly recorded = signal<Recorded | undefined>(undefined);
    readonly problem = signal<ApiProblem | undefined>(undefined);
    readonly work = signal<'planning' | 'recording' | undefined>(undefined);
    readonly isTooLarge = computed(() => (this.source.value?.content.size ?? 0) > largestFile);

    private request: AbortController | undefined;
    // The same for each try to record the same plan, so that it is recorded once.
    private idempotencyKey = '';

    constructor(private readonly product: number) {}

    /// Takes a file, and plans its import unless it is too large.
    choose(source: Source): void {
        this.source.value = source;
        this.recorded.value = undefined;
        this.planAgain();
    }

    /// Forgets the file and the plan.
    clear(): void {
        this.request?.abort();
        this.work.value = undefined;
        this.source.value = undefined;
        this.plan.value = undefined;
        this.problem.value = undefined;
        this.wasPlannedAgain.value = false;
        this.recorded.value = undefined;
        this.reason.value = '';
    }

    planAgain(becauseChanged = false): void {
        void this.makePlan(becauseChanged);
    }

    private async makePlan(becauseChanged: boolean): Promise<void> {
        this.request?.abort();
        this.work.value = undefined;
        this.problem.value = undefined;
        this.wasPlannedAgain.value = becauseChanged;
        if (!becauseChanged) this.plan.value = undefined;
        if (this.source.value === undefined || this.isTooLarge.value) return;
        const request = new AbortController();
        this.request = request;
        this.work.value = 'planning';
        try {
            const { imported, tag } = await this.send({ dry_run: true }, {}, request.signal);
            if (request.signal.aborted) return;
            this.idempotencyKey = newKey();
            this.plan.value = { imported, tag };
        } catch (thrown) {
            if (request.signal.aborted) return;
            this.plan.value = undefined;
            this.problem.value = asProblem(thrown);
        }
        this.work.value = undefined;
    }

    /// Records the plan that is shown. If the product is no longer in the state that it was made
    /// for, nothing is recorded, and it is planned again.
    async record(before: SecurityStatus | undefined): Promise<boolean> {
        const plan = this.plan.value;
        if (plan === undefined || this.work.value !== undefined) return false;
        this.work.value = 'recording';
        this.problem.value = undefined;
        try {
            const reason = this.reason.value.trim();
            const { imported } = await this.send(
                reason === '' ? {} : { reason },
                { 'If-Match': plan.tag, 'Idempotency-Key': this.idempotencyKey },
            );
            this.plan.value = undefined;
            this.wasPlannedAgain.value = false;
            this.recorded.value = { imported, before };
            this.text.value = '';
            this.reason.value = '';
            return true;
        } catch (thrown) {
            if (thrown instanceof ApiProblem && thrown.status === 412) {
                await this.makePlan(true);
                return false;
            }
            this.problem.value = asProblem(thrown);
            return false;
        } finally {
            if (this.work.value === 'recording') this.work.value = undefined;
        }
    }

    private async send(
        more: { dry_run?: true; reason?: string },
        headers: { 'If-Match'?: string; 'Idempotency-Key'?: string },
        signal?: AbortSignal,
    ): Promise<Plan> {
        const source = this.sourceName.value.trim();
        const { data, response } = await api.POST('/api/products/{product_id}/import', {
            params: {
                path: { product_id: this.product },
                query: { missing: this.missing.value, ...(source === '' ? {} : { source }), ...more },
            },
            headers: { ...headers, 'Content-Type': 'application/octet-stream' },
            // The file as it is: the server recognises its format.
            body: '',
            bodySerializer: () => this.source.value?.content ?? '',
            ...(signal === undefined ? {} : { signal }),
        });
        if (data === undefined) throw new ApiProblem(response.status, 'The server answered nothing.');
        return { imported: data, tag: stateTagOf(response) };
    }
}
