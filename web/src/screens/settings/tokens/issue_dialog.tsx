/// Issues a token, and shows its secret once.

import { useState } from 'preact/hooks';
import { api, dataOf } from '../../../api/client';
import { type ApiProblem, asProblem } from '../../../api/problem';
import type { Resource } from '../../../api/resource';
import type { Product, Role } from '../../../api/types';
import { DecisionFields, decisionOf, noDecision } from '../../../components/decision_fields';
import { Dialog } from '../../../components/dialog';
import { Field } from '../../../components/field';
import { ResourceNote } from '../../../components/problem_note';
import { ProductPicker } from '../../../components/product_picker';
import { WriteNote } from '../../../components/write_note';
import { roles } from './roles';
import { SecretDialog } from './secret_dialog';

interface IssueDialogProperties {
    products: Resource<Product[]>;
    onIssued: () => void;
    onClose: () => void;
}

function RoleFields({ role, onChange }: { role: Role; onChange: (role: Role) => void }) {
    return (
        <fieldset class="roles">
            <legend>Role</legend>
            {roles.map(({ role: value, may }) => (
                <label key={value} class="check-label">
                    <input type="radio" name="role" checked={role === value} onChange={() => onChange(value)} />
                    <span>
                        <strong>{value}</strong> <span class="hint">{may}</span>
                    </span>
                </label>
            ))}
        </fieldset>
    );
}

export function IssueDialog({ products, onIssued, onClose }: IssueDialogProperties) {
    const [name, setName] = useState('');
    const [role, setRole] = useState<Role>('gate');
    const [isForAll, setForAll] = useState(false);
    const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
    const [expires, setExpires] = useState('');
    const [decision, setDecision] = useState(noDecision);
    const [problem, setProblem] = useState<ApiProblem>();
    const [isBusy, setBusy] = useState(false);
    const [secret, setSecret] = useState<string>();
    // The others serve the whole server.
    const canChoose = role !== 'admin' && role !== 'monitor';
    const mayIssue = !isBusy && (!canChoose || isForAll || chosen.size > 0);

    async function issue(event: Event) {
        event.preventDefault();
        setBusy(true);
        try {
            const issued = await dataOf(
                api.POST('/api/api-tokens', {
                    body: {
                        name,
                        role,
                        product_ids: canChoose && !isForAll ? [...chosen] : null,
                        expires_at: expires === '' ? null : `${expires}T23:59:59Z`,
                        ...decisionOf(decision),
                    },
                }),
            );
            setSecret(issued.token);
            onIssued();
        } catch (thrown) {
            setProblem(asProblem(thrown));
        } finally {
            setBusy(false);
        }
    }

    if (secret !== undefined) return <SecretDialog name={name} secret={secret} onClose={onClose} />;
    const faults = problem?.fieldErrors;
    return (
        <Dialog title="Issue a token" size="wide" onClose={onClose} canClose={!isBusy}>
            <form onSubmit={(event) => void issue(event)}>
                {problem === undefined ? null : (
                    <WriteNote title="No token was issued" occasion={problem}>
                        {problem.message}
                        {problem.status === 0 ? ' If a token of this name is in the list later, its secret is lost: revoke it.' : ''}
                    </WriteNote>
                )}
                <div class="form-row">
                    <Field label="Name" hint="Who or what uses it. It is recorded with everything that the token does." fault={faults?.get('/name')}>
                        {(parts) => (
                            <input {...parts} required autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />
                        )}
                    </Field>
                    <Field label="Last day" hint="It expires at the end of this day (UTC). Empty: never." fault={faults?.get('/expires_at')}>
                        {(parts) => <input {...parts} type="date" value={expires} onInput={(event) => setExpires(event.currentTarget.value)} />}
                    </Field>
                </div>
                <RoleFields role={role} onChange={setRole} />
                {canChoose ? (
                    <fieldset>
                        <legend>Products</legend>
                        <label class="check-label">
                            <input type="radio" name="products" checked={!isForAll} onChange={() => setForAll(false)} />
                            Only the chosen ones
                        </label>
                        <label class="check-label">
                            <input type="radio" name="products" checked={isForAll} onChange={() => setForAll(true)} />
                            All, also those that are registered later
                        </label>
                        {faults?.get('/product_ids') === undefined ? null : <p class="fault">{faults.get('/product_ids')}</p>}
                        {isForAll ? null : (
                            <>
                                <ResourceNote of={products} what="the products" />
                                <ProductPicker
                                    products={(products.data.value ?? []).filter(({ archived_at }) => archived_at === null)}
                                    chosen={chosen}
                                    onChoose={setChosen}
                                />
                            </>
                        )}
                    </fieldset>
                ) : null}
                <DecisionFields decision={decision} onChange={setDecision} faults={faults} />
                <div class="actions">
                    <button type="submit" class="primary" disabled={!mayIssue}>
                        {isBusy ? 'Issuing…' : 'Issue the token'}
                    </button>
                    <button type="button" onClick={onClose} disabled={isBusy}>
                        Cancel
                    </button>
                    {mayIssue || isBusy ? null : <span class="hint">Choose at least one product.</span>}
                </div>
            </form>
        </Dialog>
    );
}
