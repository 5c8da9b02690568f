/// What the person may do with an acceptance.

import type { Acceptance } from '../../api/types';
import { inWords } from '../tags';
import { type DecisionAction, actionsOf } from './acceptance_words';

export interface Decision {
    product: number;
    acceptance: number;
    action: DecisionAction;
}

interface DecisionButtonsProperties {
    acceptance: Acceptance;
    /// Opens the dialog. It belongs to the screen, so that it stays open whatever the list does.
    onChoose: (decision: Decision) => void;
}

export function DecisionButtons({ acceptance, onChoose }: DecisionButtonsProperties) {
    const actions = actionsOf(acceptance);
    if (actions.length === 0) return null;
    return (
        <div class="actions">
            {actions.map((action) => (
                <button
                    key={action}
                    type="button"
                    class={action === 'approve' ? 'primary' : action === 'revoke' ? 'danger' : ''}
                    onClick={() => onChoose({ product: acceptance.product_id, acceptance: acceptance.id, action })}
                >
                    {inWords(action)}…
                </button>
            ))}
        </div>
    );
}
