/// Which mitigations the table shows. The choice is in the address.

import type { Mitigation } from '../../../api/types';
import { inWords } from '../../../components/tags';
import { parameter, setQuery } from '../../../routing/location';
import { ChoiceMenu } from '../register/choice_menu';
import { SearchField } from '../register/search_field';
import { type RegisterColumn, chosenColumns, listParameter, setListParameter, textTest } from '../register/table_query';
import { DiagramChoice, useDistinct } from '../threats/threat_filters';
import { mitigationStatuses } from './mitigation_kind';

const filterNames = ['status', 'diagram', 'q'] as const;
const haystacks = new WeakMap<Mitigation, string>();
const statusChoices = mitigationStatuses.map((key) => ({ key, title: inWords(key) }));

/// The values of the filters; a text, so that it can be compared.
export function mitigationFilter(): string {
    return JSON.stringify(filterNames.map((name) => parameter(name) ?? ''));
}

export function clearMitigationFilter(): void {
    setQuery(Object.fromEntries(filterNames.map((name) => [name, undefined])), true);
}

/// The mitigations that `filter` lets through.
export function filteredMitigations(mitigations: readonly Mitigation[], filter: string): readonly Mitigation[] {
    const [status = '', diagram = '', text = ''] = JSON.parse(filter) as string[];
    const wanted = status.split(',');
    const hasText = textTest<Mitigation>(text, haystacks, (mitigation) => [
        mitigation.name, mitigation.description, mitigation.element_id, mitigation.comments, mitigation.external_id,
    ]);
    return mitigations.filter(
        (mitigation) =>
            (status === '' || wanted.includes(mitigation.status)) && (diagram === '' || mitigation.diagram === diagram) && hasText(mitigation),
    );
}

export function MitigationFilters({ mitigations, columns, canChooseColumns }: {
    mitigations: readonly Mitigation[];
    columns: readonly RegisterColumn<Mitigation>[];
    canChooseColumns: boolean;
}) {
    const diagrams = useDistinct(mitigations, ({ diagram }) => diagram);
    return (
        <div class="toolbar" role="search" aria-label="Mitigations">
            <SearchField label="Search" />
            <ChoiceMenu
                label="Status"
                none="Any"
                choices={statusChoices}
                chosen={listParameter('status')}
                onChoose={(chosen) => setListParameter('status', chosen)}
            />
            <DiagramChoice diagrams={diagrams} />
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
