/// Which threats are behind a condition.

import { api, dataOf } from '../../../api/client';
import { asProblem } from '../../../api/problem';
import type { Condition, Severity, Threat } from '../../../api/types';
import { severities } from '../../../components/tags';
import { atMoment } from '../../../moment/moment';
import { momentRests } from '../../../moment/rest';

/// Filters of a list of threats, as the API and the address of the register have them.
export interface ThreatFilter {
    severity?: string;
    status?: string;
    covered?: 'true' | 'false';
}

export interface ConditionThreats {
    threats: Threat[];
    /// There are more.
    isCut: boolean;
}

const counted = 'identified,in_progress,mitigated,accepted';
const open = 'identified,in_progress,accepted';
const shownMax = 20;

function fromSeverity(least: Severity | undefined): string {
    return severities.slice(0, severities.indexOf(least ?? 'low') + 1).join(',');
}

/// undefined: the condition is not about single threats.
export function filterOf(condition: Condition): ThreatFilter | undefined {
    switch (condition.rule) {
        case 'fail_on_critical':
            return { severity: 'critical', status: counted };
        case 'fail_on_unmitigated_high':
            return { severity: 'critical,high', status: open, covered: 'false' };
        case 'min_mitigation_ratio':
            return { status: open };
        case 'fail_on_unscored':
        case 'max_unscored':
            return { severity: 'unscored', status: counted };
        case 'max_threats':
            return { severity: fromSeverity(condition.severity), status: counted };
        case 'max_unmitigated':
        case 'max_open_days':
            return { severity: fromSeverity(condition.severity), status: open, covered: 'false' };
        default:
            return undefined;
    }
}

export function isAboutThreats(condition: Condition): boolean {
    return condition.threat_ids !== undefined || filterOf(condition) !== undefined;
}

/// Those that the answer names, or those that its filter finds.
export async function readThreats(product: number, condition: Condition, signal: AbortSignal): Promise<ConditionThreats> {
    await momentRests(signal);
    const ids = condition.threat_ids;
    if (ids !== undefined) {
        const threats = await Promise.all(
            ids.map(async (id) => {
                try {
                    return await dataOf(
                        api.GET('/api/products/{product_id}/threats/{threat_id}', {
                            params: { path: { product_id: product, threat_id: id }, query: atMoment() },
                            signal,
                        }),
                    );
                } catch (thrown) {
                    // Removed since the verdict was asked for; the next one will not name it.
                    if (asProblem(thrown)?.status === 404) return undefined;
                    throw thrown;
                }
            }),
        );
        return { threats: threats.filter((threat) => threat !== undefined), isCut: ids.length >= shownMax };
    }
    const threats = await dataOf(
        api.GET('/api/products/{product_id}/threats', {
            params: { path: { product_id: product }, query: { ...filterOf(condition), ...atMoment(), limit: shownMax + 1 } },
            signal,
        }),
    );
    return { threats: threats.slice(0, shownMax), isCut: threats.length > shownMax };
}
