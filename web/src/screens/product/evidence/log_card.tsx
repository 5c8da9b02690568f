/// The newest checkpoint of the log, to be kept, and who else has signed it.

import { api, dataOf } from '../../../api/client';
import { saveFile } from '../../../api/download';
import { ApiProblem } from '../../../api/problem';
import { useResource } from '../../../api/resource';
import { ResourceNote } from '../../../components/problem_note';

interface LogState {
    checkpoint: string;
    key: string;
    /// undefined: no witness has signed one.
    witnessed: string | undefined;
    witnesses: { name: string; cosigned_events: number; lags: boolean; detail?: string }[];
}

async function witnessedCheckpoint(signal: AbortSignal): Promise<string | undefined> {
    try {
        return String(await dataOf(api.GET('/checkpoint/witnessed', { parseAs: 'text', signal })));
    } catch (thrown) {
        if (thrown instanceof ApiProblem && thrown.status === 404) return undefined;
        throw thrown;
    }
}

async function readLog(signal: AbortSignal): Promise<LogState> {
    const [checkpoint, key, readiness] = await Promise.all([
        dataOf(api.GET('/checkpoint', { parseAs: 'text', signal })),
        dataOf(api.GET('/api/proof/key', { parseAs: 'text', signal })),
        dataOf(api.GET('/readyz', { signal })),
    ]);
    const witnesses = readiness.witnesses ?? [];
    const witnessed = witnesses.length === 0 ? undefined : await witnessedCheckpoint(signal);
    return { checkpoint: String(checkpoint), key: String(key), witnessed, witnesses };
}

function save(text: string, name: string): void {
    saveFile(new Blob([text], { type: 'text/plain' }), name);
}

const sizeOf = (checkpoint: string) => checkpoint.split('\n')[1] ?? '';

function Witnesses({ log }: { log: LogState }) {
    if (log.witnesses.length === 0) {
        return <p class="hint">This server has no witnesses: nobody else signs its checkpoints.</p>;
    }
    return (
        <>
            <h3>Witnesses</h3>
            <div class="table-scroll">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">Witness</th>
                            <th scope="col" class="number">
                                Signed events
                            </th>
                            <th scope="col">State</th>
                        </tr>
                    </thead>
                    <tbody>
                        {log.witnesses.map(({ name, cosigned_events, lags, detail }) => (
                            <tr key={name}>
                                <td>
                                    <bdi>{name}</bdi>
                                </td>
                                <td class="number">{cosigned_events}</td>
                                <td>{lags ? `Lags behind. ${detail ?? ''}` : 'Current'}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
            {log.witnessed === undefined ? (
                <p class="hint">No witness has signed a checkpoint yet.</p>
            ) : (
                <button type="button" onClick={() => save(log.witnessed ?? '', `checkpoint-witnessed-${sizeOf(log.witnessed ?? '')}`)}>
                    Download the witnessed checkpoint
                </button>
            )}
        </>
    );
}

export function LogCard({ revision }: { revision: number }) {
    const log = useResource(readLog, [revision]);
    const data = log.data.value;
    return (
        <section class="card">
            <h2>The log as of now</h2>
            <p>
                Keep this checkpoint where the operators of the server cannot write, every Monday for example: events up to your newest
                checkpoint cannot be changed without being noticed. Keep the key once.
            </p>
            <ResourceNote of={log} what="the checkpoint" />
            {data === undefined ? null : (
                <>
                    <pre tabIndex={0} aria-label="Checkpoint of now">
                        {data.checkpoint}
                    </pre>
                    <div class="actions">
                        <button type="button" onClick={() => save(data.checkpoint, `checkpoint-${sizeOf(data.checkpoint)}`)}>
                            Download the checkpoint
                        </button>
                        <button type="button" onClick={() => save(data.key, 'log.vkey')}>
                            Download the key
                        </button>
                    </div>
                    <Witnesses log={data} />
                </>
            )}
        </section>
    );
}
