/// A day, or a day and a time, that a person types: both in UTC.

import { useEffect, useState } from 'preact/hooks';
import { dayOf, dayText, instantText } from '../../../components/time';
import { useUniqueId } from '../../../components/unique_id';
import { asOf, showMoment } from '../../../moment/moment';
import { endOf, isDay } from '../../../moment/instants';

interface MomentFormProperties {
    /// Milliseconds since 1970: the registration of the product, and now.
    start: number;
    now: number;
}

interface Draft {
    day: string;
    time: string;
}

function draftOf(moment: string | undefined): Draft {
    if (moment === undefined) return { day: '', time: '' };
    if (isDay(moment)) return { day: moment, time: '' };
    const instant = endOf(moment);
    return { day: instant.slice(0, 10), time: instant.slice(11, 19) };
}

/// undefined: now. Without a time a day means its end.
function momentOf({ day, time }: Draft): string | undefined {
    if (day === '') return undefined;
    return time === '' ? day : `${day}T${time.length === 5 ? `${time}:00` : time}Z`;
}

export function MomentForm({ start, now }: MomentFormProperties) {
    const moment = asOf.value;
    const [draft, setDraft] = useState(draftOf(moment));
    const [fault, setFault] = useState<string>();
    const faultId = useUniqueId();
    useEffect(() => {
        setDraft(draftOf(moment));
        setFault(undefined);
    }, [moment]);

    function faultOf(typed: Draft): string | undefined {
        const wanted = momentOf(typed);
        if (wanted === undefined) return typed.time === '' ? undefined : 'Give the day, too.';
        const registered = new Date(start);
        if (Date.parse(endOf(wanted)) < start) return `The product was registered on ${instantText(registered)}.`;
        if (isDay(wanted) ? wanted > dayOf(new Date(now)) : Date.parse(wanted) > now) return 'This is in the future.';
        return undefined;
    }

    // What is not finished, such as the year 2, is not shown; it is a fault when the person is done.
    function type(changed: Draft) {
        setDraft(changed);
        setFault(undefined);
        const wanted = momentOf(changed);
        if (faultOf(changed) === undefined && wanted !== momentOf(draftOf(moment))) showMoment(wanted);
    }

    const described = fault === undefined ? {} : { 'aria-describedby': faultId, 'aria-invalid': true };
    return (
        <form
            class="moment-form"
            aria-label="Moment"
            noValidate
            onSubmit={(event) => {
                event.preventDefault();
                setFault(faultOf(draft));
            }}
            onFocusOut={() => setFault(faultOf(draft))}
        >
            <label>
                As of{' '}
                <input
                    type="date"
                    value={draft.day}
                    min={dayOf(new Date(start))}
                    max={dayOf(new Date(now))}
                    {...described}
                    title={`From ${dayText(new Date(start))} until today; a day means its end in UTC`}
                    onInput={(event) => type({ ...draft, day: event.currentTarget.value })}
                />
            </label>
            <label>
                Time (UTC){' '}
                <input
                    type="time"
                    step={1}
                    value={draft.time}
                    {...described}
                    onInput={(event) => type({ ...draft, time: event.currentTarget.value })}
                />
            </label>
            <button type="submit" class="hidden-visually" tabIndex={-1}>
                Show this moment
            </button>
            {fault === undefined ? null : (
                <p id={faultId} class="fault" role="alert">
                    {fault}
                </p>
            )}
        </form>
    );
}
