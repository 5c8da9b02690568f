/// Two people have changed a policy at once: both definitions side by side, and the question which one
/// to keep.

import { Dialog } from '../../components/dialog';
import { Time } from '../../components/time';
import type { Policy } from '../../api/types';
import type { PolicyDefinition, PolicyRule } from './policy_types';
import { acceptancesText, baselineText, effectText, kindOfRule, modeText, sentenceOf } from './rule_words';

interface Aspect {
    what: string;
    theirs: string;
    mine: string;
}

const none = '–';

/// What rules must agree in to be two versions of the same rule.
function measureOf({ rule, severity, mode }: PolicyRule): string {
    return `${rule} ${severity ?? ''} ${mode}`;
}

function ruleText(rule: PolicyRule | undefined): string {
    return rule === undefined ? 'Not there' : `${sentenceOf(rule)}, or the gate ${modeText(rule.mode)}`;
}

/// `theirs` undefined: the policy was removed.
function aspectsOf(theirs: Policy | undefined, mine: PolicyDefinition, today: string): Aspect[] {
    const myRules = new Map((mine.rules as PolicyRule[]).map((rule) => [measureOf(rule), rule]));
    const theirRules = new Map((theirs?.rules ?? []).map((rule) => [measureOf(rule), rule]));
    const measures = new Map([...theirRules, ...myRules]);
    const myAcceptances: Policy['acceptances'] = {
        honoured: mine.acceptances?.honoured ?? true,
        ...(typeof mine.acceptances?.max_days === 'number' ? { max_days: mine.acceptances.max_days } : {}),
    };
    const theirText = (text: (policy: Policy) => string) => (theirs === undefined ? none : text(theirs));
    return [
        { what: 'Title', theirs: theirText(({ title }) => title), mine: mine.title },
        { what: 'Description', theirs: theirText(({ description }) => description ?? none), mine: mine.description ?? none },
        ...[...measures].map(([measure, { rule }]) => ({
            what: kindOfRule(rule).title,
            theirs: ruleText(theirRules.get(measure)),
            mine: ruleText(myRules.get(measure)),
        })),
        {
            what: 'Accepted risks',
            theirs: theirText(({ acceptances }) => acceptancesText(acceptances)),
            mine: acceptancesText(myAcceptances),
        },
        {
            what: 'Effect',
            theirs: theirText(({ effective_from }) => effectText(effective_from, today)),
            mine: effectText(mine.effective_from ?? undefined, today),
        },
        { what: 'Baseline', theirs: theirText(({ baseline }) => baselineText(baseline)), mine: baselineText(mine.baseline ?? undefined) },
    ];
}

interface ConflictDialogProperties {
    /// The policy as it is on the server now; undefined: it was removed.
    theirs: Policy | undefined;
    mine: PolicyDefinition;
    /// A day in UTC.
    today: string;
    onSaveMine: () => void;
    onTakeTheirs: (() => void) | undefined;
    onClose: () => void;
}

export function ConflictDialog({ theirs, mine, today, onSaveMine, onTakeTheirs, onClose }: ConflictDialogProperties) {
    return (
        <Dialog title="The policy was changed by somebody else" size="wide" onClose={onClose}>
            {theirs === undefined ? (
                <p>It was removed while you were editing. If you save yours, it is defined again.</p>
            ) : (
                <p>
                    Version {theirs.version} was defined by <bdi>{theirs.defined_by}</bdi> on <Time at={theirs.defined_at} />. Nothing is saved yet.
                </p>
            )}
            <table class="policy-conflict">
                <thead>
                    <tr>
                        <th scope="col">What</th>
                        <th scope="col">{theirs === undefined ? 'On the server: removed' : `On the server: version ${theirs.version}`}</th>
                        <th scope="col">Yours</th>
                    </tr>
                </thead>
                <tbody>
                    {aspectsOf(theirs, mine, today).map((aspect, index) => {
                        const differs = aspect.theirs !== aspect.mine;
                        return (
                            <tr key={index} class={differs ? 'differs' : ''}>
                                <th scope="row">
                                    {aspect.what} {differs ? <span class="tag warn">Differs</span> : null}
                                </th>
                                <td>
                                    <bdi>{aspect.theirs}</bdi>
                                </td>
                                <td>
                                    <bdi>{aspect.mine}</bdi>
                                </td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
            <div class="actions">
                <button type="button" class="danger" onClick={onSaveMine}>
                    Save mine instead
                </button>
                {onTakeTheirs === undefined ? null : (
                    <button type="button" onClick={onTakeTheirs}>
                        Discard mine, go on from version {theirs?.version}
                    </button>
                )}
                <button type="button" onClick={onClose}>
                    Go on with mine, save later
                </button>
            </div>
        </Dialog>
    );
}
