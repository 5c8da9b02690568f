/// Which rows of a long table can be seen. All rows are equally high, so it takes a division; the
/// library for rows of any height would be a twelfth of the page.

import { useLayoutEffect, useState } from 'preact/hooks';

// Rows above and below the ones in sight, so that scrolling by a little shows no gap.
const rowsBeyond = 8;

export interface RowsInSight {
    first: number;
    /// Exclusive.
    end: number;
    /// Scrolls as little as needed until the row is in sight.
    scrollTo: (row: number) => void;
}

/// `rowHeight` in px; `container` is the element that scrolls.
export function useRowsInSight(
    container: { readonly current: HTMLElement | null },
    rowCount: number,
    rowHeight: number,
): RowsInSight {
    // Only a change of the rows draws the table again, not every pixel.
    const [range, setRange] = useState({ first: 0, end: 0 });
    useLayoutEffect(() => {
        const element = container.current;
        if (element === null) return undefined;
        function look(): void {
            const { scrollTop, clientHeight } = element as HTMLElement;
            const first = Math.max(0, Math.min(Math.floor(scrollTop / rowHeight), rowCount) - rowsBeyond);
            const end = Math.min(rowCount, Math.ceil((scrollTop + clientHeight) / rowHeight) + rowsBeyond);
            setRange((before) => (before.first === first && before.end === end ? before : { first, end }));
        }
        look();
        element.addEventListener('scroll', look, { passive: true });
        const resize = new ResizeObserver(look);
        resize.observe(element);
        return () => {
            element.removeEventListener('scroll', look);
            resize.disconnect();
        };
    }, [rowCount, rowHeight]);

    function scrollTo(row: number): void {
        const element = container.current;
        if (element === null) return;
        const top = row * rowHeight;
        if (top < element.scrollTop) element.scrollTop = top;
        else if (top + rowHeight > element.scrollTop + element.clientHeight) {
            element.scrollTop = top + rowHeight - element.clientHeight;
        }
    }
    return { first: range.first, end: Math.min(range.end, rowCount), scrollTo };
}
