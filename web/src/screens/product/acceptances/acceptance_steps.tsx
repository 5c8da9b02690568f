/// Who did what with an acceptance, when and why.

import type { ComponentChildren } from 'preact';
import type { Acceptance } from '../../../api/types';
import { Person } from '../../../components/decisions/person';
import { Time } from '../../../components/time';

type Step = Acceptance['requested'];

function StepItem({ title, step, children }: { title: string; step?: Step; children?: ComponentChildren }) {
    return (
        <li class={step === undefined ? 'open' : ''}>
            <strong>{title}</strong>
            {step === undefined ? null : (
                <p class="hint">
                    <Person step={step} />
                </p>
            )}
            {step?.note === null || step?.note === undefined ? null : (
                <p>
                    <bdi class="user-text">{step.note}</bdi>
                </p>
            )}
            {children}
        </li>
    );
}

function decisionTitle(acceptance: Acceptance): string {
    if (acceptance.approved_severities !== null) return 'Approved';
    return acceptance.state === 'withdrawn' ? 'Withdrawn' : 'Rejected';
}

export function AcceptanceSteps({ acceptance }: { acceptance: Acceptance }) {
    const { requested, decided, ended, state, ends_at, replaced_by } = acceptance;
    const isOver = state === 'expired' || state === 'lapsed';
    return (
        <section class="card" aria-label="Steps">
            <h3>Steps</h3>
            <ol class="steps">
                <StepItem title="Requested" step={requested} />
                {decided === null ? (
                    <StepItem title={state === 'lapsed' ? 'Not decided in time' : 'Not decided yet'} />
                ) : (
                    <StepItem title={decisionTitle(acceptance)} step={decided} />
                )}
                {ended === null ? null : <StepItem title={replaced_by === null ? 'Revoked' : 'Replaced'} step={ended} />}
                {ended !== null || state === 'rejected' || state === 'withdrawn' ? null : (
                    <StepItem title={isOver ? 'Ended with its last day' : 'Ends by itself'}>
                        <p class="hint">
                            <Time at={ends_at} />
                        </p>
                    </StepItem>
                )}
            </ol>
        </section>
    );
}
