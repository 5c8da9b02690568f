/// The acceptances of all products that the person may see.

import { api } from '../../api/client';
import { allOf } from '../../api/pages';
import type { Acceptance } from '../../api/types';
import { dayOf } from '../../components/time';
import { atMoment, endOfMoment } from '../../moment/moment';

const soonDays = 30;
const dayMilliseconds = 86_400_000;
const atOnce = 1_000;

export interface Inbox {
    /// Requests that nobody has decided on; the oldest first.
    waiting: Acceptance[];
    /// In force, and ending within 30 days; the soonest first.
    ending: Acceptance[];
    /// The newest first.
    others: Acceptance[];
}

const time = (acceptance: Acceptance) => Date.parse(acceptance.requested.at);

/// Reads them as of a moment; undefined: now.
export async function readInbox(moment: string | undefined, signal: AbortSignal): Promise<Inbox> {
    const all = await allOf(api.GET('/api/acceptances', { params: { query: { ...atMoment(moment), limit: atOnce } }, signal }), signal);
    const lastSoon = dayOf(new Date(endOfMoment(moment) + soonDays * dayMilliseconds));
    const inbox: Inbox = { waiting: [], ending: [], others: [] };
    for (const acceptance of all) {
        if (acceptance.state === 'requested') inbox.waiting.push(acceptance);
        else if (acceptance.in_force && acceptance.valid_until <= lastSoon) inbox.ending.push(acceptance);
        else inbox.others.push(acceptance);
    }
    inbox.waiting.sort((a, b) => time(a) - time(b));
    inbox.ending.sort((a, b) => Date.parse(a.ends_at) - Date.parse(b.ends_at));
    inbox.others.sort((a, b) => time(b) - time(a));
    return inbox;
}
