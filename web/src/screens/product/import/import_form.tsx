/// Chooses the file or the text, and how it is imported.

import { useState } from 'preact/hooks';
import { Field } from '../../../components/field';
import { FileDrop } from '../../../components/file_drop';
import { type ImportStore, type MissingObjects, largestFile } from './import_store';

const missingChoices: readonly { value: MissingObjects; title: string; hint: string }[] = [
    { value: 'keep', title: 'Keep them', hint: 'They stay as they are, and are listed.' },
    { value: 'remove', title: 'Remove them', hint: 'Threats and mitigations that this source brought are removed.' },
    {
        value: 'not_applicable',
        title: 'Set them aside',
        hint: 'Such threats become “not applicable”, such mitigations “retired”. They come back if a later file has them again.',
    },
];

/// "3.2 MiB"
function sizeText(bytes: number): string {
    if (bytes < 1_024) return `${bytes} bytes`;
    return bytes < 1_048_576 ? `${(bytes / 1_024).toFixed(1)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

function Chosen({ store }: { store: ImportStore }) {
    const source = store.source.value;
    if (source === undefined) return null;
    return (
        <div class="chosen-file">
            <span>
                <bdi>{source.name}</bdi> <span class="hint">{sizeText(source.content.size)}</span>
            </span>
            <button type="button" onClick={() => store.clear()}>
                {source.isText ? 'Change the text' : 'Choose another'}
            </button>
        </div>
    );
}

function FileOrText({ store }: { store: ImportStore }) {
    const text = store.text.value;
    const [isOpen] = useState(text !== '');
    return (
        <>
            <FileDrop
                label="Drop a threat model here, or choose its file"
                onFile={(file) => store.choose({ name: file.name, content: file, isText: false })}
            >
                <p class="hint">
                    OWASP Threat Dragon, Threagile, AWS Threat Composer, Microsoft Threat Modeling Tool, TM-BOM, Open Threat Model,
                    ThreatAtlas, CSV. It is recognised by its content. At most {largestFile / 1_048_576} MiB, and 20,000 threats and mitigations.
                </p>
            </FileDrop>
            <details class="paste" open={isOpen}>
                <summary>Or paste its text</summary>
                <Field label="Text of the threat model">
                    {(parts) => (
                        <textarea
                            {...parts}
                            rows={8}
                            spellcheck={false}
                            value={text}
                            onInput={(event) => (store.text.value = event.currentTarget.value)}
                        />
                    )}
                </Field>
                <button
                    type="button"
                    disabled={text.trim() === ''}
                    onClick={() => store.choose({ name: 'Pasted text', content: new Blob([text]), isText: true })}
                >
                    Use this text
                </button>
            </details>
        </>
    );
}

export function ImportForm({ store }: { store: ImportStore }) {
    const faults = store.problem.value?.fieldErrors;
    return (
        <section class="card">
            <h2>Import a threat model</h2>
            <p>
                The product is brought up to date with the file, as often as the file changes. You see what would change before anything
                is recorded.
            </p>
            {store.source.value === undefined ? <FileOrText store={store} /> : <Chosen store={store} />}
            <div class="form-row import-options">
                <Field
                    label="Source (optional)"
                    hint="A name for the file, if several files feed this product. Imports of one source leave the objects of the others alone."
                    fault={faults?.get('source')}
                >
                    {(parts) => (
                        <input
                            {...parts}
                            maxLength={100}
                            value={store.sourceName.value}
                            onInput={(event) => (store.sourceName.value = event.currentTarget.value)}
                            onChange={() => store.planAgain()}
                        />
                    )}
                </Field>
                <fieldset>
                    <legend>Objects of earlier imports that the file no longer has</legend>
                    {missingChoices.map(({ value, title, hint }) => (
                        <label key={value} class="check-label">
                            <input
                                type="radio"
                                name="missing"
                                checked={store.missing.value === value}
                                onChange={() => {
                                    store.missing.value = value;
                                    store.planAgain();
                                }}
                            />
                            <span>
                                {title} <span class="hint">{hint}</span>
                            </span>
                        </label>
                    ))}
                </fieldset>
            </div>
        </section>
    );
}
