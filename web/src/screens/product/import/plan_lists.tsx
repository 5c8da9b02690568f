/// What an import would record, or has recorded: counts, and a list of each kind of entry.

import { useState } from 'preact/hooks';
import type { Imported } from '../../../api/types';
import { type Column, DataTable } from '../../../components/data_table';
import { inWords } from '../../../components/tags';

type ListName = 'added' | 'changed' | 'removed' | 'missing' | 'conflicts' | 'warnings';

/// A line of any of the lists.
interface Entry {
    key: string;
    /// "Threat 7"
    object: string;
    name: string;
    detail: string;
}

const titles: Record<ListName, string> = {
    added: 'Added',
    changed: 'Changed',
    removed: 'Removed or set aside',
    missing: 'Missing in the file',
    conflicts: 'Conflicts',
    warnings: 'Warnings',
};

const explanations: Record<ListName, string> = {
    added: 'New in the file.',
    changed: 'Fields that get the value of the file.',
    removed: 'Objects that the file no longer has, treated as chosen above.',
    missing: 'Objects of an earlier import that the file no longer has. They stay as they are.',
    conflicts: 'Fields that were changed both in the file and here, or objects that were removed here.',
    warnings: 'Values of the file that could not be taken over as they are.',
};

const detailTitles: Record<ListName, string> = {
    added: 'Key in the file',
    changed: 'Fields',
    removed: 'Key in the file',
    missing: 'Key in the file',
    conflicts: 'What happens',
    warnings: 'Warning',
};

function fieldText(field: string): string {
    if (field === 'scoring') return 'severity, likelihood and impact';
    return field === 'scope' ? 'what it covers' : inWords(field).toLowerCase();
}

function conflictText({ field, kept }: Imported['conflicts'][number]): string {
    if (field === 'removed') return 'Removed here: it is not added again';
    const winner = kept === 'file' ? 'the value of the file is taken' : 'the value given here stays';
    return `${inWords(fieldText(field))}: ${winner}`;
}

function entriesOf(plan: Imported, list: ListName): Entry[] {
    if (list === 'warnings') {
        return plan.warnings.map(({ path, detail }, index) => ({ key: String(index), object: 'File', name: path, detail }));
    }
    if (list === 'conflicts') {
        return plan.conflicts.map((conflict, index) => ({
            key: String(index),
            object: `${inWords(conflict.kind)} ${conflict.id}`,
            name: conflict.name,
            detail: conflictText(conflict),
        }));
    }
    return plan[list].map(({ kind, id, name, external_id, fields }) => ({
        key: `${kind} ${id}`,
        object: `${inWords(kind)} ${id}`,
        name,
        detail: list === 'changed' ? (fields ?? []).map(fieldText).join(', ') : (external_id ?? ''),
    }));
}

const columnsOf = (list: ListName): readonly Column<Entry>[] => [
    { key: 'object', title: 'Object', width: '9rem', narrow: 'second', cell: ({ object }) => object },
    { key: 'name', title: list === 'warnings' ? 'Place' : 'Name', width: '2fr', narrow: 'first', cell: ({ name }) => <bdi title={name}>{name}</bdi> },
    {
        key: 'detail',
        title: detailTitles[list],
        width: '3fr',
        narrow: 'second',
        cell: ({ detail }) => <bdi title={detail}>{detail}</bdi>,
    },
];

// So many are shown with their whole texts. Longer lists show one line of each.
const wholeEntriesMax = 100;

function WholeEntries({ list, entries }: { list: ListName; entries: readonly Entry[] }) {
    const columns = columnsOf(list);
    return (
        <div class="table-scroll plan-entries">
            <table aria-label={titles[list]}>
                <thead>
                    <tr>
                        {columns.map(({ key, title }) => (
                            <th key={key} scope="col">
                                {title}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {entries.map((entry) => (
                        <tr key={entry.key}>
                            {columns.map(({ key, cell }) => (
                                <td key={key}>{cell(entry)}</td>
                            ))}
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function PlanLists({ plan }: { plan: Imported }) {
    const lists = (Object.keys(titles) as ListName[]).filter((list) => plan.counts[list] > 0);
    const [chosen, setChosen] = useState<ListName>();
    const shown = chosen !== undefined && lists.includes(chosen) ? chosen : lists[0];
    if (shown === undefined) return null;
    const entries = entriesOf(plan, shown);
    const count = plan.counts[shown];
    return (
        <>
            <div class="plan-lists" role="group" aria-label="Lists of the plan">
                {lists.map((list) => (
                    <button key={list} type="button" aria-pressed={list === shown} onClick={() => setChosen(list)}>
                        {titles[list]} <span class="count">{plan.counts[list].toLocaleString('en')}</span>
                    </button>
                ))}
            </div>
            <p class="hint">
                {explanations[shown]}
                {entries.length < count
                    ? ` The first ${entries.length.toLocaleString('en')} of ${count.toLocaleString('en')} are listed; all are counted.`
                    : ''}
            </p>
            {entries.length <= wholeEntriesMax ? (
                <WholeEntries list={shown} entries={entries} />
            ) : (
                <DataTable
                    key={shown}
                    label={titles[shown]}
                    columns={columnsOf(shown)}
                    rows={entries}
                    keyOf={(entry) => entry.key}
                    empty="None"
                />
            )}
        </>
    );
}
