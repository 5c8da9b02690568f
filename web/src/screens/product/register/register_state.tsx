/// How many rows a table shows, whether more arrive, and what went wrong.

import { ProblemNote } from '../../../components/problem_note';
import type { ObjectList } from './object_list';

const format = new Intl.NumberFormat('en');

export function RegisterState({ list, shown, one, onClear, isFiltered }: {
    list: ObjectList<{ id: number }>;
    shown: number;
    /// What a row is, such as "threat".
    one: string;
    isFiltered: boolean;
    onClear: () => void;
}) {
    const total = list.rows.value.length;
    const problem = list.problem.value;
    const noun = total === 1 ? one : `${one}s`;
    if (problem !== undefined) return <ProblemNote problem={problem} onRetry={() => void list.load()} />;
    return (
        <p class="register-state">
            <span role="status">
                {isFiltered ? `${format.format(shown)} of ${format.format(total)} ${noun}` : `${format.format(total)} ${noun}`}
                {list.isComplete.value ? '' : ' so far, reading more…'}
            </span>
            {isFiltered ? (
                <button type="button" class="plain" onClick={onClear}>
                    Clear the filters
                </button>
            ) : null}
        </p>
    );
}
