/// What was asked for: everything that a decision rests on.

import type { ComponentChildren } from 'preact';
import type { Acceptance } from '../../api/types';
import { dayText, daysText } from '../time';
import { AcceptedControls, AcceptedThreats } from './accepted_threats';
import type { LookUps } from './look_ups';
import { Person } from './person';

function Fact({ title, children }: { title: string; children: ComponentChildren }) {
    return (
        <>
            <dt>{title}</dt>
            <dd>{children}</dd>
        </>
    );
}

export function AcceptanceFacts({ acceptance, lookUps }: { acceptance: Acceptance; lookUps: LookUps }) {
    const { conditions, reference, justification, requested, valid_until } = acceptance;
    return (
        <dl class="facts acceptance-facts">
            <Fact title={acceptance.threat_ids.length === 1 ? 'Threat' : 'Threats'}>
                <AcceptedThreats acceptance={acceptance} lookUps={lookUps} />
            </Fact>
            <Fact title="Justification">
                <bdi class="user-text">{justification}</bdi>
            </Fact>
            {conditions === null ? null : (
                <Fact title="Conditions">
                    <bdi class="user-text">{conditions}</bdi>
                </Fact>
            )}
            {acceptance.while_mitigations.length === 0 ? null : (
                <Fact title="Only while">
                    <AcceptedControls acceptance={acceptance} lookUps={lookUps} />
                    <span class="hint">It is in force only while all of these are active.</span>
                </Fact>
            )}
            {reference === null ? null : (
                <Fact title="Reference">
                    <bdi>{reference}</bdi>
                </Fact>
            )}
            <Fact title="Until">
                the end of {dayText(valid_until)} (UTC), <span class="hint">{daysText(valid_until)}</span>
            </Fact>
            <Fact title="Requested by">
                <Person step={requested} />
            </Fact>
        </dl>
    );
}
