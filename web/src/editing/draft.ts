/// The text typed into a form, from opening to recording. It outlives the form, so leaving the form by
/// mistake loses nothing.

import { signal } from '@preact/signals';
import { EditConflict, RepeatKeys, type Versioned, writeConditionally } from '../api/conditional_write';
import { type ApiProblem, asProblem } from '../api/problem';
import { currentSession } from '../session/session';

/// The fields of a form as texts; '' is an empty field.
export type Values = Readonly<Record<string, string>>;

/// What a form needs to know about the objects that it edits.
export interface EditedKind<Data> {
    valuesOf: (data: Data) => Values;
    /// The members of a request that give the fields in `changed` their values.
    bodyOf: (changed: Values) => Record<string, unknown>;
    /// The form's field for a member of the request.
    fieldOf: (member: string) => string;
}

export interface WriteHeaders {
    'If-Match'?: string;
    'Idempotency-Key': string;
}

/// How a form talks to the server.
export interface Channel<Data> {
    /// Reads the object as it is now.
    read: () => Promise<Versioned<Data>>;
    send: (body: Record<string, unknown>, headers: WriteHeaders) => Promise<Versioned<Data>>;
}

/// Why a save did not succeed: the faults of fields, and what belongs to no field.
export interface Failure {
    faults: ReadonlyMap<string, string>;
    problem: ApiProblem | undefined;
}

const noFailure: Failure = { faults: new Map(), problem: undefined };

function without(values: Values, names: readonly string[]): Values {
    return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

/// They are attributes of the events, not fields of the object.
const remarks = ['reason', 'on_behalf_of'];

export class Draft<Data> {
    readonly values = signal<Values>({});
    readonly failure = signal<Failure>(noFailure);
    readonly conflict = signal<EditConflict<Data> | undefined>(undefined);
    readonly isSaving = signal(false);
    private readonly kind: EditedKind<Data>;
    private opened: Versioned<Data> | undefined;
    private openedValues: Values;
    private readonly keys = new RepeatKeys();

    /// `opened` undefined: a new object, which starts with `initial`.
    constructor(kind: EditedKind<Data>, opened: Versioned<Data> | undefined, initial: Values) {
        this.kind = kind;
        this.opened = opened;
        this.openedValues = opened === undefined ? initial : kind.valuesOf(opened.data);
        this.values.value = { ...this.openedValues, reason: '', on_behalf_of: '' };
    }

    get isNew(): boolean {
        return this.opened === undefined;
    }

    /// The fields as the form was opened with them, or as they were after a conflict.
    get before(): Values {
        return this.openedValues;
    }

    /// True if something was typed that is not recorded.
    get isDirty(): boolean {
        const values = this.values.value;
        return this.changedFields().length > 0 || remarks.some((name) => values[name] !== '');
    }

    set(name: string, value: string): void {
        this.values.value = { ...this.values.value, [name]: value };
        const { faults } = this.failure.value;
        if (faults.has(name)) {
            this.failure.value = {
                ...this.failure.value,
                faults: new Map([...faults].filter(([field]) => field !== name)),
            };
        }
    }

    /// Records the draft; the answer, or undefined if it was not recorded (see failure and conflict).
    async save(channel: Channel<Data>): Promise<Versioned<Data> | undefined> {
        if (this.isSaving.value) return undefined;
        this.isSaving.value = true;
        this.failure.value = noFailure;
        this.conflict.value = undefined;
        try {
            return await (this.opened === undefined ? this.create(channel) : this.change(channel, this.opened));
        } catch (thrown) {
            if (thrown instanceof EditConflict) this.conflict.value = thrown as EditConflict<Data>;
            else this.failure.value = this.failureOf(asProblem(thrown));
            return undefined;
        } finally {
            this.isSaving.value = false;
        }
    }

    /// Settles a conflict: the named fields take the values of the server, the others stay as typed.
    settle(theirs: readonly string[]): void {
        const conflict = this.conflict.value;
        if (conflict === undefined) return;
        const current = this.kind.valuesOf(conflict.current.data);
        const mine = this.changedFields().filter((name) => !theirs.includes(name));
        const typed = this.values.value;
        this.values.value = {
            ...typed,
            ...current,
            ...Object.fromEntries(mine.map((name) => [name, typed[name] ?? ''])),
        };
        this.opened = conflict.current;
        this.openedValues = current;
        this.conflict.value = undefined;
    }

    private changedFields(): string[] {
        const values = this.values.value;
        return Object.keys(this.openedValues).filter((name) => values[name] !== this.openedValues[name]);
    }

    private remarksOf(values: Values): Record<string, string> {
        return Object.fromEntries(remarks.flatMap((name) => (values[name] ? [[name, values[name].trim()]] : [])));
    }

    // A new object cannot overwrite anything, so it depends on no state of the product.
    private async create(channel: Channel<Data>): Promise<Versioned<Data>> {
        const values = this.values.value;
        const given = Object.entries(without(values, remarks)).filter(([name, value]) => value !== '' || name === 'name');
        const body = { ...this.kind.bodyOf(Object.fromEntries(given)), ...this.remarksOf(values) };
        return await channel.send(body, { 'Idempotency-Key': this.keys.of(body) });
    }

    private async change(channel: Channel<Data>, opened: Versioned<Data>): Promise<Versioned<Data>> {
        const values = this.values.value;
        const mine = this.changedFields();
        return await writeConditionally<Data, Versioned<Data>>({
            opened,
            read: channel.read,
            conflictsWith: (data) => {
                const current = this.kind.valuesOf(data);
                return mine.filter((name) => current[name] !== this.openedValues[name] && current[name] !== values[name]);
            },
            send: async (base) => {
                const current = this.kind.valuesOf(base.data);
                const changed = mine.filter((name) => current[name] !== values[name]);
                // The server refuses a reason without a change.
                if (changed.length === 0) return base;
                const changes = Object.fromEntries(changed.map((name) => [name, values[name] ?? '']));
                const body = { ...this.kind.bodyOf(changes), ...this.remarksOf(values) };
                return await channel.send(body, { 'If-Match': base.tag, 'Idempotency-Key': this.keys.of(body) });
            },
        });
    }

    private failureOf(problem: ApiProblem | undefined): Failure {
        const faults = new Map<string, string>();
        let hasOthers = problem !== undefined && problem.fieldErrors.size === 0;
        for (const [pointer, detail] of problem?.fieldErrors ?? []) {
            const field = this.kind.fieldOf(pointer.split('/').filter((part) => part !== '')[0] ?? '');
            if (field in this.values.value) faults.set(field, detail);
            else hasOthers = true;
        }
        return { faults, problem: hasOthers ? problem : undefined };
    }
}

const drafts = new Map<string, { readonly isDirty: boolean }>();

// Nobody finds what another person has typed.
const ownKey = (key: string) => `${currentSession.value?.name ?? ''} ${key}`;

/// The draft that was left under `key`, or a new one.
export function draftOf<Data>(key: string, make: () => Draft<Data>): Draft<Data> {
    const kept = drafts.get(ownKey(key)) as Draft<Data> | undefined;
    if (kept?.isDirty) return kept;
    const draft = make();
    drafts.set(ownKey(key), draft);
    return draft;
}

/// True if something was typed under `key` that is not recorded.
export function hasDraft(key: string): boolean {
    return drafts.get(ownKey(key))?.isDirty ?? false;
}

export function dropDraft(key: string): void {
    drafts.delete(ownKey(key));
}

addEventListener('beforeunload', (event) => {
    if ([...drafts.values()].some((draft) => draft.isDirty)) event.preventDefault();
});
