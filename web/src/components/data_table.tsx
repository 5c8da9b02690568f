/// A table of any length: only the rows in sight are in the document. Sorting is up to the caller.

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useNarrow } from './narrow';
import { useRowsInSight } from './rows_in_sight';

export interface Column<Row> {
    key: string;
    title: string;
    cell: (row: Row) => ComponentChildren;
    /// The width as a track of a CSS grid, such as "2fr" or "7rem".
    width: string;
    canSort?: boolean;
    isNumber?: boolean;
    /// On a narrow screen a row has a first line, a second line, and columns that are not shown.
    narrow: 'first' | 'second' | 'hidden';
}

export interface Sorting {
    key: string;
    isDescending: boolean;
}

interface DataTableProperties<Row> {
    /// What the rows are, for a screen reader.
    label: string;
    columns: readonly Column<Row>[];
    rows: readonly Row[];
    keyOf: (row: Row) => string | number;
    /// What a row is called, for a screen reader at its check box.
    nameOf?: (row: Row) => string;
    sorting?: Sorting | undefined;
    onSort?: (sorting: Sorting) => void;
    /// Present: rows can be selected.
    selection?: ReadonlySet<string | number>;
    onSelect?: (selection: ReadonlySet<string | number>) => void;
    /// What stands in an empty table.
    empty: ComponentChildren;
    /// Called with the rows in sight when they change.
    onRange?: (first: number, last: number) => void;
}

const wideRowHeight = 46;
/// The second line of a narrow row with its margins, and each first line above it.
const narrowRowHeight = 50;
const firstLineHeight = 26;

export function DataTable<Row>(properties: DataTableProperties<Row>) {
    const { label, columns, rows, keyOf, nameOf, sorting, onSort, selection, onSelect, empty, onRange } = properties;
    const container = useRef<HTMLDivElement>(null);
    const isNarrow = useNarrow();
    const firstLines = columns.filter((column) => column.narrow === 'first').length;
    const rowHeight = isNarrow ? narrowRowHeight + firstLines * firstLineHeight : wideRowHeight;
    const { first, end, scrollTo } = useRowsInSight(container, rows.length, rowHeight);
    const shown = isNarrow ? columns.filter((column) => column.narrow !== 'hidden') : columns;
    const canSelect = selection !== undefined && onSelect !== undefined;
    const tracks = (canSelect ? '2.5rem ' : '') + columns.map((column) => column.width).join(' ');

    useLayoutEffect(() => onRange?.(first, end - 1), [first, end, rows]);

    function sortBy(column: Column<Row>) {
        const isSame = sorting?.key === column.key;
        onSort?.({ key: column.key, isDescending: isSame ? !sorting.isDescending : column.isNumber === true });
    }

    function select(row: Row, isSelected: boolean) {
        const changed = new Set(selection);
        if (isSelected) changed.add(keyOf(row));
        else changed.delete(keyOf(row));
        onSelect?.(changed);
    }

    // Arrow keys go from row to row, as far as the table reaches.
    function moveFocus(event: KeyboardEvent) {
        const target = event.target as HTMLElement;
        const row = target.closest<HTMLElement>('[data-index]');
        if (row === null || target.matches('input:not([type=checkbox]), select')) return;
        const index = Number(row.dataset['index']);
        const goal = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
        if (goal === undefined || goal < 0 || goal >= rows.length) return;
        event.preventDefault();
        scrollTo(goal);
        const kind = target.matches('input') ? 'input' : 'a, button';
        const find = () => container.current?.querySelector<HTMLElement>(`[data-index="${goal}"]`)?.querySelector<HTMLElement>(kind);
        const found = find();
        // A row that has just come into sight is drawn with the next frame.
        if (found) found.focus();
        else requestAnimationFrame(() => find()?.focus());
    }

    // Rows that are selected and not in the table, because of a filter for example, stay selected.
    const isEverySelected =
        canSelect && rows.length > 0 && selection.size >= rows.length && rows.every((row) => selection.has(keyOf(row)));
    function selectEvery(isSelected: boolean) {
        const changed = new Set(selection);
        for (const row of rows) {
            if (isSelected) changed.add(keyOf(row));
            else changed.delete(keyOf(row));
        }
        onSelect?.(changed);
    }
    return (
        <div
            class={isNarrow ? 'data-table narrow' : 'data-table'}
            role="table"
            aria-label={label}
            aria-rowcount={rows.length + 1}
            onKeyDown={moveFocus}
        >
            <div class="header-row" role="row" aria-rowindex={1} style={isNarrow ? {} : { gridTemplateColumns: tracks }}>
                {canSelect ? (
                    <span role="columnheader" class="check">
                        <input
                            type="checkbox"
                            aria-label="Select all"
                            checked={isEverySelected}
                            onChange={(event) => selectEvery(event.currentTarget.checked)}
                        />
                    </span>
                ) : null}
                {shown.map((column) => {
                    const isSorted = sorting?.key === column.key;
                    const direction = isSorted ? (sorting.isDescending ? 'descending' : 'ascending') : 'none';
                    return (
                        <span
                            key={column.key}
                            role="columnheader"
                            class={column.isNumber ? 'number' : ''}
                            {...(column.canSort ? { 'aria-sort': direction } : {})}
                        >
                            {column.canSort && onSort !== undefined ? (
                                <button type="button" class="plain" onClick={() => sortBy(column)}>
                                    {column.title}
                                    <span aria-hidden="true">{{ ascending: ' ↑', descending: ' ↓', none: '' }[direction]}</span>
                                </button>
                            ) : (
                                column.title
                            )}
                        </span>
                    );
                })}
            </div>
            {rows.length === 0 ? (
                <div class="empty" role="row">
                    <div role="cell">{empty}</div>
                </div>
            ) : null}
            <div class="scrolled" ref={container} role="rowgroup" tabIndex={rows.length === 0 ? -1 : 0} aria-label={label}>
                <div class="sizer" role="presentation" style={{ height: `${rows.length * rowHeight}px` }}>
                    {rows.slice(first, end).map((row, offset) => {
                        const index = first + offset;
                        const key = keyOf(row);
                        return (
                            <div
                                key={key}
                                class="row"
                                role="row"
                                data-index={index}
                                aria-rowindex={index + 2}
                                {...(canSelect ? { 'aria-selected': selection.has(key) } : {})}
                                style={{
                                    transform: `translateY(${index * rowHeight}px)`,
                                    height: `${rowHeight}px`,
                                    ...(isNarrow ? {} : { gridTemplateColumns: tracks }),
                                }}
                            >
                                {canSelect ? (
                                    <span role="cell" class="check">
                                        <input
                                            type="checkbox"
                                            aria-label={`Select ${nameOf?.(row) ?? 'the row'}`}
                                            checked={selection.has(key)}
                                            onChange={(event) => select(row, event.currentTarget.checked)}
                                        />
                                    </span>
                                ) : null}
                                {shown.map((column) => (
                                    <span
                                        key={column.key}
                                        role="cell"
                                        class={`${column.narrow} ${column.isNumber ? 'number' : ''}`}
                                    >
                                        {column.cell(row)}
                                    </span>
                                ))}
                            </div>
                        );
                    })}
                </div>
            </div>
        </div>
    );
}
