/// What a token of each role may do.

import type { Role } from '../../../api/types';

export const roles: readonly { role: Role; may: string }[] = [
    { role: 'gate', may: 'Ask the gate and download reports: what a pipeline needs.' },
    { role: 'auditor', may: 'Read everything about its products, also as of a day in the past.' },
    { role: 'editor', may: 'Also write threats and mitigations, request acceptances, and record reviews.' },
    { role: 'approver', may: 'Read what an auditor reads, and decide on acceptances. Give each person one of their own.' },
    { role: 'admin', may: 'Everything, for all products: also products, policies, tokens and backups.' },
    { role: 'monitor', may: 'Read the metrics of the server, and nothing else.' },
    { role: 'badge', may: 'Show the badge of its products, and nothing else.' },
];
