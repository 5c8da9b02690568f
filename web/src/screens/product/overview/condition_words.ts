/// Conditions that are met, in words. Those that are not have sentences of the server.

import type { Condition } from '../../../api/types';

/// "high or above"
function severity({ severity: least }: Condition): string {
    if (least === undefined || least === 'low') return 'of any severity';
    return least === 'critical' ? 'of severity critical' : `of severity ${least} or above`;
}

const percent = (ratio: number) => `${Math.floor(ratio * 10_000) / 100} %`;

export function conditionWords(condition: Condition): string {
    const { rule, limit, actual } = condition;
    switch (rule) {
        case 'fail_on_critical':
            return `Critical threats: ${actual}, none allowed`;
        case 'fail_on_unmitigated_high':
            return `High or critical threats without active mitigation: ${actual}, none allowed`;
        case 'min_mitigation_ratio':
            return `Mitigated threats: ${percent(actual)}, at least ${percent(limit)} required`;
        case 'fail_on_unscored':
            return `Threats without a severity: ${actual}, none allowed`;
        case 'min_threats':
            return `Threats on record: ${actual}, at least ${limit} required`;
        case 'max_threats':
            return `Threats ${severity(condition)}: ${actual}, at most ${limit} allowed`;
        case 'max_unmitigated':
            return `Threats ${severity(condition)} without active mitigation: ${actual}, at most ${limit} allowed`;
        case 'max_unscored':
            return `Threats without a severity: ${actual}, at most ${limit} allowed`;
        case 'max_open_days':
            return `Days that the oldest threat ${severity(condition)} has been open: ${actual}, at most ${limit} allowed`;
        case 'max_accepted':
            return `Accepted risks: ${actual}, at most ${limit} allowed`;
        case 'max_days_since_review':
            return `Days since the last review: ${actual}, at most ${limit} allowed`;
    }
}
