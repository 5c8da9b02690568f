/// The verdict: why, since when, and through whose change.

import type { Resource } from '../../../api/resource';
import type { Condition, Product, SecurityStatus } from '../../../api/types';
import { ResourceNote } from '../../../components/problem_note';
import { SeverityBar } from '../../../components/severity_bar';
import { inWords, severities } from '../../../components/tags';
import { isPast } from '../../../moment/moment';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';
import { isAdmin } from '../../../session/session';
import { AnswerLinks } from './answer_links';
import { conditionWords } from './condition_words';
import { Reason } from './reason';
import type { Since } from './since';
import { SinceSentence } from './since_sentence';

interface VerdictCardProperties {
    product: Product;
    status: Resource<SecurityStatus>;
    since: Resource<Since | undefined>;
    revision: number;
}

const isWarning = (condition: Condition) => condition.mode === 'warn';

/// The broken conditions with the server's sentences, which are in the same order.
function withSentences(conditions: Condition[], sentences: readonly string[]): [Condition, string][] {
    return conditions.map((condition, index) => [
        condition,
        (sentences.length === conditions.length ? sentences[index] : undefined) ?? conditionWords(condition),
    ]);
}

function keyOf({ rule, severity, policy, mode }: Condition): string {
    return [rule, severity, policy, mode].join();
}

function Counts({ product, status }: { product: number; status: SecurityStatus }) {
    const { summary } = status;
    const accepted = status.acceptances?.in_force ?? 0;
    return (
        <>
            <SeverityBar summary={summary} />
            <dl class="counts">
                {[...severities, 'unscored' as const].map((severity) => (
                    <div key={severity}>
                        <dt>{inWords(severity)}</dt>
                        <dd>
                            <Link href={addressOf(`/products/${product}/threats`, { severity })}>{summary.by_severity[severity]}</Link>
                        </dd>
                    </div>
                ))}
                <div>
                    <dt>Mitigated</dt>
                    <dd>
                        {summary.mitigated_threats} of {summary.total_threats}
                    </dd>
                </div>
                <div class="long">
                    <dt>High or critical without active mitigation</dt>
                    <dd>
                        <Link
                            href={addressOf(`/products/${product}/threats`, {
                                severity: 'critical,high',
                                status: 'identified,in_progress,accepted',
                                covered: 'false',
                            })}
                        >
                            {summary.unmitigated_high}
                        </Link>
                    </dd>
                </div>
                <div>
                    <dt>Risks accepted</dt>
                    <dd>
                        <Link href={addressOf(`/products/${product}/acceptances`)}>{accepted}</Link>
                    </dd>
                </div>
            </dl>
        </>
    );
}

function NotJudged() {
    if (isPast.value) {
        return (
            <>
                <h2>Not judged: no policy applied</h2>
                <p>The product had no policy then: the gate answered only the thresholds that a pipeline asked for.</p>
            </>
        );
    }
    return (
        <>
            <h2>Not judged: no policy applies</h2>
            <p>
                The gate answers only the thresholds that a pipeline asks for, and the page asks for none.{' '}
                {isAdmin.value ? (
                    <>
                        Assign one of the <Link href={addressOf('/policies')}>policies</Link>, or define one.
                    </>
                ) : (
                    'An administrator can assign a policy.'
                )}
            </p>
        </>
    );
}

function Judged({ product, status, since, revision }: { product: Product; status: SecurityStatus; since: Since | undefined; revision: number }) {
    const broken = status.conditions.filter((condition) => !condition.pass && !isWarning(condition));
    const warned = status.conditions.filter((condition) => !condition.pass && isWarning(condition));
    const met = status.conditions.filter((condition) => condition.pass);
    const isSame = since?.product_id === product.id && since.pass === status.pass;
    const dependsOnAcceptances = status.pass && status.acceptances?.pass_without_acceptances === false;
    return (
        <>
            <h2>{status.pass ? 'May ship' : 'May not ship'}</h2>
            {isSame ? <SinceSentence since={since} product={product.id} /> : null}
            {dependsOnAcceptances ? <p>It passes only because risks are accepted.</p> : null}
            {broken.length === 0 ? null : (
                <section aria-label="Reasons">
                    <h3>{broken.length === 1 ? 'Because' : `Because of ${broken.length} reasons`}</h3>
                    {withSentences(broken, status.failures).map(([condition, sentence], index) => (
                        <Reason
                            key={keyOf(condition)}
                            product={product.id}
                            condition={condition}
                            sentence={sentence}
                            revision={revision}
                            isOpenAtFirst={index === 0}
                        />
                    ))}
                </section>
            )}
            {warned.length === 0 ? null : (
                <section aria-label="Warnings" class="warnings">
                    <h3>{warned.length === 1 ? 'A warning, which does' : `${warned.length} warnings, which do`} not fail the gate</h3>
                    {withSentences(warned, status.warnings ?? []).map(([condition, sentence]) => (
                        <Reason
                            key={keyOf(condition)}
                            product={product.id}
                            condition={condition}
                            sentence={sentence}
                            revision={revision}
                            isOpenAtFirst={false}
                        />
                    ))}
                </section>
            )}
            {met.length === 0 ? null : (
                <details class="met">
                    <summary>{met.length === 1 ? '1 condition is met' : `${met.length} conditions are met`}</summary>
                    <ul>
                        {met.map((condition) => (
                            <li key={keyOf(condition)}>
                                {conditionWords(condition)}
                                {condition.accepted === undefined ? '' : ` (${condition.accepted} with an accepted risk left out)`}
                            </li>
                        ))}
                    </ul>
                </details>
            )}
        </>
    );
}

export function VerdictCard({ product, status, since, revision }: VerdictCardProperties) {
    const answer = status.data.value;
    const isCurrent = answer?.product_id === product.id;
    const isJudged = isCurrent && answer.conditions.length > 0;
    const kind = !isJudged ? 'none' : answer.pass ? 'pass' : 'fail';
    return (
        <section class={`card verdict-card ${kind}`} aria-label="Verdict">
            <ResourceNote of={status} what="the verdict" />
            {isJudged ? <Judged product={product} status={answer} since={since.data.value} revision={revision} /> : null}
            {isJudged && since.problem.value !== undefined ? <ResourceNote of={since} what="since when" /> : null}
            {isCurrent && !isJudged ? <NotJudged /> : null}
            {isCurrent ? <Counts product={product.id} status={answer} /> : null}
            {isCurrent ? <AnswerLinks status={answer} /> : null}
        </section>
    );
}
