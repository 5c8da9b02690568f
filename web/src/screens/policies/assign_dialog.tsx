/// Assigns a policy to chosen products.

import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import { asProblem } from '../../api/problem';
import type { Resource } from '../../api/resource';
import type { Policy, Product } from '../../api/types';
import { stateTagOf } from '../../api/state_tag';
import { DecisionFields, decisionOf, noDecision, type Decision } from '../../components/decision_fields';
import { Dialog } from '../../components/dialog';
import { notify } from '../../components/notices';
import { ResourceNote } from '../../components/problem_note';
import { ProductPicker } from '../../components/product_picker';
import { WriteNote } from '../../components/write_note';

interface Failure {
    product: Product;
    why: string;
}

/// Throws if the product has another policy than `known` says by now, or does not get it.
async function assign(known: Product, policy: string, enforced: boolean, decision: Decision): Promise<void> {
    const path = { product_id: known.id };
    const { data, response } = await api.GET('/api/products/{product_id}', { params: { path } });
    if (data?.policy?.name !== known.policy?.name || data?.policy?.enforced !== known.policy?.enforced) {
        throw new Error(`It has ${data?.policy === undefined ? 'no policy' : `the policy ${data.policy.name}`} by now.`);
    }
    await api.PUT('/api/products/{product_id}/policy', {
        params: { path, header: { 'If-Match': stateTagOf(response) } },
        body: { policy, enforced, ...decisionOf(decision) },
    });
}

function whyNot(thrown: unknown): string {
    if (thrown instanceof Error && thrown.constructor === Error) return thrown.message;
    const problem = asProblem(thrown);
    return problem?.status === 412 ? 'Somebody else has changed it at the same time.' : (problem?.message ?? 'It was interrupted.');
}

interface AssignDialogProperties {
    policy: Policy;
    products: Resource<Product[]>;
    onAssigned: () => void;
    onClose: () => void;
}

export function AssignDialog({ policy, products, onAssigned, onClose }: AssignDialogProperties) {
    const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
    const [isEnforced, setEnforced] = useState(false);
    const [decision, setDecision] = useState(noDecision);
    const [done, setDone] = useState<number>();
    const [failures, setFailures] = useState<Failure[]>([]);
    const known = (products.data.value ?? []).filter(({ archived_at }) => archived_at === null);
    const replaced = known.filter(({ id, policy: has }) => chosen.has(id) && has !== undefined && has.name !== policy.name).length;

    async function assignAll(event: Event) {
        event.preventDefault();
        const failed: Failure[] = [];
        const wanted = known.filter(({ id }) => chosen.has(id));
        for (const [index, product] of wanted.entries()) {
            setDone(index);
            try {
                await assign(product, policy.name, isEnforced, decision);
            } catch (thrown) {
                failed.push({ product, why: whyNot(thrown) });
            }
        }
        setDone(undefined);
        setFailures(failed);
        setChosen(new Set(failed.map(({ product }) => product.id)));
        onAssigned();
        const count = wanted.length - failed.length;
        if (count > 0) notify(`${count} ${count === 1 ? 'product has' : 'products have'} the policy ${policy.name} now.`);
        if (failed.length === 0) onClose();
    }

    return (
        <Dialog title={`Assign ${policy.name} to products`} size="wide" onClose={onClose} canClose={done === undefined}>
            <form onSubmit={(event) => void assignAll(event)}>
                {failures.length === 0 ? null : (
                    <WriteNote title="Not assigned to these products" occasion={failures}>
                        {failures.slice(0, 5).map(({ product, why }) => (
                            <span key={product.id} class="failure">
                                <bdi>{product.name}</bdi>: {why}
                            </span>
                        ))}
                        {failures.length > 5 ? `and ${failures.length - 5} more. They are still chosen.` : 'They are still chosen.'}
                    </WriteNote>
                )}
                <ResourceNote of={products} what="the products" />
                <ProductPicker
                    products={known}
                    chosen={chosen}
                    onChoose={setChosen}
                    detail={{
                        title: 'Has now',
                        cell: ({ policy: has }) => (has === undefined ? 'No policy' : `${has.name}${has.enforced ? ', enforced' : ''}`),
                    }}
                />
                <label class="check-label enforced">
                    <input type="checkbox" checked={isEnforced} onChange={(event) => setEnforced(event.currentTarget.checked)} />
                    Enforced: pipelines can add to it, but not leave it out
                </label>
                {replaced === 0 ? null : (
                    <p class="warning" role="status">
                        {replaced} of them {replaced === 1 ? 'has another policy, which this one replaces.' : 'have other policies, which this one replaces.'}
                    </p>
                )}
                <DecisionFields decision={decision} onChange={setDecision} />
                <div class="actions">
                    <button type="submit" class="primary" disabled={chosen.size === 0 || done !== undefined}>
                        {done === undefined ? `Assign it to ${chosen.size} ${chosen.size === 1 ? 'product' : 'products'}` : `${done} of ${chosen.size} done…`}
                    </button>
                    <button type="button" onClick={onClose} disabled={done !== undefined}>
                        Cancel
                    </button>
                </div>
            </form>
        </Dialog>
    );
}
