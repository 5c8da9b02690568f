/// The backups that there are, making one, and how to get the data back.

import { useState } from 'preact/hooks';
import { api, dataOf } from '../../api/client';
import { type ApiProblem, asProblem } from '../../api/problem';
import { useResource } from '../../api/resource';
import { Copyable } from '../../components/copyable';
import { notify } from '../../components/notices';
import { ResourceNote } from '../../components/problem_note';
import { WriteNote } from '../../components/write_note';
import { isPast } from '../../moment/moment';

const sizeFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/// "106.8 kB"
function sizeText(bytes: number): string {
    const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
    const power = bytes < 1_000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
    return `${sizeFormat.format(bytes / 1_000 ** power)} ${units[power]}`;
}

/// "2026-11-24T01-02-03Z-position-1234" as an instant.
function madeAt(name: string): string {
    const parts = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z/.exec(name);
    return parts === null ? name : `${parts[1]}, ${parts[2]}:${parts[3]}:${parts[4]} UTC`;
}

function Restoring({ newest }: { newest: string | undefined }) {
    return (
        <section class="card">
            <h2>Restore</h2>
            <p>
                A backup is a data directory below the directory that the server was started with (--backup-dir, here BACKUPS). Restore it into a new
                directory on the server's machine, put the copies of log-key and attestation-key that you keep apart into it, and start the server
                there:
            </p>
            <Copyable
                what="the commands"
                text={[
                    `threatatlas restore --from BACKUPS/${newest ?? 'NAME'} --data NEW`,
                    'cp log-key attestation-key NEW/',
                    'threatatlas serve --data NEW',
                ].join('\n')}
            />
            <p class="hint">Then revoke again the tokens that were revoked after the backup, and tell the auditors which events were lost.</p>
        </section>
    );
}

export function BackupsTab() {
    const backups = useResource((signal) => dataOf(api.GET('/api/backups', { signal })), []);
    const [isBusy, setBusy] = useState(false);
    const [problem, setProblem] = useState<ApiProblem>();
    const data = backups.data.value;
    // The server says why it has no backups, and what its operator can do.
    const none = backups.problem.value?.status === 409 ? backups.problem.value.message : undefined;

    async function make() {
        setBusy(true);
        setProblem(undefined);
        try {
            const { name } = await dataOf(api.POST('/api/backups'));
            notify(`The backup ${name} is made and verified.`);
            await backups.reload();
        } catch (thrown) {
            setProblem(asProblem(thrown));
        } finally {
            setBusy(false);
        }
    }

    if (none !== undefined) return <p class="warning">{none}</p>;
    return (
        <>
            {problem === undefined ? null : (
                <WriteNote title="No backup was made" occasion={problem}>
                    {problem.message}
                </WriteNote>
            )}
            <div class="toolbar">
                <p class="grow hint">Every backup was read back and compared with the log. The server never deletes one.</p>
                <button type="button" class="primary" onClick={() => void make()} disabled={isBusy || isPast.value}>
                    {isBusy ? 'Making a backup…' : 'Make a backup now'}
                </button>
            </div>
            <p role="status" class="hint">
                {isBusy ? 'A large log takes minutes. You can use the other screens meanwhile: the server makes the backup to its end.' : ''}
            </p>
            <ResourceNote of={backups} what="the backups" />
            {data === undefined ? null : data.length === 0 ? (
                <p>There is no backup yet.</p>
            ) : (
                <div class="card">
                    <table class="backups">
                        <caption class="hidden-visually">Backups</caption>
                        <thead>
                            <tr>
                                <th scope="col">Made</th>
                                <th scope="col">Directory</th>
                                <th scope="col" class="number">
                                    Events
                                </th>
                                <th scope="col" class="number">
                                    Size
                                </th>
                            </tr>
                        </thead>
                        <tbody>
                            {data.map(({ name, position, bytes }) => (
                                <tr key={name}>
                                    <td>{madeAt(name)}</td>
                                    <td>
                                        <code>{name}</code>
                                    </td>
                                    <td class="number">{position.toLocaleString('en')}</td>
                                    <td class="number">{sizeText(bytes)}</td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
            )}
            {data === undefined ? null : <Restoring newest={data[0]?.name} />}
        </>
    );
}
