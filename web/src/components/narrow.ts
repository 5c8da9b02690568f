/// Whether the screen is as narrow as a phone's.

import { signal } from '@preact/signals';

const query = matchMedia('(max-width: 720px)');
const isNarrow = signal(query.matches);
query.addEventListener('change', () => (isNarrow.value = query.matches));

/// How it was when the page was opened.
export const wasNarrowAtFirst = query.matches;

export function useNarrow(): boolean {
    return isNarrow.value;
}
