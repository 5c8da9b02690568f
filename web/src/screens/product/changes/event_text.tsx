/// What happened in an event, in plain English.

import type { ComponentChildren } from 'preact';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';

/// What is needed to tell of an event. Without `data` the text has no details.
export interface ToldEvent {
    type: string;
    subject: string;
    data?: Record<string, unknown>;
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const words = (value: string) => value.replaceAll('_', ' ');

/// "threat.scored"
export function shortType(type: string): string {
    return type.replace(/^threatatlas\./, '').replace(/\.v\d+$/, '');
}

/// The fields that an event sets, in words.
function fieldsOf(data: Record<string, unknown>): string {
    const names = Object.keys(data).filter((name) => !/^(threat|mitigation)_id$|^occurred_at$/.test(name));
    return names.length === 0 ? '' : `: ${names.map(words).join(', ')}`;
}

function scoreOf(data: Record<string, unknown>): string {
    const { severity, likelihood, impact } = data;
    const factors = [
        ...(typeof likelihood === 'number' ? [`likelihood ${likelihood}`] : []),
        ...(typeof impact === 'number' ? [`impact ${impact}`] : []),
    ].join(', ');
    if (severity === null) return 'lost its severity';
    if (typeof severity !== 'string') return factors === '' ? 'was scored' : `was scored: ${factors}`;
    return `was scored ${severity}${factors === '' ? '' : ` (${factors})`}`;
}

function statusOf({ from, status }: Record<string, unknown>): string {
    if (typeof status !== 'string') return 'changed its status';
    return typeof from === 'string' ? `went from ${words(from)} to ${words(status)}` : `is now ${words(status)}`;
}

function linksOf({ threat_ids: ids, element_id: element, diagram }: Record<string, unknown>): string {
    const targets = [
        ...(Array.isArray(ids) && ids.length > 0 ? [`threat${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`] : []),
        ...(typeof element === 'string' ? [`the element ${element}`] : typeof diagram === 'string' ? [`the diagram ${diagram}`] : []),
    ];
    return targets.length === 0 ? 'is linked to nothing' : `is linked to ${targets.join(' and ')}`;
}

function named(name: unknown): ComponentChildren {
    return typeof name === 'string' ? (
        <>
            {' '}
            “<bdi>{name}</bdi>”
        </>
    ) : null;
}

const objectWords: Record<string, string> = { threats: 'Threat', mitigations: 'Mitigation', acceptances: 'Acceptance', checks: 'Check' };

/// "Threat 7" for "threats/7"; undefined for the product itself.
export function objectName(subject: string): string | undefined {
    const [kind, id] = subject.split('/');
    return id === undefined ? undefined : `${objectWords[kind ?? ''] ?? kind} ${id}`;
}

/// "Threat 7" as a link to it.
export function ObjectLink({ product, subject }: { product: number; subject: string }) {
    // Nothing else has a screen of its own.
    if (!/^(threats|mitigations|acceptances)\//.test(subject)) return null;
    return <Link href={addressOf(`/products/${product}/${subject}`)}>{objectName(subject)}</Link>;
}

function predicateOf(type: string, data: Record<string, unknown>): ComponentChildren {
    switch (type) {
        case 'threat.identified':
            return (
                <>
                    {named(data['name'])} was identified{text(data['severity']) === undefined ? '' : `, ${text(data['severity'])}`}
                </>
            );
        case 'mitigation.proposed':
            return (
                <>
                    {named(data['name'])} was{' '}
                    {text(data['status']) === undefined || data['status'] === 'proposed' ? 'proposed' : `recorded as ${text(data['status'])}`}
                </>
            );
        case 'threat.scored':
            return ` ${scoreOf(data)}`;
        case 'threat.status_changed':
        case 'mitigation.status_changed':
            return ` ${statusOf(data)}`;
        case 'threat.described':
        case 'mitigation.described':
            return ` was edited${fieldsOf(data)}`;
        case 'mitigation.linked':
            return ` ${linksOf(data)}`;
        default:
            // "acceptance.approved", "threat.removed"
            return ` was ${words(type.slice(type.indexOf('.') + 1))}`;
    }
}

export function EventText({ event, product }: { event: ToldEvent; product: number }) {
    const type = shortType(event.type);
    const data = event.data ?? {};
    switch (type) {
        case 'product.registered':
            return <>The product was registered{named(data['name'])}</>;
        case 'product.described':
            return <>The product was edited{fieldsOf(data)}</>;
        case 'product.archived':
            return <>The product was archived</>;
        case 'product.reviewed':
            return (
                <>
                    The threat model was reviewed
                    {text(data['note']) === undefined ? null : (
                        <>
                            : <bdi>{text(data['note'])}</bdi>
                        </>
                    )}
                </>
            );
        case 'product.policy_assigned':
            if (event.data !== undefined && data['policy'] === undefined) return <>The product has no policy any more</>;
            return (
                <>
                    The product got the {data['enforced'] === true ? 'enforced ' : ''}policy <bdi>{text(data['policy']) ?? ''}</bdi>
                </>
            );
        case 'model.imported':
            return (
                <>
                    A model was imported from <bdi>{text(data['source']) ?? 'a file'}</bdi>
                </>
            );
        case 'gate.checked':
            return <>A check was recorded{typeof data['pass'] === 'boolean' ? (data['pass'] ? ': pass' : ': fail') : ''}</>;
        case 'policy.defined':
        case 'policy.removed':
            return (
                <>
                    The policy <bdi>{text(data['policy']) ?? event.subject.replace(/^policies\//, '')}</bdi> was{' '}
                    {type === 'policy.defined' ? 'defined' : 'removed'}
                </>
            );
        default:
            return (
                <>
                    <ObjectLink product={product} subject={event.subject} />
                    {predicateOf(type, data)}
                </>
            );
    }
}
