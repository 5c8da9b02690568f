/// Edits the facts of a product. Only what was changed here is written; if somebody else has changed
/// the product meanwhile, both are shown before anything is written.

import { useEffect, useRef, useState } from 'preact/hooks';
import { Attempt } from '../../../api/attempt';
import { api } from '../../../api/client';
import { type ApiProblem, asProblem } from '../../../api/problem';
import { useResource } from '../../../api/resource';
import type { Product } from '../../../api/types';
import { DecisionFields, decisionOf, noDecision } from '../../../components/decision_fields';
import { Dialog } from '../../../components/dialog';
import { FailureNote } from '../../../components/failure_note';
import { Field } from '../../../components/field';
import { notify } from '../../../components/notices';
import { ResourceNote } from '../../../components/problem_note';
import { inWords } from '../../../components/tags';
import { type ProductTexts, changesOf, productFields, productStatuses, textsOf } from './product_fields';
import { stateTagOf } from '../../../api/state_tag';

interface Version {
    product: Product;
    tag: string;
}

async function readVersion(id: number, signal?: AbortSignal): Promise<Version> {
    const { data, response } = await api.GET('/api/products/{product_id}', {
        params: { path: { product_id: id } },
        ...(signal === undefined ? {} : { signal }),
    });
    return { product: data as Product, tag: stateTagOf(response) };
}

interface FactsFormProperties {
    first: Version;
    onSaved: () => void;
    onClose: () => void;
}

/// What somebody else has saved, beside what is typed here.
function Conflict({ base, theirs, typed }: { base: ProductTexts; theirs: ProductTexts; typed: ProductTexts }) {
    const fields = productFields.filter(({ name }) => theirs[name] !== base[name]);
    const note = useRef<HTMLDivElement>(null);
    useEffect(() => note.current?.scrollIntoView({ block: 'center' }), []);
    return (
        <div ref={note} class="warning" role="alert">
            <p>
                <strong>Somebody else has changed this product meanwhile.</strong> Nothing is saved yet. Fields that you did not change keep
                the saved value.
            </p>
            {fields.length === 0 ? (
                <p>None of the fields here differ.</p>
            ) : (
                <div class="table-scroll">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">Field</th>
                                <th scope="col">Saved meanwhile</th>
                                <th scope="col">Yours</th>
                            </tr>
                        </thead>
                        <tbody>
                            {fields.map(({ name, title }) => (
                                <tr key={name}>
                                    <th scope="row">{title}</th>
                                    <td>
                                        <bdi>{theirs[name] || 'none'}</bdi>
                                    </td>
                                    <td>{typed[name] === base[name] ? <span class="hint">not changed</span> : <bdi>{typed[name] || 'none'}</bdi>}</td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
            )}
        </div>
    );
}

function FactsForm({ first, onSaved, onClose }: FactsFormProperties) {
    const [base, setBase] = useState(first);
    const [theirs, setTheirs] = useState<Version>();
    const [typed, setTyped] = useState(textsOf(first.product));
    const [decision, setDecision] = useState(noDecision);
    const [attempt] = useState(() => new Attempt());
    const [problem, setProblem] = useState<ApiProblem>();
    const [isSaving, setIsSaving] = useState(false);
    const before = textsOf(base.product);
    const changes = changesOf(before, typed);
    const faults = problem?.fieldErrors ?? new Map<string, string>();

    async function showTheirs(id: number) {
        try {
            setTheirs(await readVersion(id));
        } catch (thrown) {
            setProblem(asProblem(thrown));
        }
    }

    async function save(version: Version) {
        setIsSaving(true);
        setProblem(undefined);
        try {
            const body = { ...changes, ...decisionOf(decision) };
            await api.PATCH('/api/products/{product_id}', {
                params: { path: { product_id: version.product.id }, header: { 'If-Match': version.tag, ...attempt.headersFor(body) } },
                body,
            });
            notify('The product is saved.');
            onSaved();
            return;
        } catch (thrown) {
            const failure = asProblem(thrown);
            if (failure?.status === 412) await showTheirs(version.product.id);
            else setProblem(failure);
        } finally {
            setIsSaving(false);
        }
    }

    /// Goes on from what is saved now, with what was typed here on top.
    function takeTheirs() {
        if (theirs === undefined) return;
        const saved = textsOf(theirs.product);
        const merged = { ...saved };
        for (const { name } of productFields) if (typed[name] !== before[name] && saved[name] === before[name]) merged[name] = typed[name];
        setTyped(merged);
        setBase(theirs);
        setTheirs(undefined);
    }

    return (
        <form
            onSubmit={(event) => {
                event.preventDefault();
                void save(theirs ?? base);
            }}
        >
            {productFields.map(({ name, title, hint, kind }) => (
                <Field key={name} label={title} hint={hint} fault={faults.get(`/${name}`)}>
                    {(parts) => {
                        const properties = {
                            ...parts,
                            value: typed[name],
                            onInput: (event: { currentTarget: { value: string } }) => setTyped({ ...typed, [name]: event.currentTarget.value }),
                        };
                        if (kind === 'text') return <textarea {...properties} />;
                        if (kind === 'line') return <input {...properties} required={name === 'name'} />;
                        return (
                            <select {...properties}>
                                <option value="">Not given</option>
                                {productStatuses.map((status) => (
                                    <option key={status} value={status}>
                                        {inWords(status)}
                                    </option>
                                ))}
                            </select>
                        );
                    }}
                </Field>
            ))}
            <DecisionFields decision={decision} onChange={setDecision} faults={faults} />
            {problem === undefined || problem.status === 422 ? null : <FailureNote problem={problem} />}
            {problem?.status === 422 ? (
                <p class="fault" role="alert">
                    {problem.message}
                </p>
            ) : null}
            {theirs === undefined ? null : <Conflict base={before} theirs={textsOf(theirs.product)} typed={typed} />}
            <div class="actions">
                <button type="submit" class="primary" disabled={isSaving || Object.keys(changes).length === 0}>
                    {theirs === undefined ? 'Save' : 'Save mine over it'}
                </button>
                {theirs === undefined ? null : (
                    <button type="button" onClick={takeTheirs}>
                        Take what is saved
                    </button>
                )}
                <button type="button" onClick={onClose}>
                    Cancel
                </button>
            </div>
        </form>
    );
}

export function FactsDialog({ id, onSaved, onClose }: { id: number; onSaved: () => void; onClose: () => void }) {
    const first = useResource((signal) => readVersion(id, signal), [id]);
    const version = first.data.value;
    return (
        <Dialog title="Edit the product" onClose={onClose}>
            <ResourceNote of={first} what="the product" />
            {version === undefined ? null : <FactsForm first={version} onSaved={onSaved} onClose={onClose} />}
        </Dialog>
    );
}
