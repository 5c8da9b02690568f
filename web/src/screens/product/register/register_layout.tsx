/// A table with a panel beside it. On a narrow screen the panel covers the table, which keeps its place.

import type { ComponentChildren } from 'preact';
import { useNarrow } from '../../../components/narrow';

export function RegisterLayout({ table, panel, hasPanel }: { table: ComponentChildren; panel: ComponentChildren; hasPanel: boolean }) {
    const isCovered = useNarrow() && hasPanel;
    return (
        <div class={hasPanel ? 'register with-panel' : 'register'}>
            <div class="register-table" inert={isCovered}>
                {table}
            </div>
            {panel}
        </div>
    );
}
