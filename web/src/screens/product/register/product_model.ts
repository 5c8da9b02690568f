/// The threats and mitigations of a product at a moment, kept up to date while they are shown. The tabs
/// share one, so that going from one to the other does not read everything again.

import { useEffect } from 'preact/hooks';
import { api } from '../../../api/client';
import { asProblem } from '../../../api/problem';
import type { Event, Mitigation, Threat } from '../../../api/types';
import type { NewEvents } from '../../../live/live';
import { asOf, atMoment } from '../../../moment/moment';
import { currentSession } from '../../../session/session';
import { orNothing, readMitigation, readTag, readThreat } from './calls';
import { ObjectList } from './object_list';

const pageLength = 1_000;
/// More changed objects than this are read as a list.
const mostSingleReads = 40;
const readsAtOnce = 4;

/// Reads objects by their ids. Those that do not exist are missing from the answer.
export async function readEach<Row>(ids: readonly number[], read: (id: number) => Promise<{ data: Row }>): Promise<Row[]> {
    const rows: Row[] = [];
    for (let start = 0; start < ids.length; start += readsAtOnce) {
        const some = ids.slice(start, start + readsAtOnce);
        for (const found of await Promise.all(some.map((id) => orNothing(read(id))))) {
            if (found !== undefined) rows.push(found.data);
        }
    }
    return rows;
}

export class ProductModel {
    readonly product: number;
    readonly moment: string | undefined;
    readonly person: number | undefined;
    readonly threats: ObjectList<Threat>;
    readonly mitigations: ObjectList<Mitigation>;
    /// A tag of the product that the rows are at least as new as; undefined in the past.
    tag: string | undefined;
    private loading: Promise<void> | undefined;
    // One after the other, so that an older answer never replaces a newer one.
    private updating: Promise<void> = Promise.resolve();

    constructor(product: number, moment: string | undefined, person: number | undefined) {
        this.product = product;
        this.moment = moment;
        this.person = person;
        const query = { limit: pageLength, ...atMoment(moment) };
        const params = { path: { product_id: product }, query };
        this.threats = new ObjectList((signal) => api.GET('/api/products/{product_id}/threats', { params, signal }));
        this.mitigations = new ObjectList((signal) => api.GET('/api/products/{product_id}/mitigations', { params, signal }));
    }

    /// Reads everything anew.
    async load(): Promise<void> {
        this.loading = this.loadBoth();
        await this.loading;
    }

    cancel(): void {
        this.threats.cancel();
        this.mitigations.cancel();
    }

    /// Reads anew what `news` may have changed.
    follow(news: NewEvents): void {
        this.updating = this.updating.then(() => this.update(news)).catch((thrown: unknown) => {
            // The lists say themselves why they cannot be read.
            if (asProblem(thrown) !== undefined) void this.load();
        });
    }

    private async loadBoth(): Promise<void> {
        if (this.moment === undefined) {
            // Before the rows: so they are at least as new.
            this.tag = await readTag(this.product).catch(() => undefined);
        }
        await Promise.all([this.threats.load(), this.mitigations.load()]);
    }

    private async loadIfChanged(): Promise<void> {
        if ((await readTag(this.product)) !== this.tag) await this.load();
    }

    private async update({ events, isGap }: NewEvents): Promise<void> {
        // What happens while the first rows arrive may be missing from them.
        await this.loading;
        if (isGap) return await this.loadIfChanged();
        const mitigations = idsIn(events, 'mitigation_id');
        const threats = idsIn(events, 'threat_id');
        const acceptances = idsIn(events, 'acceptance_id');
        if (threats.size + mitigations.size + acceptances.size === 0) return undefined;
        if (mitigations.size + acceptances.size > mostSingleReads) return await this.loadIfChanged();
        const changed = await readEach([...mitigations], (id) => readMitigation(this.product, id));
        this.addCovered(threats, mitigations, changed);
        for (const acceptance of acceptances) {
            const params = { path: { product_id: this.product, acceptance_id: acceptance } };
            const { data } = await api.GET('/api/products/{product_id}/acceptances/{acceptance_id}', { params });
            for (const id of data?.threat_ids ?? []) threats.add(id);
        }
        if (threats.size > mostSingleReads) return await this.loadIfChanged();
        const changedThreats = await readEach([...threats], (id) => readThreat(this.product, id));
        this.mitigations.change(changed, missing(mitigations, changed));
        this.threats.change(changedThreats, missing(threats, changedThreats));
    }

    /// Adds to `threats` those whose coverage the mitigations may have changed.
    private addCovered(threats: Set<number>, ids: ReadonlySet<number>, changed: readonly Mitigation[]): void {
        if (ids.size === 0) return;
        const before = this.mitigations.rows.value.filter(({ id }) => ids.has(id));
        const elements = new Set<string>();
        for (const { threat_ids, diagram, element_id } of [...before, ...changed]) {
            for (const id of threat_ids) threats.add(id);
            if (threat_ids.length === 0 && element_id !== null) elements.add(JSON.stringify([diagram, element_id]));
        }
        if (elements.size === 0) return;
        for (const { id, diagram, element_id } of this.threats.rows.value) {
            if (element_id !== null && elements.has(JSON.stringify([diagram, element_id]))) threats.add(id);
        }
    }
}

function idsIn(events: readonly Event[], name: string): Set<number> {
    const ids = new Set<number>();
    for (const event of events) {
        const id = (event.data as Record<string, unknown> | undefined)?.[name];
        if (typeof id === 'number') ids.add(id);
    }
    return ids;
}

function missing(asked: ReadonlySet<number>, found: readonly { id: number }[]): number[] {
    const there = new Set(found.map(({ id }) => id));
    return [...asked].filter((id) => !there.has(id));
}

let latest: ProductModel | undefined;

/// The model of the product at the moment of the address. `listen` gives the news of the product.
export function useProductModel(product: number, listen: (tell: (news: NewEvents) => void) => () => void): ProductModel {
    const moment = asOf.value;
    const person = currentSession.value?.token_id;
    const isKept = latest?.product === product && latest.moment === moment && latest.person === person;
    if (latest === undefined || !isKept) latest = new ProductModel(product, moment, person);
    const model = latest;
    useEffect(() => {
        // Kept from another tab: it may have missed changes meanwhile.
        if (moment === undefined || !model.threats.isComplete.value) void model.load();
        const stop = moment === undefined ? listen((news) => model.follow(news)) : () => {};
        return () => {
            stop();
            model.cancel();
        };
    }, [model]);
    return model;
}
