/// Shows what two people have made of the same fields, side by side, and lets one choose.

import { useEffect, useState } from 'preact/hooks';
import type { EditConflict } from '../api/conditional_write';
import { type Change, changeAt } from '../api/last_change';
import { Dialog } from '../components/dialog';
import { Time } from '../components/time';
import type { Values } from './draft';

/// `text`: a value of the field as a person reads it.
export type DescribedFields = Readonly<Record<string, { label: string; text?: (value: string) => string }>>;

interface ConflictProperties<Data extends { updated_at: string }> {
    what: string;
    product: number;
    conflict: EditConflict<Data>;
    fields: DescribedFields;
    before: Values;
    mine: Values;
    theirs: Values;
    onSettle: (theirs: readonly string[]) => void;
    onClose: () => void;
}

function Author({ product, at }: { product: number; at: string }) {
    const [change, setChange] = useState<Change | undefined>(undefined);
    useEffect(() => {
        // Nice to know; the choice does not depend on it.
        changeAt(product, at).then(setChange, () => {});
    }, [product, at]);
    return (
        <p>
            {change === undefined ? 'It was changed ' : <>It was changed by <bdi>{change.onBehalfOf ?? change.actor}</bdi>{' '}</>}
            {change?.onBehalfOf === undefined ? null : <>(through <bdi>{change.actor}</bdi>) </>}
            on <Time at={at} />
            {change?.reason === undefined ? '.' : <>: “<bdi>{change.reason}</bdi>”</>}
        </p>
    );
}

export function ConflictChoice<Data extends { updated_at: string }>(properties: ConflictProperties<Data>) {
    const { what, product, conflict, fields, before, mine, theirs, onSettle, onClose } = properties;
    const [chosen, setChosen] = useState<Readonly<Record<string, 'mine' | 'theirs'>>>({});
    const isDecided = conflict.fields.every((name) => chosen[name] !== undefined);
    const words = (name: string, values: Values) => {
        const value = values[name] ?? '';
        const text = fields[name]?.text;
        return text !== undefined ? text(value) : value === '' ? '(empty)' : value;
    };
    return (
        <Dialog title={`Somebody else has changed this ${what}`} size="wide" onClose={onClose}>
            <Author product={product} at={conflict.current.data.updated_at} />
            <p>Nothing of yours has been recorded yet. Choose what is to stand for each field, then save.</p>
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    if (isDecided) onSettle(conflict.fields.filter((name) => chosen[name] === 'theirs'));
                }}
            >
                {conflict.fields.map((name) => (
                    <fieldset key={name} class="conflict">
                        <legend>{fields[name]?.label ?? name}</legend>
                        <p class="hint">
                            When you began: <bdi>{words(name, before)}</bdi>
                        </p>
                        <div class="sides">
                            {(['mine', 'theirs'] as const).map((side) => (
                                <label key={side} class={chosen[name] === side ? 'side chosen' : 'side'}>
                                    <span>
                                        <input
                                            type="radio"
                                            name={name}
                                            checked={chosen[name] === side}
                                            onChange={() => setChosen({ ...chosen, [name]: side })}
                                        />
                                        {side === 'mine' ? 'Yours' : 'Now on the server'}
                                    </span>
                                    <bdi class="value">{words(name, side === 'mine' ? mine : theirs)}</bdi>
                                </label>
                            ))}
                        </div>
                    </fieldset>
                ))}
                <div class="actions">
                    <button class="primary" disabled={!isDecided}>
                        Save what I have chosen
                    </button>
                    <button type="button" onClick={onClose}>
                        Back to the form
                    </button>
                    {isDecided ? null : <span class="hint">Choose a side for every field first.</span>}
                </div>
            </form>
        </Dialog>
    );
}
