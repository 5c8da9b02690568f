/// Chooses threats or mitigations of a product from a list of any length.

import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { type Column, DataTable } from '../../../components/data_table';

interface Choosable {
    id: number;
    name: string;
    external_id?: string | null;
}

interface ObjectChooserProperties<Item extends Choosable> {
    /// What is chosen, such as "threats".
    what: string;
    items: readonly Item[];
    chosen: ReadonlySet<number>;
    onChoose: (chosen: ReadonlySet<number>) => void;
    /// Which items are offered first; the others by choice of the person.
    isLikely: (item: Item) => boolean;
    /// What the person ticks to see the others, too.
    othersLabel: string;
    tag: (item: Item) => ComponentChildren;
    tagTitle: string;
    most: number;
}

export function ObjectChooser<Item extends Choosable>(properties: ObjectChooserProperties<Item>) {
    const { what, items, chosen, onChoose, isLikely, othersLabel, tag, tagTitle, most } = properties;
    const [text, setText] = useState('');
    const [isAll, setAll] = useState(false);
    // What was chosen when the list was made stays on top, and does not move while one chooses.
    const [first] = useState(chosen);
    const rows = useMemo(() => {
        const wanted = text.trim().toLowerCase();
        const matching = items.filter(
            (item) =>
                first.has(item.id) ||
                ((isAll || isLikely(item) || chosen.has(item.id)) &&
                    `${item.name}\n${item.external_id ?? ''}\n${item.id}`.toLowerCase().includes(wanted)),
        );
        return [...matching.filter((item) => first.has(item.id)), ...matching.filter((item) => !first.has(item.id))];
    }, [items, text, isAll, chosen, first]);
    const columns = useMemo<Column<Item>[]>(
        () => [
            {
                key: 'name',
                title: 'Name',
                width: '1fr',
                narrow: 'first',
                cell: (item) => (
                    <>
                        <span class="hint">{item.id}</span> <bdi title={item.name}>{item.name}</bdi>
                    </>
                ),
            },
            { key: 'tag', title: tagTitle, width: '8rem', narrow: 'second', cell: tag },
        ],
        [tag, tagTitle],
    );
    return (
        <div class="object-chooser">
            <div class="toolbar">
                <label class="grow">
                    Search {what}
                    <input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
                </label>
                <label class="check-label">
                    <input type="checkbox" checked={isAll} onChange={(event) => setAll(event.currentTarget.checked)} />
                    {othersLabel}
                </label>
                <span class={chosen.size > most ? 'fault' : 'hint'} role="status">
                    {chosen.size} chosen{chosen.size > most ? `, at most ${most}` : ''}
                </span>
            </div>
            <DataTable
                label={what}
                columns={columns}
                rows={rows}
                keyOf={(item) => item.id}
                selection={chosen}
                onSelect={(selection) => onChoose(selection as ReadonlySet<number>)}
                empty={`No ${what} match.`}
            />
        </div>
    );
}
