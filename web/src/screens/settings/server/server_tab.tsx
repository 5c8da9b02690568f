/// Whether the server is ready, what it is, and how far its witnesses are.

import { useEffect } from 'preact/hooks';
import { api, dataOf } from '../../../api/client';
import { useResource } from '../../../api/resource';
import type { Readiness } from '../../../api/types';
import { ResourceNote } from '../../../components/problem_note';
import { inWords } from '../../../components/tags';
import { readCheckpoint } from '../checkpoint';
import { readinessText, readReadiness } from './readiness';

const askAgainMilliseconds = 3_000;

function ReadinessNote({ readiness }: { readiness: Readiness }) {
    const isReady = readiness.status === 'ready';
    const { events, events_done: done } = readiness;
    return (
        <>
            <p>
                <span class={`tag ${isReady ? 'pass' : 'warn'}`}>
                    <span aria-hidden="true">{isReady ? '✓' : '!'}</span> {inWords(readiness.status)}
                </span>{' '}
                {readinessText(readiness)}
            </p>
            {events !== undefined && done !== undefined ? (
                <p>
                    <label class="readiness-progress">
                        {done.toLocaleString('en')} of {events.toLocaleString('en')} events
                        <progress max={Math.max(events, 1)} value={done} />
                    </label>
                </p>
            ) : null}
        </>
    );
}

function Witnesses({ readiness, events }: { readiness: Readiness; events: number | undefined }) {
    const witnesses = readiness.witnesses ?? [];
    return (
        <section class="card">
            <h2>Witnesses</h2>
            <p class="hint">Other servers that cosign checkpoints of the log, so that nobody can show different logs to different people.</p>
            {witnesses.length === 0 ? (
                <p>This server has no witnesses. Its operator names them with --witness.</p>
            ) : (
                <table>
                    <thead>
                        <tr>
                            <th scope="col">Witness</th>
                            <th scope="col">State</th>
                            <th scope="col" class="number">
                                Events behind
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        {witnesses.map(({ name, cosigned_events, lags, detail }) => (
                            <tr key={name}>
                                <th scope="row">
                                    <bdi>{name}</bdi>
                                </th>
                                <td>
                                    <span class={`tag ${lags ? 'warn' : 'pass'}`}>
                                        <span aria-hidden="true">{lags ? '!' : '✓'}</span> {lags ? 'Lags' : 'Up to date'}
                                    </span>
                                    {detail === undefined ? null : <p class="hint">{detail}</p>}
                                </td>
                                <td class="number">{events === undefined ? '…' : Math.max(events - cosigned_events, 0).toLocaleString('en')}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            )}
        </section>
    );
}

export function ServerTab() {
    const readiness = useResource(readReadiness, []);
    const isReady = readiness.data.value?.status === 'ready';
    const checkpoint = useResource(readCheckpoint, [isReady]);
    const description = useResource(
        (signal) => dataOf(api.GET('/openapi.json', { signal })) as Promise<{ info?: { version?: string } }>,
        [],
    );
    useEffect(() => {
        const timer = setInterval(() => {
            if (document.visibilityState === 'visible') void readiness.reload();
        }, askAgainMilliseconds);
        return () => clearInterval(timer);
    }, []);
    const data = readiness.data.value;
    const events = checkpoint.data.value?.events;
    return (
        <>
            <section class="card">
                <h2>State</h2>
                <ResourceNote of={readiness} what="the state of the server" />
                {data === undefined ? null : (
                    <>
                        <ReadinessNote readiness={data} />
                        <dl class="facts">
                            <dt>Events in the log</dt>
                            <dd>{events === undefined ? '…' : events.toLocaleString('en')}</dd>
                            <dt>Version of the API</dt>
                            <dd>
                                {description.data.value?.info?.version ?? '…'}, <a href="/openapi.json">described for programs</a>
                            </dd>
                            <dt>Epoch of the log</dt>
                            <dd>
                                <code>{data.log_epoch ?? '–'}</code>
                                <p class="hint">Drawn again when the server first starts on a restored backup: programs that read events must then begin again.</p>
                            </dd>
                        </dl>
                    </>
                )}
            </section>
            {data === undefined ? null : <Witnesses readiness={data} events={events} />}
        </>
    );
}
