/// Likelihood × impact as a grid of 25 cells. Arrow keys go from cell to cell, Enter or Space chooses.

import { useRef, useState } from 'preact/hooks';
import { inWords, severityMark } from '../../../components/tags';
import { type Cell, levels, severityOf } from './score';
import { useUniqueId } from '../../../components/unique_id';

const likelihoods = [...levels].reverse();

function isSame(a: Cell | undefined, b: Cell): boolean {
    return a?.likelihood === b.likelihood && a.impact === b.impact;
}

export function ScoreMatrix({ chosen, onChoose }: { chosen: Cell | undefined; onChoose: (cell: Cell) => void }) {
    const grid = useRef<HTMLDivElement>(null);
    const hintId = useUniqueId();
    const [focused, setFocused] = useState<Cell>(chosen ?? { likelihood: 1, impact: 1 });

    function move(event: KeyboardEvent) {
        const step: [number, number] | undefined = {
            ArrowUp: [1, 0],
            ArrowDown: [-1, 0],
            ArrowRight: [0, 1],
            ArrowLeft: [0, -1],
            Home: [0, -4],
            End: [0, 4],
        }[event.key] as [number, number] | undefined;
        if (step === undefined) return;
        event.preventDefault();
        const within = (level: number) => Math.min(5, Math.max(1, level));
        const next = { likelihood: within(focused.likelihood + step[0]), impact: within(focused.impact + step[1]) };
        setFocused(next);
        grid.current?.querySelector<HTMLElement>(`[data-cell="${next.likelihood}x${next.impact}"]`)?.focus();
    }
    return (
        <div class="matrix-frame">
            <span class="axis likelihood" aria-hidden="true">
                Likelihood
            </span>
            <div ref={grid} class="matrix" role="grid" aria-label="Likelihood and impact" aria-describedby={hintId} onKeyDown={move}>
                {likelihoods.map((likelihood) => (
                    <div key={likelihood} role="row" class="matrix-row">
                        <span role="rowheader" class="level" aria-label={`Likelihood ${likelihood}`}>
                            {likelihood}
                        </span>
                        {levels.map((impact) => {
                            const cell = { likelihood, impact };
                            const severity = severityOf(cell);
                            const isChosen = isSame(chosen, cell);
                            return (
                                <span key={impact} role="gridcell" aria-selected={isChosen}>
                                    <button
                                        type="button"
                                        class={`cell ${severity}`}
                                        data-cell={`${likelihood}x${impact}`}
                                        aria-label={`Likelihood ${likelihood}, impact ${impact}: ${likelihood * impact}, ${inWords(severity)}`}
                                        aria-pressed={isChosen}
                                        tabIndex={isSame(focused, cell) ? 0 : -1}
                                        onFocus={() => setFocused(cell)}
                                        onClick={() => onChoose(cell)}
                                    >
                                        <span aria-hidden="true">{severityMark(severity)}</span>
                                        {likelihood * impact}
                                    </button>
                                </span>
                            );
                        })}
                    </div>
                ))}
                <div role="row" class="matrix-row">
                    <span role="presentation" class="level" />
                    {levels.map((impact) => (
                        <span key={impact} role="columnheader" class="level" aria-label={`Impact ${impact}`}>
                            {impact}
                        </span>
                    ))}
                </div>
            </div>
            <span class="axis impact" aria-hidden="true">
                Impact
            </span>
            <p id={hintId} class="hint">
                Arrow keys move, Enter chooses. From 20 on critical, from 12 on high, from 6 on medium.
            </p>
        </div>
    );
}
