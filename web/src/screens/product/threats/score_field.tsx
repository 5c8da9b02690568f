/// How severe a threat is: from likelihood and impact, as a severity alone, or not known yet.

import { useState } from 'preact/hooks';
import type { Threat } from '../../../api/types';
import { SeverityTag, inWords, severities } from '../../../components/tags';
import type { Draft } from '../../../editing/draft';
import { cellOf, scoreWords, severityOf, textOfCell } from './score';
import { ScoreMatrix } from './score_matrix';
import { useUniqueId } from '../../../components/unique_id';

const ways = [
    ['matrix', 'Likelihood × impact'],
    ['alone', 'Severity alone'],
    ['unscored', 'Not scored yet'],
] as const;

type Way = (typeof ways)[number][0];

function wayOf(score: string): Way {
    if (score === '') return 'unscored';
    return cellOf(score) === undefined ? 'alone' : 'matrix';
}

export function ScoreField({ draft }: { draft: Draft<Threat> }) {
    const group = useUniqueId();
    const score = draft.values.value['score'] ?? '';
    const [wanted, setWanted] = useState<Way>(draft.isNew && score === '' ? 'matrix' : wayOf(score));
    // A conflict that was settled may have brought another kind of score.
    const way = score === '' ? wanted : wayOf(score);
    const cell = cellOf(score);
    const fault = draft.failure.value.faults.get('score');

    function choose(next: Way) {
        setWanted(next);
        const before = draft.before['score'] ?? '';
        if (next === wayOf(score)) return;
        // Coming back to the way it was scored brings back its score.
        if (next === wayOf(before)) draft.set('score', before);
        else draft.set('score', next === 'alone' && cell !== undefined ? severityOf(cell) : '');
    }
    return (
        <fieldset class="score-field">
            <legend>Score</legend>
            <div class="ways">
                {ways.map(([key, title]) => (
                    <label key={key} class="check-label">
                        <input type="radio" name={group} checked={way === key} onChange={() => choose(key)} />
                        {title}
                    </label>
                ))}
            </div>
            {way === 'matrix' ? <ScoreMatrix chosen={cell} onChoose={(chosen) => draft.set('score', textOfCell(chosen))} /> : null}
            {way === 'alone' ? (
                <label>
                    Severity
                    <select value={score} onChange={(event) => draft.set('score', event.currentTarget.value)}>
                        <option value="">Choose…</option>
                        {severities.map((severity) => (
                            <option key={severity} value={severity}>
                                {inWords(severity)}
                            </option>
                        ))}
                    </select>
                </label>
            ) : null}
            <p class="outcome" role="status">
                <SeverityTag severity={cell === undefined ? score || null : severityOf(cell)} /> {score === '' ? null : <span class="hint">{scoreWords(score)}</span>}
            </p>
            {fault === undefined ? null : <p class="fault">{fault}</p>}
        </fieldset>
    );
}
