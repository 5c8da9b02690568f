/// Threats as forms edit them.

import type { Threat, ThreatStatus } from '../../../api/types';
import { inWords } from '../../../components/tags';
import type { DescribedFields } from '../../../editing/conflict_choice';
import type { EditedKind, Values } from '../../../editing/draft';
import { scoreBody, scoreText, scoreWords } from './score';

export const threatStatuses: readonly ThreatStatus[] = ['identified', 'in_progress', 'mitigated', 'accepted', 'not_applicable'];

/// The server asks for the reason of these.
export function needsReason(status: string | undefined): boolean {
    return status === 'accepted' || status === 'not_applicable';
}

export const threatFields: DescribedFields = {
    name: { label: 'Name' },
    status: { label: 'Status', text: inWords },
    score: { label: 'Score', text: scoreWords },
    description: { label: 'Description' },
    category: { label: 'Category' },
    diagram: { label: 'Diagram' },
    element_id: { label: 'Element' },
    element_name: { label: 'Element name' },
    comments: { label: 'Comments' },
    external_id: { label: 'External id' },
};

export const newThreat: Values = {
    name: '',
    status: 'identified',
    score: '',
    description: '',
    category: '',
    diagram: '',
    element_id: '',
    element_name: '',
    comments: '',
    external_id: '',
};

export const threatKind: EditedKind<Threat> = {
    valuesOf: (threat) => ({
        name: threat.name,
        status: threat.status,
        score: scoreText(threat),
        description: threat.description ?? '',
        category: threat.category ?? '',
        diagram: threat.diagram ?? '',
        element_id: threat.element_id ?? '',
        element_name: threat.element_name ?? '',
        comments: threat.comments ?? '',
        external_id: threat.external_id ?? '',
    }),
    bodyOf: (changed) =>
        Object.assign(
            {},
            ...Object.entries(changed).map(([name, value]) => {
                if (name === 'score') return scoreBody(value);
                return { [name]: value === '' && name !== 'name' ? null : value };
            }),
        ) as Record<string, unknown>,
    fieldOf: (member) => (['severity', 'likelihood', 'impact'].includes(member) ? 'score' : member),
};
