/// Requests that the risk of some threats is accepted.

import { useState } from 'preact/hooks';
import { Attempt } from '../../../api/attempt';
import { api, dataOf } from '../../../api/client';
import { allOf } from '../../../api/pages';
import { type ApiProblem, asProblem } from '../../../api/problem';
import { useResource } from '../../../api/resource';
import type { Mitigation, Threat } from '../../../api/types';
import { OnBehalfOfField } from '../../../components/decision_fields';
import { FailureNote } from '../../../components/failure_note';
import { Field } from '../../../components/field';
import { notify } from '../../../components/notices';
import { ResourceNote } from '../../../components/problem_note';
import { SeverityTag, StatusTag, severities } from '../../../components/tags';
import { dayOf } from '../../../components/time';
import { Link } from '../../../routing/link';
import { addressOf, navigate, parameter } from '../../../routing/location';
import type { ProductTab } from '../product_screen';
import { ObjectChooser } from './object_chooser';

const atOnce = 1_000;
const mostThreats = 100;
const mostControls = 20;

/// "3,7" as ids.
function idsOf(text: string | undefined): Set<number> {
    return new Set((text ?? '').split(',').map(Number).filter((id) => Number.isSafeInteger(id) && id > 0));
}

const isOpen = ({ status, covered }: Threat) => status !== 'mitigated' && status !== 'not_applicable' && !covered;
const isActive = ({ active }: Mitigation) => active;
const severityTag = ({ severity }: Threat) => <SeverityTag severity={severity} />;
const statusTag = ({ status }: Mitigation) => <StatusTag status={status} />;
const rank = ({ severity }: Threat) => (severity === null ? severities.length : severities.indexOf(severity));

/// The fault of a member that is a list: of the list, or of one of its elements.
function faultOf(faults: ReadonlyMap<string, string> | undefined, pointer: string): string | undefined {
    for (const [where, detail] of faults ?? []) {
        if (where === pointer || where.startsWith(`${pointer}/`)) return detail;
    }
    return undefined;
}

export function AcceptanceRequestForm({ product, revision, refresh }: ProductTab) {
    const path = { product_id: product.id };
    const query = { limit: atOnce };
    const threats = useResource(
        async (signal) => {
            const all = await allOf(api.GET('/api/products/{product_id}/threats', { params: { path, query }, signal }), signal);
            return all.sort((a, b) => rank(a) - rank(b) || a.id - b.id);
        },
        [product.id, revision],
    );
    const mitigations = useResource(
        (signal) => allOf(api.GET('/api/products/{product_id}/mitigations', { params: { path, query }, signal }), signal),
        [product.id, revision],
    );
    const [attempt] = useState(() => new Attempt());
    const [chosen, setChosen] = useState<ReadonlySet<number>>(() => idsOf(parameter('threats')));
    const [controls, setControls] = useState<ReadonlySet<number>>(() => idsOf(parameter('controls')));
    const [texts, setTexts] = useState({ justification: '', conditions: '', reference: '', valid_until: '', on_behalf_of: '' });
    const [problem, setProblem] = useState<ApiProblem>();
    const [isSending, setSending] = useState(false);
    const replaces = [...idsOf(parameter('replaces'))][0];
    const faults = problem?.fieldErrors;
    const listAddress = addressOf(`/products/${product.id}/acceptances`);
    const set = (name: keyof typeof texts) => (event: { currentTarget: { value: string } }) =>
        setTexts({ ...texts, [name]: event.currentTarget.value });
    const threatFault = faultOf(faults, '/threat_ids');
    const controlFault = faultOf(faults, '/while_mitigations');

    async function request(event: Event) {
        event.preventDefault();
        setSending(true);
        const body = {
            threat_ids: [...chosen],
            justification: texts.justification,
            valid_until: texts.valid_until,
            ...(texts.conditions === '' ? {} : { conditions: texts.conditions }),
            ...(texts.reference === '' ? {} : { reference: texts.reference }),
            ...(texts.on_behalf_of === '' ? {} : { on_behalf_of: texts.on_behalf_of }),
            ...(controls.size === 0 ? {} : { while_mitigations: [...controls] }),
            ...(replaces === undefined ? {} : { replaces }),
        };
        try {
            const acceptance = await dataOf(
                api.POST('/api/products/{product_id}/acceptances', { params: { path, header: attempt.headersFor(body) }, body }),
            );
            notify('The acceptance is requested. It waits until another person approves it.');
            refresh();
            navigate(addressOf(`/products/${product.id}/acceptances/${acceptance.id}`));
        } catch (thrown) {
            setProblem(asProblem(thrown));
            setSending(false);
        }
    }

    return (
        <form class="request-form" aria-label="Request an acceptance" onSubmit={(event) => void request(event)}>
            <h2>{replaces === undefined ? 'Request an acceptance' : `Request a replacement of acceptance ${replaces}`}</h2>
            {replaces === undefined ? null : (
                <p class="hint">Acceptance {replaces} stays in force until this one is approved, and ends in the same moment.</p>
            )}
            <fieldset>
                <legend>Threats whose risk is to be accepted</legend>
                {threatFault === undefined ? null : <p class="fault">{threatFault}</p>}
                <ResourceNote of={threats} what="the threats" />
                {threats.data.value === undefined ? null : (
                    <ObjectChooser
                        what="threats"
                        items={threats.data.value}
                        chosen={chosen}
                        onChoose={setChosen}
                        isLikely={isOpen}
                        othersLabel="Also those that are not open"
                        tag={severityTag}
                        tagTitle="Severity"
                        most={mostThreats}
                    />
                )}
            </fieldset>
            <Field label="Justification" hint="Why the risk is acceptable: the approver and auditors read this" fault={faults?.get('/justification')}>
                {(parts) => <textarea {...parts} required maxLength={10_000} value={texts.justification} onInput={set('justification')} />}
            </Field>
            <div class="form-row">
                <Field label="Last day" hint="In UTC. With its end the gate counts the threats again." fault={faults?.get('/valid_until')}>
                    {(parts) => (
                        <input {...parts} type="date" required min={dayOf(new Date())} value={texts.valid_until} onInput={set('valid_until')} />
                    )}
                </Field>
                <Field label="Reference (optional)" hint="Its name in another system, such as a ticket" fault={faults?.get('/reference')}>
                    {(parts) => <input {...parts} maxLength={500} value={texts.reference} onInput={set('reference')} />}
                </Field>
                <OnBehalfOfField
                    value={texts.on_behalf_of}
                    onChange={(person) => setTexts({ ...texts, on_behalf_of: person })}
                    fault={faults?.get('/on_behalf_of')}
                />
            </div>
            <Field label="Conditions (optional)" hint="What else must hold. For people: the server cannot check it." fault={faults?.get('/conditions')}>
                {(parts) => <textarea {...parts} maxLength={10_000} value={texts.conditions} onInput={set('conditions')} />}
            </Field>
            <details class="card" open={controls.size > 0 || controlFault !== undefined}>
                <summary>Compensating controls{controls.size === 0 ? '' : ` (${controls.size})`}</summary>
                <p class="hint">The acceptance is in force only while all of these mitigations are implemented or verified. The server watches that.</p>
                {controlFault === undefined ? null : <p class="fault">{controlFault}</p>}
                <ResourceNote of={mitigations} what="the mitigations" />
                {mitigations.data.value === undefined ? null : (
                    <ObjectChooser
                        what="mitigations"
                        items={mitigations.data.value}
                        chosen={controls}
                        onChoose={setControls}
                        isLikely={isActive}
                        othersLabel="Also those that are not active"
                        tag={statusTag}
                        tagTitle="Status"
                        most={mostControls}
                    />
                )}
            </details>
            {problem === undefined ? null : <FailureNote problem={problem} />}
            <div class="actions">
                <button type="submit" class="primary" disabled={isSending || chosen.size === 0}>
                    Request the acceptance
                </button>
                <Link class="button" href={listAddress}>
                    Cancel
                </Link>
                {chosen.size === 0 ? <span class="hint">Choose at least one threat.</span> : null}
            </div>
        </form>
    );
}
