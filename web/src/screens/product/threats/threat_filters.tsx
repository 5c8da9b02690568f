/// Which threats the table shows. The choice is in the address.

import { useMemo } from 'preact/hooks';
import type { Threat } from '../../../api/types';
import { inWords, severities } from '../../../components/tags';
import { parameter, setQuery } from '../../../routing/location';
import { ChoiceMenu } from '../register/choice_menu';
import { SearchField } from '../register/search_field';
import { type RegisterColumn, chosenColumns, listParameter, setListParameter, textTest } from '../register/table_query';
import { threatStatuses } from './threat_kind';

const filterNames = ['severity', 'status', 'diagram', 'covered', 'q'] as const;
const haystacks = new WeakMap<Threat, string>();

const severityChoices = [...severities, 'unscored'].map((key) => ({ key, title: inWords(key) }));
const statusChoices = threatStatuses.map((key) => ({ key, title: inWords(key) }));

/// The values of the filters; a text, so that it can be compared.
export function threatFilter(): string {
    return JSON.stringify(filterNames.map((name) => parameter(name) ?? ''));
}

export function clearThreatFilter(): void {
    setQuery(Object.fromEntries(filterNames.map((name) => [name, undefined])), true);
}

export function isFiltered(filter: string): boolean {
    return (JSON.parse(filter) as string[]).some((value) => value !== '');
}

/// The threats that `filter` lets through.
export function filteredThreats(threats: readonly Threat[], filter: string): readonly Threat[] {
    if (!isFiltered(filter)) return threats;
    const [severity = '', status = '', diagram = '', covered = '', text = ''] = JSON.parse(filter) as string[];
    const wantedSeverities = severity.split(',');
    const wantedStatuses = status.split(',');
    const hasText = textTest<Threat>(text, haystacks, (threat) => [
        threat.name, threat.description, threat.element_id, threat.element_name, threat.comments, threat.external_id,
    ]);
    return threats.filter(
        (threat) =>
            (severity === '' || wantedSeverities.includes(threat.severity ?? 'unscored')) &&
            (status === '' || wantedStatuses.includes(threat.status)) &&
            (diagram === '' || threat.diagram === diagram) &&
            (covered === '' || String(threat.covered) === covered) &&
            hasText(threat),
    );
}

/// The different values of a field, sorted.
export function useDistinct<Row>(rows: readonly Row[], valueOf: (row: Row) => string | null): readonly string[] {
    return useMemo(() => [...new Set(rows.map(valueOf))].filter((value): value is string => value !== null).sort(), [rows]);
}

export function DiagramChoice({ diagrams }: { diagrams: readonly string[] }) {
    const current = parameter('diagram') ?? '';
    const all = current === '' || diagrams.includes(current) ? diagrams : [current, ...diagrams];
    return (
        <label>
            Diagram
            <select value={current} onChange={(event) => setQuery({ diagram: event.currentTarget.value }, true)}>
                <option value="">Any</option>
                {all.map((diagram) => (
                    <option key={diagram} value={diagram}>
                        {diagram}
                    </option>
                ))}
            </select>
        </label>
    );
}

export function ThreatFilters({ threats, columns, canChooseColumns }: {
    threats: readonly Threat[];
    columns: readonly RegisterColumn<Threat>[];
    canChooseColumns: boolean;
}) {
    const diagrams = useDistinct(threats, ({ diagram }) => diagram);
    return (
        <div class="toolbar" role="search" aria-label="Threats">
            <SearchField label="Search" />
            <ChoiceMenu
                label="Severity"
                none="Any"
                choices={severityChoices}
                chosen={listParameter('severity')}
                onChoose={(chosen) => setListParameter('severity', chosen)}
            />
            <ChoiceMenu
                label="Status"
                none="Any"
                choices={statusChoices}
                chosen={listParameter('status')}
                onChoose={(chosen) => setListParameter('status', chosen)}
            />
            <DiagramChoice diagrams={diagrams} />
            <label>
                Coverage
                <select value={parameter('covered') ?? ''} onChange={(event) => setQuery({ covered: event.currentTarget.value }, true)}>
                    <option value="">Any</option>
                    <option value="true">Covered</option>
                    <option value="false">Not covered</option>
                </select>
            </label>
            {canChooseColumns ? (
                <ChoiceMenu
                    label="Columns"
                    none="Usual"
                    choices={columns.map(({ key, title }) => ({ key, title }))}
                    chosen={chosenColumns(columns, listParameter('columns')).map(({ key }) => key)}
                    onChoose={(chosen) => setListParameter('columns', chosen)}
                />
            ) : null}
        </div>
    );
}
