/// Mitigations as forms edit them.

import type { Mitigation, MitigationStatus } from '../../../api/types';
import { inWords } from '../../../components/tags';
import type { DescribedFields } from '../../../editing/conflict_choice';
import type { EditedKind, Values } from '../../../editing/draft';

export const mitigationStatuses: readonly MitigationStatus[] = ['proposed', 'implemented', 'verified', 'retired'];

/// Ids as a field of a form: "3,7".
export function idsText(ids: readonly number[]): string {
    return [...ids].sort((a, b) => a - b).join(',');
}

export function idsOf(text: string): number[] {
    return text
        .split(',')
        .filter((id) => /^[0-9]+$/.test(id))
        .map(Number);
}

export const mitigationFields: DescribedFields = {
    name: { label: 'Name' },
    status: { label: 'Status', text: inWords },
    threat_ids: {
        label: 'Linked threats',
        text: (ids) => (ids === '' ? '(none)' : idsOf(ids).join(', ')),
    },
    description: { label: 'Description' },
    category: { label: 'Category' },
    diagram: { label: 'Diagram' },
    element_id: { label: 'Element' },
    comments: { label: 'Comments' },
    external_id: { label: 'External id' },
};

export const newMitigation: Values = {
    name: '',
    status: 'proposed',
    threat_ids: '',
    description: '',
    category: '',
    diagram: '',
    element_id: '',
    comments: '',
    external_id: '',
};

export const mitigationKind: EditedKind<Mitigation> = {
    valuesOf: (mitigation) => ({
        name: mitigation.name,
        status: mitigation.status,
        threat_ids: idsText(mitigation.threat_ids),
        description: mitigation.description ?? '',
        category: mitigation.category ?? '',
        diagram: mitigation.diagram ?? '',
        element_id: mitigation.element_id ?? '',
        comments: mitigation.comments ?? '',
        external_id: mitigation.external_id ?? '',
    }),
    bodyOf: (changed) =>
        Object.fromEntries(
            Object.entries(changed).map(([name, value]) => {
                if (name === 'threat_ids') return [name, idsOf(value)];
                return [name, value === '' && name !== 'name' ? null : value];
            }),
        ),
    fieldOf: (member) => member,
};
