/// Writes that never overwrite silently what somebody else has recorded meanwhile.
///
/// The server's tag names the state of the whole product, so a write is also refused when something
/// else of the product has changed. Then the object is read anew: a change that does not concern the
/// write is stepped over, any other becomes an EditConflict for the person to decide.

import { ApiProblem } from './problem';
import { stateTagOf } from './state_tag';

/// An object as it was read, with the tag of that state.
export interface Versioned<Data> {
    data: Data;
    /// Throws ApiProblem if the answer had none.
    readonly tag: string;
}

/// The data and the tag of a call that succeeded.
export async function versioned<Data>(call: Promise<{ data?: Data; response: Response }>): Promise<Versioned<Data>> {
    const { data, response } = await call;
    return {
        data: data as Data,
        // Only a write needs it.
        get tag() {
            return stateTagOf(response);
        },
    };
}

/// The object is no longer as the person saw it.
export class EditConflict<Data> extends Error {
    readonly current: Versioned<Data>;
    /// What differs, in the words of ConditionalWrite::conflictsWith().
    readonly fields: readonly string[];

    constructor(current: Versioned<Data>, fields: readonly string[]) {
        super('The object has been changed meanwhile');
        this.name = 'EditConflict';
        this.current = current;
        this.fields = fields;
    }
}

export interface ConditionalWrite<Data, Answer> {
    /// What the person saw when the edit began.
    opened: Versioned<Data>;
    /// Reads the object as it is now.
    read: () => Promise<Versioned<Data>>;
    /// The fields that the write is about and that are not as they were opened; empty: none.
    conflictsWith: (current: Data) => readonly string[];
    /// Sends the write with `If-Match: base.tag`.
    send: (base: Versioned<Data>) => Promise<Answer>;
}

/// A product that changes several times a second lets a write through sooner or later.
const mostAttempts = 8;

/// Throws EditConflict if the person must decide, else ApiProblem.
export async function writeConditionally<Data, Answer>(write: ConditionalWrite<Data, Answer>): Promise<Answer> {
    let base = write.opened;
    for (let attempt = 1; ; ++attempt) {
        try {
            return await write.send(base);
        } catch (thrown) {
            const isStale = thrown instanceof ApiProblem && thrown.status === 412;
            if (!isStale || attempt === mostAttempts) throw thrown;
        }
        base = await write.read();
        const fields = write.conflictsWith(base.data);
        if (fields.length > 0) throw new EditConflict(base, fields);
    }
}

function randomKey(): string {
    // crypto.randomUUID() does not exist on plain HTTP outside of the own machine.
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/// The idempotency keys of a form: the same content always has the same key, so sending it again after
/// a lost answer records it once.
export class RepeatKeys {
    private readonly keys = new Map<string, string>();

    of(content: unknown): string {
        const text = JSON.stringify(content);
        const known = this.keys.get(text);
        if (known !== undefined) return known;
        const key = randomKey();
        this.keys.set(text, key);
        return key;
    }
}
