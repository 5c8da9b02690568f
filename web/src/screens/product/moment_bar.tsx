/// Chooses the moment that the screen shows, in a chart of the product's history.

import { useEffect, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import { asProblem } from '../../api/problem';
import { type Resource, useResource } from '../../api/resource';
import type { SecurityStatus } from '../../api/types';
import { useNarrow, wasNarrowAtFirst } from '../../components/narrow';
import { notify } from '../../components/notices';
import { ResourceNote } from '../../components/problem_note';
import { inWords } from '../../components/tags';
import { dayOf, dayText } from '../../components/time';
import { asOf, showMoment } from '../../moment/moment';
import { instantOf, millisecondsOf } from '../../moment/instants';
import { MomentForm } from './moments/moment_form';
import { MomentSlider } from './moments/moment_slider';
import { Pacer } from './moments/pacer';
import { PostureChart, bands } from './moments/posture_chart';
import { type Timeline, nextChange, previousChange, readTimeline } from './moments/timeline';
import { TimelineTable } from './moments/timeline_table';

const dayLength = 86_400_000;
/// Over such a history a dragged moment is the end of a day.
const daysMatterFrom = 60 * dayLength;

/// Stays as it is from product to product. At first a small screen has no room for the chart above
/// the verdict.
const isChartShown = signal(!wasNarrowAtFirst);

/// The moment at a place of the chart; undefined: now.
function momentAt(milliseconds: number, start: number, now: number): string | undefined {
    if (milliseconds >= now - (now - start) / 500) return undefined;
    if (now - start < daysMatterFrom) return instantOf(Math.max(Math.round(milliseconds), start + 1));
    const day = dayOf(new Date(milliseconds));
    return day === dayOf(new Date(now)) ? undefined : day;
}

function Legend() {
    return (
        <p class="chart-legend" aria-hidden="true">
            {bands.map((band) => (
                <span key={band}>
                    <svg viewBox="0 0 10 10">
                        <rect class={`fill-${band}`} width="10" height="10" rx="2" />
                    </svg>
                    {inWords(band)}
                </span>
            ))}
            <span>
                <svg viewBox="0 0 10 10">
                    <path class="dashes" d="M0 5h4M6 5h4" />
                </svg>
                Mitigated
            </span>
        </p>
    );
}

function History({ timeline, status }: { timeline: Timeline; status: Resource<SecurityStatus> }) {
    const moment = asOf.value;
    const isNarrow = useNarrow();
    const [pacer] = useState(() => new Pacer(() => status.isLoading.peek()));
    const [dragged, setDragged] = useState<number>();
    useEffect(() => () => pacer.stop(), []);
    useEffect(() => setDragged(undefined), [moment]);
    const { points, now } = timeline;
    const first = points[0];
    if (first === undefined) return null;
    const start = Date.parse(first.at);
    const place = dragged ?? (moment === undefined ? now : millisecondsOf(moment));
    const value = Number.isNaN(place) ? now : Math.min(Math.max(place, start), now);

    function drag(milliseconds: number) {
        setDragged(milliseconds);
        pacer.show(momentAt(milliseconds, start, now));
    }

    function show(shown: string | undefined) {
        pacer.stop();
        showMoment(shown, true);
    }

    async function step(direction: 1 | -1) {
        const from = moment ?? instantOf(now);
        try {
            const found = direction === -1 ? await previousChange(timeline, from) : await nextChange(timeline, from);
            if (found !== undefined || (direction === 1 && moment !== undefined)) show(found);
            else notify(direction === 1 ? 'This is now: there is no later change.' : 'There is no change before this moment.');
        } catch (thrown) {
            notify(asProblem(thrown)?.message ?? 'The request was cancelled.', true);
        }
    }

    const shown = isChartShown.value;
    return (
        <>
            <div class="moment-controls">
                <MomentForm start={start} now={now} />
                <div class="actions">
                    <button type="button" onClick={() => void step(-1)}>
                        <span aria-hidden="true">←</span>
                        <span>
                            Previous<span class="on-wide"> change</span>
                        </span>
                    </button>
                    <button type="button" onClick={() => void step(1)}>
                        <span>
                            Next<span class="on-wide"> change</span>
                        </span>
                        <span aria-hidden="true">→</span>
                    </button>
                    <button type="button" aria-expanded={shown} onClick={() => (isChartShown.value = !shown)}>
                        {shown ? 'Hide chart' : 'Show chart'}
                    </button>
                </div>
            </div>
            {shown ? (
                <>
                    <Legend />
                    <PostureChart
                        points={points}
                        end={now}
                        moment={value}
                        height={isNarrow ? 96 : 132}
                        label={`Threats by severity since ${dayText(first.at)}; the numbers are in the table below.`}
                        onChoose={drag}
                    />
                </>
            ) : null}
            <MomentSlider
                start={start}
                now={now}
                value={value}
                moment={moment}
                onDrag={drag}
                onShow={show}
                onStep={(direction) => void step(direction)}
            />
            {shown ? <TimelineTable timeline={timeline} /> : null}
        </>
    );
}

export function MomentBar({ id, revision, status }: { id: number; revision: number; status: Resource<SecurityStatus> }) {
    const timeline = useResource((signal) => readTimeline(id, signal), [id, revision]);
    const data = timeline.data.value;
    // The screen itself says that the product does not exist.
    if (timeline.problem.value?.status === 404) return null;
    return (
        <section class="moment-bar" aria-label="History">
            {timeline.problem.value?.status === 404 ? null : <ResourceNote of={timeline} what="the history" />}
            {data?.product === id ? <History timeline={data} status={status} /> : null}
        </section>
    );
}
