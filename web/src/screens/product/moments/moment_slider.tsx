/// All history as a slider: arrow keys go from day to day, Page Up and Page Down from change to change.

import { dayOf } from '../../../components/time';
import { momentText } from '../../../moment/moment_banner';
import { dayAfter, endOf, instantOf } from '../../../moment/instants';

interface MomentSliderProperties {
    start: number;
    now: number;
    /// Milliseconds since 1970 of the shown moment.
    value: number;
    moment: string | undefined;
    onDrag: (milliseconds: number) => void;
    /// undefined: now.
    onShow: (moment: string | undefined) => void;
    onStep: (direction: 1 | -1) => void;
}

export function MomentSlider({ start, now, value, moment, onDrag, onShow, onStep }: MomentSliderProperties) {
    function moveByDays(days: 1 | -1) {
        const today = dayOf(new Date(now));
        const day = dayAfter(moment === undefined ? today : endOf(moment).slice(0, 10), days);
        if (day >= today) onShow(undefined);
        else onShow(Date.parse(endOf(day)) < start ? instantOf(start + 1) : day);
    }

    function press(event: KeyboardEvent) {
        const action = {
            ArrowLeft: () => moveByDays(-1),
            ArrowDown: () => moveByDays(-1),
            ArrowRight: () => moveByDays(1),
            ArrowUp: () => moveByDays(1),
            PageDown: () => onStep(-1),
            PageUp: () => onStep(1),
            Home: () => onShow(instantOf(start + 1)),
            End: () => onShow(undefined),
        }[event.key];
        if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        action();
    }

    return (
        <input
            class="moment-slider"
            type="range"
            aria-label="Moment that is shown"
            aria-valuetext={moment === undefined ? 'now' : momentText(moment)}
            title="Arrow keys: day by day. Page Up and Page Down: change by change."
            min={start}
            max={now}
            step="any"
            value={value}
            onInput={(event) => onDrag(Number(event.currentTarget.value))}
            onKeyDown={press}
        />
    );
}
