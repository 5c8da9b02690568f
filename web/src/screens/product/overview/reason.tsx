/// A condition that is not met, which unfolds into the threats behind it.

import { useState } from 'preact/hooks';
import { useResource } from '../../../api/resource';
import type { Condition } from '../../../api/types';
import { ResourceNote } from '../../../components/problem_note';
import { SeverityTag, StatusTag } from '../../../components/tags';
import { dayText } from '../../../components/time';
import { asOf } from '../../../moment/moment';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';
import { filterOf, isAboutThreats, readThreats } from './condition_threats';

interface ReasonProperties {
    product: number;
    condition: Condition;
    /// The server's words for it.
    sentence: string;
    revision: number;
    isOpenAtFirst: boolean;
}

function Threats({ product, condition, revision }: { product: number; condition: Condition; revision: number }) {
    const found = useResource(
        (signal) => readThreats(product, condition, signal),
        [product, condition.rule, condition.severity, condition.threat_ids?.join(), asOf.value, revision],
    );
    const { threats, isCut } = found.data.value ?? { threats: [], isCut: false };
    const filter = filterOf(condition);
    return (
        <>
            <ResourceNote of={found} what="the threats" />
            <ul class="reason-threats">
                {threats.map(({ id, name, severity, status }) => (
                    <li key={id}>
                        <SeverityTag severity={severity} />
                        <Link href={addressOf(`/products/${product}/threats/${id}`)}>
                            {id} <bdi>{name}</bdi>
                        </Link>
                        <StatusTag status={status} />
                    </li>
                ))}
            </ul>
            {isCut ? <p class="hint">These are the first {threats.length}.</p> : null}
            {filter === undefined ? null : (
                <p>
                    <Link href={addressOf(`/products/${product}/threats`, { ...filter })}>Show in the register</Link>
                </p>
            )}
        </>
    );
}

export function Reason({ product, condition, sentence, revision, isOpenAtFirst }: ReasonProperties) {
    const [isOpen, setIsOpen] = useState(isOpenAtFirst);
    const notes = [
        ...(condition.accepted === undefined ? [] : [`${condition.accepted} with an accepted risk left out`]),
        ...(condition.fails_from === undefined ? [] : [`fails from ${dayText(condition.fails_from)} on`]),
    ];
    const text = (
        <>
            <bdi>{sentence}</bdi>
            {notes.length === 0 ? null : <span class="hint"> ({notes.join('; ')})</span>}
        </>
    );
    if (!isAboutThreats(condition)) return <p class="reason">{text}</p>;
    return (
        <details class="reason" open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
            <summary>{text}</summary>
            {isOpen ? <Threats product={product} condition={condition} revision={revision} /> : null}
        </details>
    );
}
