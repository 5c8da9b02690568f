/// What an auditor takes away once, or regularly: the keys and the newest checkpoint.

import type { ComponentChildren } from 'preact';
import { api, dataOf } from '../../api/client';
import { type Resource, useResource } from '../../api/resource';
import { Copyable } from '../../components/copyable';
import { ResourceNote } from '../../components/problem_note';
import { readCheckpoint } from './checkpoint';

interface ProofProperties {
    title: string;
    what: string;
    children: ComponentChildren;
    fileName: string;
    text: Resource<string>;
}

function Proof({ title, what, children, fileName, text }: ProofProperties) {
    return (
        <section class="card">
            <h2>{title}</h2>
            <p class="hint">{children}</p>
            <ResourceNote of={text} what={what} />
            {text.data.value === undefined ? null : <Copyable what={what} text={text.data.value} fileName={fileName} />}
        </section>
    );
}

export function ProofsTab() {
    const checkpoint = useResource(async (signal) => (await readCheckpoint(signal)).text, []);
    const logKey = useResource(async (signal) => String(await dataOf(api.GET('/api/proof/key', { signal, parseAs: 'text' }))), []);
    const attestationKey = useResource(
        async (signal) => String(await dataOf(api.GET('/api/attestation-key', { signal, parseAs: 'text' }))),
        [],
    );
    return (
        <>
            <Proof title="Checkpoint" what="the checkpoint" fileName="checkpoint.txt" text={checkpoint}>
                The log as it is now, signed. Keep one regularly: events up to it cannot be changed later without being noticed.
            </Proof>
            <Proof title="Key of the log" what="the key of the log" fileName="log.vkey" text={logKey}>
                Verifies checkpoints and proofs. Keep it once, and have somebody who got it in another way read it out to you.
            </Proof>
            <Proof title="Key of attestations" what="the key of attestations" fileName="attestation-key.pem" text={attestationKey}>
                Verifies attestations of recorded checks. It is another key than the log's. Keep it, also if the server gets a new one.
            </Proof>
        </>
    );
}
