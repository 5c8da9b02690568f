/// Chooses objects from a list of any length.

import { useMemo, useState } from 'preact/hooks';
import { DataTable } from '../../../components/data_table';
import { type RegisterColumn, textTest } from './table_query';

interface ObjectPickerProperties<Row extends { id: number; name: string }> {
    label: string;
    rows: readonly Row[];
    columns: readonly RegisterColumn<Row>[];
    chosen: ReadonlySet<string | number>;
    onChoose: (chosen: ReadonlySet<string | number>) => void;
    empty: string;
}

export function ObjectPicker<Row extends { id: number; name: string }>(properties: ObjectPickerProperties<Row>) {
    const { label, rows, columns, chosen, onChoose, empty } = properties;
    const [text, setText] = useState('');
    const [haystacks] = useState(() => new WeakMap<Row, string>());
    const shown = useMemo(() => rows.filter(textTest(text, haystacks, ({ id, name }) => [String(id), name])), [rows, text]);
    return (
        <div class="picker">
            <label>
                Search
                <input type="search" dir="auto" value={text} onInput={(event) => setText(event.currentTarget.value)} />
            </label>
            <DataTable<Row>
                label={label}
                columns={columns}
                rows={shown}
                keyOf={({ id }) => id}
                nameOf={({ id, name }) => `${id}, ${name.slice(0, 80)}`}
                selection={chosen}
                onSelect={onChoose}
                empty={text === '' ? empty : 'Nothing matches.'}
            />
        </div>
    );
}
