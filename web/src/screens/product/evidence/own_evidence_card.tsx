/// Takes the checkpoint and the keys that the person has kept.

import { useEffect, useRef, useState } from 'preact/hooks';
import { Field } from '../../../components/field';
import { FileDrop } from '../../../components/file_drop';
import { notify } from '../../../components/notices';
import { BadProof } from '../../../proofs/bad_proof';
import { forgetOwnTexts, keepOwnTexts, ownEvidence, ownEvidenceId, ownTexts, parseCheckpointText, parseKeysText, partsOf } from './own_evidence';

const largestFile = 1_048_576;

function faultOf(parse: () => unknown): string | undefined {
    try {
        parse();
        return undefined;
    } catch (thrown) {
        if (thrown instanceof BadProof) return thrown.message;
        throw thrown;
    }
}

function InUse() {
    const { checkpoint, logKey, witnessKeys } = ownEvidence.value;
    if (checkpoint === undefined && logKey === undefined && witnessKeys.length === 0) {
        return <p>Nothing of your own is used yet: events are verified with the key that the server names.</p>;
    }
    return (
        <>
            <p>Every verification of this visit uses:</p>
            <ul>
                {checkpoint === undefined ? null : (
                    <li>
                        your checkpoint of {checkpoint.size} {checkpoint.size === 1 ? 'event' : 'events'} of{' '}
                        <bdi>{checkpoint.origin}</bdi>
                    </li>
                )}
                {logKey === undefined ? null : (
                    <li>
                        your key of <bdi>{logKey.name}</bdi>, id {logKey.id}
                    </li>
                )}
                {witnessKeys.map(({ name, id }) => (
                    <li key={id}>
                        the key of the witness <bdi>{name}</bdi>, id {id}
                    </li>
                ))}
            </ul>
            {logKey === undefined ? <p class="hint">The key of the log still comes from the server itself.</p> : null}
        </>
    );
}

export function OwnEvidenceCard() {
    const used = ownTexts.value;
    const [texts, setTexts] = useState(used);
    const [faults, setFaults] = useState<{ checkpoint?: string | undefined; keys?: string | undefined }>({});
    const card = useRef<HTMLElement>(null);
    useEffect(() => {
        // The browser itself only scrolls to what is there when the page is loaded.
        if (location.hash === `#${ownEvidenceId}`) card.current?.scrollIntoView();
    }, []);
    const isUsed = used.checkpoint !== '' || used.keys !== '';

    async function read(file: File) {
        if (file.size > largestFile) {
            notify(`${file.name} is larger than a megabyte: it is neither a checkpoint nor a key.`, true);
            return;
        }
        const { checkpoint, keys } = partsOf(await file.text());
        setTexts((before) => (checkpoint === '' ? { ...before, keys } : { ...before, checkpoint }));
        setFaults({});
    }
    function keep(event: Event) {
        event.preventDefault();
        const found = { checkpoint: faultOf(() => parseCheckpointText(texts.checkpoint)), keys: faultOf(() => parseKeysText(texts.keys)) };
        setFaults(found);
        if (found.checkpoint === undefined && found.keys === undefined) {
            keepOwnTexts(texts);
            notify('Used from now on, in this browser only.');
        }
    }
    function forget() {
        forgetOwnTexts();
        setTexts({ checkpoint: '', keys: '' });
        setFaults({});
    }
    return (
        <section ref={card} class="card own-evidence" id={ownEvidenceId}>
            <h2>Your own checkpoint and key</h2>
            <p>
                A checkpoint that you have kept in a place of your own proves that no event before it was changed since. A key that you
                got in another way proves that the server cannot make up another log for you.
            </p>
            <InUse />
            <FileDrop label="Drop a checkpoint or a key here, or choose its file" onFile={(file) => void read(file)} />
            <form onSubmit={keep}>
                <Field
                    label="Checkpoint"
                    hint="The name of the log, the number of events, the root, an empty line and the signature."
                    fault={faults.checkpoint}
                >
                    {(parts) => (
                        <textarea
                            {...parts}
                            rows={5}
                            spellcheck={false}
                            value={texts.checkpoint}
                            onInput={(event) => setTexts({ ...texts, checkpoint: event.currentTarget.value })}
                        />
                    )}
                </Field>
                <Field label="Keys" hint="name+id+base64, one a line: the key of the log, and those of witnesses." fault={faults.keys}>
                    {(parts) => (
                        <textarea
                            {...parts}
                            rows={2}
                            spellcheck={false}
                            value={texts.keys}
                            onInput={(event) => setTexts({ ...texts, keys: event.currentTarget.value })}
                        />
                    )}
                </Field>
                <div class="actions">
                    <button type="submit" class="primary">
                        Use them
                    </button>
                    {isUsed ? (
                        <button type="button" onClick={forget}>
                            Forget them
                        </button>
                    ) : null}
                </div>
            </form>
        </section>
    );
}
