/// The columns of the table of threats.

import type { Threat } from '../../../api/types';
import { SeverityTag, StatusTag, severities } from '../../../components/tags';
import { Time } from '../../../components/time';
import { ObjectLink } from '../register/object_link';
import type { RegisterColumn } from '../register/table_query';
import { threatStatuses } from './threat_kind';

export function elementOf({ element_name, element_id }: { element_name?: string | null; element_id: string | null }): string | null {
    return element_name ?? element_id;
}

export function Coverage({ threat }: { threat: Threat }) {
    return (
        <span class={`tag ${threat.covered ? 'pass' : ''}`}>
            <span aria-hidden="true">{threat.covered ? '✓' : '–'}</span> {threat.covered ? 'Covered' : 'Not covered'}
        </span>
    );
}

const text = (value: string | null) => (value === null ? null : <bdi title={value}>{value}</bdi>);

export function threatColumns(product: number): readonly RegisterColumn<Threat>[] {
    return [
        {
            key: 'id', title: 'No.', width: '3.5rem', narrow: 'hidden', isUsual: true, canSort: true, isNumber: true,
            valueOf: ({ id }) => id,
            cell: ({ id }) => id,
        },
        {
            key: 'name', title: 'Threat', width: 'minmax(10rem, 3fr)', narrow: 'first', isUsual: true, canSort: true,
            valueOf: ({ name }) => name,
            cell: ({ id, name }) => <ObjectLink target={`/products/${product}/threats/${id}`} name={name} />,
        },
        {
            key: 'severity', title: 'Severity', width: '7rem', narrow: 'second', isUsual: true, canSort: true,
            valueOf: ({ severity }) => (severity === null ? null : severities.indexOf(severity)),
            cell: ({ severity }) => <SeverityTag severity={severity} />,
        },
        {
            key: 'risk_score', title: 'Risk score', width: '5.5rem', narrow: 'hidden', isUsual: false, canSort: true, isNumber: true,
            valueOf: ({ risk_score }) => risk_score,
            cell: ({ risk_score }) => risk_score,
        },
        {
            key: 'likelihood', title: 'Likelihood', width: '5.5rem', narrow: 'hidden', isUsual: false, canSort: true, isNumber: true,
            valueOf: ({ likelihood }) => likelihood,
            cell: ({ likelihood }) => likelihood,
        },
        {
            key: 'impact', title: 'Impact', width: '5rem', narrow: 'hidden', isUsual: false, canSort: true, isNumber: true,
            valueOf: ({ impact }) => impact,
            cell: ({ impact }) => impact,
        },
        {
            key: 'status', title: 'Status', width: '8rem', narrow: 'second', isUsual: true, canSort: true,
            valueOf: ({ status }) => threatStatuses.indexOf(status),
            cell: ({ status }) => <StatusTag status={status} />,
        },
        {
            key: 'covered', title: 'Coverage', width: '8rem', narrow: 'second', isUsual: true, canSort: true,
            valueOf: ({ covered }) => (covered ? 1 : 0),
            cell: (threat) => <Coverage threat={threat} />,
        },
        {
            key: 'covered_by', title: 'Mitigations', width: '6rem', narrow: 'hidden', isUsual: false, canSort: true, isNumber: true,
            valueOf: ({ covered_by, covered_by_count }) => covered_by_count ?? covered_by.length,
            cell: ({ covered_by, covered_by_count }) => covered_by_count ?? covered_by.length,
        },
        {
            key: 'category', title: 'Category', width: 'minmax(6rem, 1fr)', narrow: 'hidden', isUsual: false, canSort: true,
            valueOf: ({ category }) => category,
            cell: ({ category }) => text(category),
        },
        {
            key: 'diagram', title: 'Diagram', width: 'minmax(6rem, 1fr)', narrow: 'hidden', isUsual: true, canSort: true,
            valueOf: ({ diagram }) => diagram,
            cell: ({ diagram }) => text(diagram),
        },
        {
            key: 'element', title: 'Element', width: 'minmax(6rem, 1fr)', narrow: 'hidden', isUsual: true, canSort: true,
            valueOf: elementOf,
            cell: (threat) => text(elementOf(threat)),
        },
        {
            key: 'external_id', title: 'External id', width: 'minmax(6rem, 1fr)', narrow: 'hidden', isUsual: false, canSort: true,
            valueOf: ({ external_id }) => external_id,
            cell: ({ external_id }) => text(external_id),
        },
        {
            key: 'updated_at', title: 'Changed', width: '7rem', narrow: 'hidden', isUsual: true, canSort: true,
            valueOf: ({ updated_at }) => updated_at,
            cell: ({ updated_at }) => <Time at={updated_at} form="day" />,
        },
        {
            key: 'created_at', title: 'Recorded', width: '7rem', narrow: 'hidden', isUsual: false, canSort: true,
            valueOf: ({ created_at }) => created_at,
            cell: ({ created_at }) => <Time at={created_at} form="day" />,
        },
    ];
}
