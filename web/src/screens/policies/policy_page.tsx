/// One policy: its rules in sentences, everything else that it says, and what it says about products.

import { useState } from 'preact/hooks';
import { api, dataOf } from '../../api/client';
import { type Resource, useResource } from '../../api/resource';
import type { Policy, Product } from '../../api/types';
import { Copyable } from '../../components/copyable';
import { ResourceNote } from '../../components/problem_note';
import { dayOf, Time } from '../../components/time';
import { useTitle } from '../../components/title';
import { asOf, atMoment } from '../../moment/moment';
import { Link } from '../../routing/link';
import { addressOf, navigate, parameter, setQuery } from '../../routing/location';
import { AssignDialog } from './assign_dialog';
import { PolicyForm } from './policy_form';
import { PolicyProducts } from './policy_products';
import { RemoveDialog } from './remove_dialog';
import { RuleList } from './rule_list';
import { acceptancesText, baselineText, effectText } from './rule_words';

/// The day in UTC that is shown.
function shownDay(moment: string | undefined): string {
    return moment === undefined || Number.isNaN(Date.parse(moment)) ? dayOf(new Date()) : dayOf(moment);
}

/// As a pipeline defines it with PUT.
function definitionText({ title, description, rules, acceptances, effective_from, baseline }: Policy): string {
    return `${JSON.stringify({ title, ...(description === null ? {} : { description }), rules, acceptances, effective_from, baseline }, null, 4)}\n`;
}

function PolicyFacts({ policy, today }: { policy: Policy; today: string }) {
    return (
        <section class="card">
            <div class="rules-header">
                <h2>Rules</h2>
                <span class="hint">If it is broken, the gate</span>
            </div>
            <RuleList policy={policy} today={today} />
            <dl class="facts">
                <dt>Accepted risks</dt>
                <dd>{acceptancesText(policy.acceptances)}.</dd>
                <dt>Effect</dt>
                <dd>{effectText(policy.effective_from, today)}.</dd>
                <dt>Baseline</dt>
                <dd>{baselineText(policy.baseline)}.</dd>
            </dl>
            <details>
                <summary>The definition as JSON, for a pipeline</summary>
                <Copyable what="the definition" text={definitionText(policy)} fileName={`${policy.name}.json`} />
            </details>
        </section>
    );
}

interface PolicyPageProperties {
    name: string;
    products: Resource<Product[]>;
    revision: number;
    refresh: () => void;
    canChange: boolean;
}

export function PolicyPage({ name, products, revision, refresh, canChange }: PolicyPageProperties) {
    const moment = asOf.value;
    const policy = useResource(
        (signal) => dataOf(api.GET('/api/policies/{key}', { params: { path: { key: name }, query: atMoment() }, signal })),
        [moment, revision],
    );
    const [dialog, setDialog] = useState<'assign' | 'remove'>();
    // A policy that was removed stays in the form of somebody who edits it, but nowhere else.
    const isMissing = policy.problem.value?.status === 404;
    const data = policy.data.value;
    const isEdited = canChange && parameter('edit') === 'yes';
    useTitle(data?.title ?? name);
    if (isEdited && data !== undefined) {
        const showSaved = (saved: Policy) => {
            policy.set(saved);
            refresh();
        };
        return <PolicyForm base={data} products={products} onSaved={showSaved} isRemoved={isMissing} />;
    }
    const today = shownDay(moment);
    return (
        <>
            <p>
                <Link href={addressOf('/policies')}>
                    <span aria-hidden="true">←</span> All policies
                </Link>
            </p>
            <h1>
                <bdi>{data?.title ?? name}</bdi>
            </h1>
            <ResourceNote of={policy} what="the policy" />
            {data === undefined || isMissing ? null : (
                <>
                    <p class="hint">
                        <code>{data.name}</code>, version {data.version}, defined by <bdi>{data.defined_by}</bdi> on{' '}
                        <Time at={data.defined_at} />
                    </p>
                    {data.description === null ? null : (
                        <p class="policy-description">
                            <bdi>{data.description}</bdi>
                        </p>
                    )}
                    {canChange ? (
                        <div class="actions policy-actions">
                            <button type="button" onClick={() => setQuery({ edit: 'yes' })}>
                                Edit
                            </button>
                            <button type="button" onClick={() => setDialog('assign')}>
                                Assign to products…
                            </button>
                            <button type="button" class="danger" onClick={() => setDialog('remove')}>
                                Remove…
                            </button>
                        </div>
                    ) : null}
                    <PolicyFacts policy={data} today={today} />
                    <PolicyProducts policy={data} products={products} isPast={moment !== undefined} revision={revision} />
                </>
            )}
            {dialog === 'assign' && data !== undefined ? (
                <AssignDialog policy={data} products={products} onAssigned={refresh} onClose={() => setDialog(undefined)} />
            ) : null}
            {dialog === 'remove' && data !== undefined ? (
                <RemoveDialog policy={data} onRemoved={() => navigate('/policies')} onClose={() => setDialog(undefined)} />
            ) : null}
        </>
    );
}
