/// Chooses acceptances by their state, which is in the address.

import { useMemo } from 'preact/hooks';
import type { Acceptance } from '../../api/types';
import { parameter, setQuery } from '../../routing/location';
import { inWords } from '../tags';
import { acceptanceStates, stateMeanings } from './acceptance_words';

/// The acceptances in the state of the address, or all.
export function useStateFilter(acceptances: readonly Acceptance[]): readonly Acceptance[] {
    const state = parameter('state');
    return useMemo(() => (state === undefined ? acceptances : acceptances.filter((one) => one.state === state)), [acceptances, state]);
}

export function StateFilter({ acceptances }: { acceptances: readonly Acceptance[] }) {
    const chosen = parameter('state') ?? '';
    const count = (state: string) => acceptances.filter((one) => one.state === state).length;
    const meaning = acceptanceStates.find((state) => state === chosen);
    return (
        <div class="toolbar">
            <label>
                State
                <select value={chosen} onChange={(event) => setQuery({ state: event.currentTarget.value })}>
                    <option value="">All ({acceptances.length})</option>
                    {acceptanceStates.map((state) => (
                        <option key={state} value={state}>
                            {inWords(state)} ({count(state)})
                        </option>
                    ))}
                </select>
            </label>
            {meaning === undefined ? null : <p class="hint grow">{stateMeanings[meaning]}</p>}
        </div>
    );
}
