/// Says on every screen that the past is shown, and leads back.

import { asOf, showMoment } from './moment';
import { dayText, instantText } from '../components/time';

/// "2026-09-30" means the end of that day.
export function momentText(moment: string): string {
    return /^\d{4}-\d{2}-\d{2}$/.test(moment) ? `the end of ${dayText(moment)} (UTC)` : instantText(moment);
}

export function MomentBanner() {
    const moment = asOf.value;
    if (moment === undefined) return null;
    return (
        <p class="moment-banner" role="status">
            <span>
                You see everything as of <strong><bdi>{momentText(moment)}</bdi></strong>. The past cannot be changed.
            </span>
            <button type="button" onClick={() => showMoment(undefined)}>
                Back to now
            </button>
        </p>
    );
}
