/// The columns of the table of mitigations.

import type { Mitigation } from '../../../api/types';
import { StatusTag } from '../../../components/tags';
import { Time } from '../../../components/time';
import { ObjectLink } from '../register/object_link';
import type { RegisterColumn } from '../register/table_query';
import { mitigationStatuses } from './mitigation_kind';

export function Activity({ isActive }: { isActive: boolean }) {
    return (
        <span class={`tag ${isActive ? 'pass' : ''}`}>
            <span aria-hidden="true">{isActive ? '✓' : '–'}</span> {isActive ? 'Active' : 'Not active'}
        </span>
    );
}

/// What a mitigation covers, in a few words.
export function coverageWords({ threat_ids, element_id }: Mitigation): string {
    if (threat_ids.length > 0) return threat_ids.length === 1 ? '1 threat' : `${threat_ids.length} threats`;
    return element_id === null ? 'Nothing' : 'Its element';
}

const text = (value: string | null) => (value === null ? null : <bdi title={value}>{value}</bdi>);

export function mitigationColumns(product: number): readonly RegisterColumn<Mitigation>[] {
    return [
        {
            key: 'id', title: 'No.', width: '3.5rem', narrow: 'hidden', isUsual: true, canSort: true, isNumber: true,
            valueOf: ({ id }) => id,
            cell: ({ id }) => id,
        },
        {
            key: 'name', title: 'Mitigation', width: 'minmax(10rem, 3fr)', narrow: 'first', isUsual: true, canSort: true,
            valueOf: ({ name }) => name,
            cell: ({ id, name }) => <ObjectLink target={`/products/${product}/mitigations/${id}`} name={name} />,
        },
        {
            key: 'status', title: 'Status', width: '8rem', narrow: 'second', isUsual: true, canSort: true,
            valueOf: ({ status }) => mitigationStatuses.indexOf(status),
            cell: ({ status }) => <StatusTag status={status} />,
        },
        {
            key: 'active', title: 'Active', width: '7.5rem', narrow: 'hidden', isUsual: false, canSort: true,
            valueOf: ({ active }) => (active ? 1 : 0),
            cell: ({ active }) => <Activity isActive={active} />,
        },
        {
            key: 'links', title: 'Covers', width: '7rem', narrow: 'second', isUsual: true, canSort: true,
            valueOf: ({ threat_ids, element_id }) => (threat_ids.length > 0 ? threat_ids.length : element_id === null ? -1 : 0),
            cell: (mitigation) => coverageWords(mitigation),
        },
        {
            key: 'category', title: 'Category', width: 'minmax(6rem, 1fr)', narrow: 'hidden', isUsual: true, canSort: true,
            valueOf: ({ category }) => category,
            cell: ({ category }) => text(category),
        },
        {
            key: 'diagram', title: 'Diagram', width: 'minmax(6rem, 1fr)', narrow: 'hidden', isUsual: true, canSort: true,
            valueOf: ({ diagram }) => diagram,
            cell: ({ diagram }) => text(diagram),
        },
        {
            key: 'element_id', title: 'Element', width: 'minmax(6rem, 1fr)', narrow: 'hidden', isUsual: true, canSort: true,
            valueOf: ({ element_id }) => element_id,
            cell: ({ element_id }) => text(element_id),
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
