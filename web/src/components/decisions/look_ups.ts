/// The objects that acceptances name by their ids, read when they are shown, at one moment.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { api, dataOf } from '../../api/client';
import { CallQueue } from '../../api/call_queue';
import type { Mitigation, Product, SecurityStatus, Threat } from '../../api/types';
import { atMoment } from '../../moment/moment';

const callsAtOnce = 4;

/// Undefined: not read yet. Null: it cannot be read, as after its removal.
export type LookUp<Data> = ReadonlySignal<Data | null | undefined>;

interface Entry {
    product: number;
    value: Signal<unknown>;
    load: (signal: AbortSignal) => Promise<unknown>;
}

export class LookUps {
    private readonly entries = new Map<string, Entry>();
    private readonly queue = new CallQueue(callsAtOnce);

    constructor(private readonly moment: string | undefined) {}

    product(id: number): LookUp<Product> {
        const params = { path: { product_id: id }, query: atMoment(this.moment) };
        return this.find(`${id}`, id, (abort) => dataOf(api.GET('/api/products/{product_id}', { params, signal: abort })));
    }

    threat(product: number, id: number): LookUp<Threat> {
        const params = { path: { product_id: product, threat_id: id }, query: atMoment(this.moment) };
        return this.find(`${product}/threats/${id}`, product, (abort) =>
            dataOf(api.GET('/api/products/{product_id}/threats/{threat_id}', { params, signal: abort })),
        );
    }

    mitigation(product: number, id: number): LookUp<Mitigation> {
        const params = { path: { product_id: product, mitigation_id: id }, query: atMoment(this.moment) };
        return this.find(`${product}/mitigations/${id}`, product, (abort) =>
            dataOf(api.GET('/api/products/{product_id}/mitigations/{mitigation_id}', { params, signal: abort })),
        );
    }

    /// What the gate answers about the product's own policy.
    status(product: number): LookUp<SecurityStatus> {
        const params = { path: { product_id: product }, query: atMoment(this.moment) };
        return this.find(`${product}/status`, product, (abort) =>
            dataOf(api.GET('/api/products/{product_id}/security-status', { params, signal: abort })),
        );
    }

    /// Reads again what belongs to a product, or everything. What is known stays meanwhile.
    refresh(product?: number): void {
        for (const [key, entry] of this.entries) {
            if (product === undefined || entry.product === product) this.read(key, entry);
        }
    }

    close(): void {
        this.queue.close();
    }

    private find<Data>(key: string, product: number, load: (signal: AbortSignal) => Promise<Data>): LookUp<Data> {
        let entry = this.entries.get(key);
        if (entry === undefined) {
            entry = { product, value: signal(undefined), load };
            this.entries.set(key, entry);
            this.read(key, entry);
        }
        return entry.value as LookUp<Data>;
    }

    private read(key: string, { value, load }: Entry): void {
        this.queue.push(
            key,
            load,
            (data) => (value.value = data),
            () => (value.value = null),
        );
    }
}
