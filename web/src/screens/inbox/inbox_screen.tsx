/// What waits for a decision, and what ends soon, over all products.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useResource } from '../../api/resource';
import type { Acceptance } from '../../api/types';
import type { Decision } from '../../components/decisions/decision_buttons';
import { DecisionDialog } from '../../components/decisions/decision_dialog';
import { LookUps } from '../../components/decisions/look_ups';
import { ResourceNote } from '../../components/problem_note';
import { useTitle } from '../../components/title';
import { type NewEvents, useLiveEvents } from '../../live/live';
import { asOf } from '../../moment/moment';
import { NavigationLink } from '../../routing/link';
import { addressOf, parameter } from '../../routing/location';
import { canApprove } from '../../session/session';
import { AcceptanceCard } from './acceptance_card';
import { type Inbox, readInbox } from './inbox_store';
import { OtherAcceptances } from './other_acceptances';

const shownAtFirst = 20;
/// Changes that arrive within this time are read together.
const collectMilliseconds = 300;

interface SectionProperties {
    title: string;
    empty: string;
    acceptances: readonly Acceptance[];
    lookUps: LookUps;
    onChoose: (decision: Decision) => void;
}

function Section({ title, empty, acceptances, lookUps, onChoose }: SectionProperties) {
    const [isWhole, setWhole] = useState(false);
    const shown = isWhole ? acceptances : acceptances.slice(0, shownAtFirst);
    return (
        <section class="inbox-section" aria-label={title}>
            <h2>
                {title} <span class="hint">({acceptances.length})</span>
            </h2>
            {acceptances.length === 0 ? <p class="hint">{empty}</p> : null}
            <div class="cards">
                {shown.map((acceptance) => (
                    <AcceptanceCard key={`${acceptance.product_id}/${acceptance.id}`} acceptance={acceptance} lookUps={lookUps} onChoose={onChoose} />
                ))}
            </div>
            {shown.length < acceptances.length ? (
                <button type="button" onClick={() => setWhole(true)}>
                    Show all {acceptances.length}
                </button>
            ) : null}
        </section>
    );
}

function Attention({ inbox, ...others }: { inbox: Inbox; lookUps: LookUps; onChoose: (decision: Decision) => void }) {
    return (
        <>
            <Section title="Waiting for a decision" empty="Nothing waits for a decision." acceptances={inbox.waiting} {...others} />
            <Section title="Ending within 30 days" empty="No acceptance that is in force ends within 30 days." acceptances={inbox.ending} {...others} />
        </>
    );
}

export function InboxScreen() {
    const title = canApprove.value ? 'Inbox' : 'Acceptances';
    useTitle(title);
    const moment = asOf.value;
    const tab = parameter('tab') ?? 'attention';
    const [revision, setRevision] = useState(0);
    const [decision, setDecision] = useState<Decision>();
    const lookUps = useMemo(() => new LookUps(moment), [moment]);
    useEffect(() => () => lookUps.close(), [lookUps]);
    const inbox = useResource((signal) => readInbox(moment, signal), [moment, revision]);
    const timer = useRef<ReturnType<typeof setTimeout>>();
    useEffect(() => () => clearTimeout(timer.current), []);

    function readAgain() {
        timer.current ??= setTimeout(() => {
            timer.current = undefined;
            setRevision((before) => before + 1);
        }, collectMilliseconds);
    }
    function follow({ events, isGap }: NewEvents) {
        const products = new Set(events.map(({ source }) => /^\/api\/products\/(\d+)$/.exec(source)?.[1]));
        if (isGap || products.has(undefined)) lookUps.refresh();
        else for (const product of products) lookUps.refresh(Number(product));
        readAgain();
    }
    useLiveEvents(undefined, moment === undefined, follow);

    const data = inbox.data.value;
    return (
        <>
            <h1>{title}</h1>
            <nav class="tabs" aria-label={title}>
                <NavigationLink href={addressOf('/inbox')} isCurrent={tab === 'attention'}>
                    To look at
                </NavigationLink>
                <NavigationLink href={addressOf('/inbox', { tab: 'others' })} isCurrent={tab === 'others'}>
                    All others
                </NavigationLink>
            </nav>
            <ResourceNote of={inbox} what="the acceptances" />
            {data === undefined ? null : tab === 'others' ? (
                <OtherAcceptances acceptances={data.others} lookUps={lookUps} />
            ) : (
                <Attention inbox={data} lookUps={lookUps} onChoose={setDecision} />
            )}
            {decision === undefined ? null : (
                <DecisionDialog decision={decision} lookUps={lookUps} onClose={() => setDecision(undefined)} onDone={readAgain} />
            )}
        </>
    );
}
