/// The stored line of an event, and whether it is proven to be in the log: verified in this browser.

import { useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from '../../../api/problem';
import { download } from '../../../api/download';
import { ProblemNote } from '../../../components/problem_note';
import { Link } from '../../../routing/link';
import { addressOf, path } from '../../../routing/location';
import type { Step } from '../../../proofs/verify_event';
import { ownEvidence, ownEvidenceId } from './own_evidence';
import { type Verification, verifyHere } from './verification';

const titles: Record<Step['name'], string> = {
    Proof: 'Proof',
    Signature: 'Signature of the log',
    Line: 'The line shown here',
    Inclusion: 'Inclusion in the log',
    Growth: 'Growth from your checkpoint',
    Witness: 'Witness',
};

function StepEntry({ step }: { step: Step }) {
    return (
        <li class={step.isVerified ? 'step verified' : 'step refuted'}>
            <span class="mark" aria-hidden="true">
                {step.isVerified ? '✓' : '✕'}
            </span>
            <div>
                <strong>
                    {titles[step.name]}: {step.isVerified ? 'verified' : 'not verified'}
                </strong>
                <p>
                    <bdi>{step.detail}</bdi>
                </p>
            </div>
        </li>
    );
}

function Reach({ product, verification }: { product: number; verification: Verification }) {
    const { logKey, checkpoint } = verification.by;
    if (logKey !== undefined && checkpoint !== undefined) return null;
    const evidence = `/products/${product}/evidence`;
    const words = 'Use a key and a checkpoint of your own';
    return (
        <p class="hint">
            {logKey === undefined
                ? 'The key came from the server itself: this shows that its answers are consistent, not that anybody else vouches for them. '
                : 'You have given no checkpoint of your own: that earlier events are still the same was not verified. '}
            {path.value.startsWith(evidence) ? (
                <a href={`#${ownEvidenceId}`}>{words}</a>
            ) : (
                <Link href={`${addressOf(evidence)}#${ownEvidenceId}`}>{words}</Link>
            )}
        </p>
    );
}

interface EventProofProperties {
    product: number;
    position: number;
    /// As it is stored, without a newline.
    line: string;
}

export function EventProof({ product, position, line }: EventProofProperties) {
    const [found, setFound] = useState<{ line: string; verification: Verification }>();
    const [problem, setProblem] = useState<ApiProblem>();
    const [isBusy, setBusy] = useState(false);
    const own = ownEvidence.value;
    // A result is about one line, and about the keys and the checkpoint that it was verified with.
    const verification = found?.line === line && found.verification.by === own ? found.verification : undefined;

    async function act(task: () => Promise<void>) {
        setBusy(true);
        setProblem(undefined);
        try {
            await task();
        } catch (thrown) {
            setProblem(asProblem(thrown));
        } finally {
            setBusy(false);
        }
    }
    const verify = () =>
        act(async () => {
            setFound(undefined);
            setFound({ line, verification: await verifyHere(product, position, line, own) });
        });

    return (
        <div class="event-proof">
            <p class="hint">The line at position {position} as it is stored, which is what the log signs:</p>
            <pre class="line" tabIndex={0} aria-label={`Line at position ${position}`}>
                <bdi>{line}</bdi>
            </pre>
            <div class="actions">
                <button type="button" class={verification === undefined ? 'primary' : ''} disabled={isBusy} onClick={() => void verify()}>
                    {isBusy ? 'Verifying…' : verification === undefined ? 'Verify in this browser' : 'Verify again'}
                </button>
                <button
                    type="button"
                    disabled={isBusy}
                    onClick={() => void act(() => download(`/api/products/${product}/events/${position}/proof`))}
                >
                    Download the proof
                </button>
            </div>
            {problem === undefined ? null : <ProblemNote problem={problem} isFinal />}
            <div role="status">
                {verification === undefined ? null : (
                    <div class={verification.isVerified ? 'verification verified' : 'verification refuted'}>
                        <p class="outcome">
                            {verification.isVerified ? '✓ Verified in this browser' : '✕ Not verified'}
                        </p>
                        <ul>
                            {verification.steps.map((step, index) => (
                                <StepEntry key={index} step={step} />
                            ))}
                        </ul>
                        <Reach product={product} verification={verification} />
                    </div>
                )}
            </div>
        </div>
    );
}
