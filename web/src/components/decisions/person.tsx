/// Who took a step, and when.

import type { Acceptance } from '../../api/types';
import { Actor } from '../actor';
import { Time } from '../time';

export function Person({ step }: { step: Acceptance['requested'] }) {
    return (
        <>
            <Actor actor={step.actor} onBehalfOf={step.on_behalf_of} />, <Time at={step.at} />
        </>
    );
}
