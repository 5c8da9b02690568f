/// Threats by severity over time, stacked, and how many of them are mitigated. A click or a drag
/// chooses a moment.

import { useEffect, useRef } from 'preact/hooks';
import { signal } from '@preact/signals';
import uPlot from 'uplot';
import type { TimelinePoint } from '../../../api/types';
import { severities } from '../../../components/tags';
import { timeLabels } from './chart_time';

export const bands = [...severities, 'unscored'] as const;

interface PostureChartProperties {
    points: readonly TimelinePoint[];
    /// Milliseconds since 1970: the end of the time axis, and the moment that is marked.
    end: number;
    moment: number;
    height: number;
    label: string;
    onChoose: (milliseconds: number) => void;
}

const scheme = matchMedia('(prefers-color-scheme: dark)');
const isDark = signal(scheme.matches);
scheme.addEventListener('change', () => (isDark.value = scheme.matches));

/// The colour that a token of the stylesheet has now, as a canvas understands it.
function colorOf(token: string): string {
    const probe = document.createElement('span');
    probe.style.color = `var(${token})`;
    document.body.append(probe);
    const color = getComputedStyle(probe).color;
    probe.remove();
    return color;
}

/// Times in seconds, the counts of mitigated threats, and the sums of the bands from the bottom up to
/// each one, the highest sum first, so that it is drawn behind the others.
function stack(points: readonly TimelinePoint[], end: number): uPlot.AlignedData {
    const last = points[points.length - 1];
    const shown = last === undefined ? [] : [...points, last];
    const times = shown.map(({ at }, index) => (index === points.length ? end : Date.parse(at)) / 1_000);
    const sums = bands.map((_, top) =>
        shown.map(({ summary }) => bands.slice(0, top + 1).reduce((sum, band) => sum + summary.by_severity[band], 0)),
    );
    return [times, ...sums.reverse(), shown.map(({ summary }) => summary.mitigated_threats)];
}

/// Seconds from label to label of the time axis. From 30 days on, uPlot puts them at the beginning of
/// months, from 365 on at that of years.
const daySteps = [1, 2, 3, 7, 14, 30, 60, 90, 120, 180, 365, 730, 1_825, 3_650];
const timeSteps = [1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, ...daySteps.map((days) => days * 86_400)];

function optionsFor(width: number, height: number): uPlot.Options {
    const paths = uPlot.paths.stepped?.({ align: 1 });
    const stepped = paths === undefined ? {} : { paths };
    const text = colorOf('--muted');
    const axis: uPlot.Axis = {
        stroke: text,
        font: `12px ${getComputedStyle(document.body).fontFamily}`,
        grid: { stroke: colorOf('--line'), width: 1 },
        ticks: { show: false },
    };
    return {
        width,
        height,
        padding: [8, 28, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
        scales: { y: { range: (_, __, most) => [0, Math.max(4, Math.ceil(most * 1.08))] } },
        axes: [
            { ...axis, size: 24, gap: 4, space: 72, incrs: timeSteps, grid: { show: false }, values: (_, splits, __, ___, step) => timeLabels(splits, step) },
            { ...axis, size: 34, gap: 4, space: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000] },
        ],
        series: [
            {},
            ...[...bands].reverse().map((band) => ({ ...stepped, fill: colorOf(`--${band}-fill`), width: 0, points: { show: false } })),
            { ...stepped, stroke: colorOf('--text'), width: 1.5, dash: [5, 3], points: { show: false } },
        ],
    };
}

export function PostureChart({ points, end, moment, height, label, onChoose }: PostureChartProperties) {
    const container = useRef<HTMLDivElement>(null);
    const chart = useRef<uPlot>();
    const line = useRef<HTMLDivElement>();
    const latest = useRef({ moment, onChoose, data: [] as unknown as uPlot.AlignedData });
    const data = stack(points, end);
    latest.current = { moment, onChoose, data };
    const dark = isDark.value;

    function placeLine() {
        if (chart.current === undefined || line.current === undefined) return;
        const { min, max } = chart.current.scales['x'] ?? {};
        if (min === undefined || max === undefined) return;
        const seconds = Math.min(Math.max(latest.current.moment / 1_000, min), max);
        line.current.style.transform = `translateX(${chart.current.valToPos(seconds, 'x')}px)`;
    }

    useEffect(() => {
        const element = container.current;
        if (element === null) return undefined;
        const plot = new uPlot(optionsFor(element.clientWidth, height), latest.current.data, element);
        const mark = document.createElement('div');
        mark.className = 'moment-line';
        plot.over.append(mark);
        chart.current = plot;
        line.current = mark;
        // The scales are set a little after the data.
        plot.hooks.draw = [placeLine];
        const choose = (event: PointerEvent) => {
            const { left, width } = plot.over.getBoundingClientRect();
            const seconds = plot.posToVal(Math.min(Math.max(event.clientX - left, 0), width), 'x');
            latest.current.onChoose(seconds * 1_000);
        };
        plot.over.addEventListener('pointerdown', (event) => {
            if (event.button !== 0) return;
            plot.over.setPointerCapture(event.pointerId);
            choose(event);
        });
        plot.over.addEventListener('pointermove', (event) => {
            if (plot.over.hasPointerCapture(event.pointerId)) choose(event);
        });
        const observer = new ResizeObserver(() => {
            if (element.clientWidth > 0 && element.clientWidth !== plot.width) plot.setSize({ width: element.clientWidth, height });
        });
        observer.observe(element);
        return () => {
            observer.disconnect();
            plot.destroy();
            chart.current = undefined;
        };
    }, [dark, height]);
    useEffect(() => chart.current?.setData(latest.current.data), [points, end]);
    useEffect(placeLine, [moment]);
    return <div ref={container} class="posture-chart" role="img" aria-label={label} />;
}
