/// Defines a policy, or its next version. What it would mean can be previewed before it is saved.

import { useMemo, useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from '../../api/problem';
import type { Resource } from '../../api/resource';
import type { Policy, Product } from '../../api/types';
import { notify } from '../../components/notices';
import { ResourceNote } from '../../components/problem_note';
import { dayOf } from '../../components/time';
import { useTitle } from '../../components/title';
import { WriteNote } from '../../components/write_note';
import { navigate } from '../../routing/location';
import { ConflictDialog } from './conflict_dialog';
import { type Draft, definitionOf, draftOf, emptyDraft, type Faults, faultsOf } from './draft';
import { DraftPreview } from './draft_preview';
import { type ComparedPreview, definePolicy, previewDraft, readPolicy } from './policy_calls';
import { NameFields, OtherFields } from './policy_fields';
import type { PolicyDefinition } from './policy_types';
import { RulesEditor } from './rules_editor';

/// Why nothing was saved or previewed.
interface Refusal {
    faults: Faults;
    /// Undefined: only the form found faults.
    problem: ApiProblem | undefined;
}

interface Conflict {
    theirs: Policy | undefined;
    mine: PolicyDefinition;
}

interface PolicyFormProperties {
    /// The newest version; undefined: a new policy is defined. The form starts with it, and later
    /// versions do not change what is typed.
    base: Policy | undefined;
    products: Resource<Product[]>;
    onSaved: (policy: Policy) => void;
    isRemoved?: boolean;
}

export function PolicyForm({ base, products, onSaved, isRemoved = false }: PolicyFormProperties) {
    // The version that the person has seen: only this one may be replaced without a question.
    const [seen, setSeen] = useState(base);
    const [draft, setDraft] = useState<Draft>(() => (base === undefined ? emptyDraft() : draftOf(base)));
    const [refusal, setRefusal] = useState<Refusal>();
    const [preview, setPreview] = useState<{ of: Draft; result: ComparedPreview }>();
    const [conflict, setConflict] = useState<Conflict>();
    const [busy, setBusy] = useState<'save' | 'preview'>();
    const isNew = base === undefined;
    const back = isNew ? '/policies' : `/policies/${base.name}`;
    const title = isNew ? 'Define a policy' : `Edit “${base.title}”`;
    useTitle(title);
    const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
    const faults = useMemo<Faults>(() => refusal?.faults ?? new Map(), [refusal]);

    /// Calls `work` with the definition if the form can make one, and shows why it did not succeed.
    async function attempt(what: 'save' | 'preview', work: (definition: PolicyDefinition) => Promise<void>) {
        const made = definitionOf(draft);
        const nameFault: [string, string][] = draft.name.trim() === '' ? [['key', 'Give the policy a name first.']] : [];
        if ('faults' in made || nameFault.length > 0) {
            setRefusal({ faults: new Map([...nameFault, ...('faults' in made ? made.faults : [])]), problem: undefined });
            return;
        }
        setBusy(what);
        try {
            await work(made.definition);
            setRefusal(undefined);
        } catch (thrown) {
            const problem = asProblem(thrown);
            if (problem !== undefined) setRefusal({ faults: faultsOf(problem, draft.rules), problem });
        } finally {
            setBusy(undefined);
        }
    }

    /// `replaced` is the version that may be replaced.
    async function save(replaced: Policy | undefined) {
        await attempt('save', async (definition) => {
            const current = await readPolicy(draft.name);
            if (current?.version !== replaced?.version) {
                setConflict({ theirs: current, mine: definition });
                return;
            }
            const saved = await definePolicy(draft.name, definition);
            notify(
                saved.version === current?.version
                    ? `Nothing has changed: ${saved.name} stays at version ${saved.version}.`
                    : `Version ${saved.version} of ${saved.name} is defined.`,
            );
            onSaved(saved);
            navigate(`/policies/${saved.name}`);
        });
    }

    async function showPreview() {
        await attempt('preview', async (definition) => {
            setPreview({ of: draft, result: await previewDraft(draft.name, definition) });
        });
    }

    function saveMine({ theirs }: Conflict) {
        setSeen(theirs);
        setConflict(undefined);
        void save(theirs);
    }

    function takeTheirs(theirs: Policy) {
        setSeen(theirs);
        setDraft(draftOf(theirs));
        setRefusal(undefined);
        setPreview(undefined);
        setConflict(undefined);
    }

    const theirs = conflict?.theirs;
    return (
        <>
            <h1>
                <bdi>{title}</bdi>
            </h1>
            {isNew ? null : <p class="hint">You edit version {seen?.version}. Saving makes the next version, which counts at once for every product that has the policy.</p>}
            {isRemoved ? <p class="warning">The policy was removed while you were editing. If you save, it is defined again.</p> : null}
            {!isRemoved && base !== undefined && seen !== undefined && base.version > seen.version ? (
                <p class="warning" role="status">
                    Version {base.version} was defined by <bdi>{base.defined_by}</bdi> while you were editing. Save to see both side by side.
                </p>
            ) : null}
            <form
                class="policy-form"
                noValidate
                onSubmit={(event) => {
                    event.preventDefault();
                    void save(seen);
                }}
            >
                {refusal === undefined ? null : (
                    <WriteNote title="This does not work yet" occasion={refusal}>
                        {refusal.problem === undefined || refusal.faults.size > 0
                            ? 'What is wrong stands beside the fields.'
                            : refusal.problem.message}
                    </WriteNote>
                )}
                <NameFields draft={draft} faults={faults} onChange={change} isNew={isNew} />
                <RulesEditor rules={draft.rules} faults={faults} onChange={(rules) => change({ rules })} />
                <OtherFields draft={draft} faults={faults} onChange={change} />
                <div class="actions form-actions">
                    <button type="button" onClick={() => void showPreview()} disabled={busy !== undefined}>
                        {busy === 'preview' ? 'Judging all products…' : 'Preview who would fail'}
                    </button>
                    <button type="submit" class="primary" disabled={busy !== undefined}>
                        {busy === 'save' ? 'Saving…' : isNew ? 'Define the policy' : 'Save as the next version'}
                    </button>
                    <button type="button" onClick={() => navigate(back)}>
                        Cancel
                    </button>
                </div>
            </form>
            {preview === undefined ? null : <ResourceNote of={products} what="the products" />}
            {preview === undefined ? null : (
                <DraftPreview
                    policy={preview.of.name}
                    preview={preview.result}
                    products={products.data.value ?? []}
                    isOutdated={preview.of !== draft}
                />
            )}
            {conflict === undefined ? null : (
                <ConflictDialog
                    theirs={theirs}
                    mine={conflict.mine}
                    today={dayOf(new Date())}
                    onSaveMine={() => saveMine(conflict)}
                    onTakeTheirs={theirs === undefined ? undefined : () => takeTheirs(theirs)}
                    onClose={() => setConflict(undefined)}
                />
            )}
        </>
    );
}
