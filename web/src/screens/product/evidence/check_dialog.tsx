/// A recorded check: what was asked about which artifact, the answer, its attestation and its proof.

import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import { download } from '../../../api/download';
import { type ApiProblem, asProblem } from '../../../api/problem';
import { useResource } from '../../../api/resource';
import type { Check } from '../../../api/types';
import { Dialog } from '../../../components/dialog';
import { ProblemNote, ResourceNote } from '../../../components/problem_note';
import { VerdictTag, inWords } from '../../../components/tags';
import { Time } from '../../../components/time';
import { EventProof } from './event_proof';
import { eventAt } from './stored_events';

function Facts({ check }: { check: Check }) {
    const facts: [string, string | null][] = [
        ['Reference', check.ref],
        ['Pipeline', check.pipeline_url],
        ['Policies', check.policies.map(({ name, version }) => `${name}, version ${version}`).join('; ') || null],
        ['Recorded by', check.actor],
        ['On behalf of', check.on_behalf_of],
        ['Reason', check.reason],
    ];
    return (
        <dl class="facts">
            <dt>Artifact</dt>
            <dd>
                <bdi>{check.subject.name}</bdi>
            </dd>
            {Object.entries(check.subject.digest).map(([algorithm, digest]) => (
                <Fragment key={algorithm}>
                    <dt>{algorithm}</dt>
                    <dd>
                        <code>{digest}</code>
                    </dd>
                </Fragment>
            ))}
            <dt>Recorded</dt>
            <dd>
                <Time at={check.recorded_at} />
            </dd>
            {facts.map(([name, value]) =>
                value === null ? null : (
                    <Fragment key={name}>
                        <dt>{name}</dt>
                        <dd>
                            <bdi>{value}</bdi>
                        </dd>
                    </Fragment>
                ),
            )}
        </dl>
    );
}

function Conditions({ check }: { check: Check }) {
    if (check.conditions.length === 0) return <p class="hint">Nothing was demanded, and such a check passes.</p>;
    return (
        <div class="table-scroll">
            <table>
                <thead>
                    <tr>
                        <th scope="col">Condition</th>
                        <th scope="col" class="number">
                            Limit
                        </th>
                        <th scope="col" class="number">
                            Actual
                        </th>
                        <th scope="col">Result</th>
                    </tr>
                </thead>
                <tbody>
                    {check.conditions.map(({ rule, severity, limit, actual, pass }, index) => (
                        <tr key={index}>
                            <td>
                                {inWords(rule)}
                                {severity === undefined ? '' : ` (${severity})`}
                            </td>
                            <td class="number">{limit}</td>
                            <td class="number">{Math.floor(actual * 100) / 100}</td>
                            <td>{pass ? 'Met' : 'Broken'}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

function Attestations({ product, check }: { product: number; check: Check }) {
    const [problem, setProblem] = useState<ApiProblem>();
    async function get(format: 'dsse' | 'bundle') {
        setProblem(undefined);
        const name = `check-${check.check_id}.${format === 'dsse' ? 'dsse' : 'sigstore'}.json`;
        try {
            await download(`/api/products/${product}/checks/${check.check_id}/attestation`, { format }, name);
        } catch (thrown) {
            setProblem(asProblem(thrown));
        }
    }
    return (
        <>
            <p>A statement about this check, signed by the server, which programs that know nothing of ThreatAtlas can verify:</p>
            <div class="actions">
                <button type="button" onClick={() => void get('dsse')}>
                    Download the attestation (DSSE)
                </button>
                <button type="button" onClick={() => void get('bundle')}>
                    Download the attestation (Sigstore bundle)
                </button>
            </div>
            {problem === undefined ? null : <ProblemNote problem={problem} isFinal />}
        </>
    );
}

function Proof({ product, check }: { product: number; check: Check }) {
    const stored = useResource(async (signal) => ({ found: await eventAt(check.position, signal) }), [check.position]);
    const data = stored.data.value;
    return (
        <>
            <ResourceNote of={stored} what="the event" />
            {data === undefined ? null : data.found === undefined ? (
                <p class="hint">Your token may not see the event of this check.</p>
            ) : (
                <EventProof product={product} position={check.position} line={data.found.line} />
            )}
        </>
    );
}

export function CheckDialog({ product, check, onClose }: { product: number; check: Check; onClose: () => void }) {
    return (
        <Dialog title={`Check ${check.check_id}`} size="wide" onClose={onClose}>
            <p class="check-verdict">
                <VerdictTag pass={check.pass} size="large" />
            </p>
            <Facts check={check} />
            <h3>What was demanded</h3>
            <Conditions check={check} />
            <h3>Attestation</h3>
            <Attestations product={product} check={check} />
            <h3>Evidence</h3>
            <Proof product={product} check={check} />
        </Dialog>
    );
}
