/// Fetches the proof of an event and verifies it in this browser.

import { api, dataOf } from '../../../api/client';
import { ApiProblem } from '../../../api/problem';
import { BadProof } from '../../../proofs/bad_proof';
import { type Checkpoint, parseCheckpoint, requireSigned } from '../../../proofs/checkpoint';
import { type Step, stepOf, verifyEvent, verifyGrowth, verifyWitness } from '../../../proofs/verify_event';
import { type VerifierKey, parseVerifierKey } from '../../../proofs/verifier_key';
import type { OwnEvidence } from './own_evidence';

export interface Verification {
    steps: Step[];
    /// What it was verified with.
    by: OwnEvidence;
    isVerified: boolean;
}

// A new event is signed within moments.
const sealingPause = 300;
const sealingTries = 10;

async function newestCheckpoint(): Promise<Checkpoint> {
    return parseCheckpoint(String(await dataOf(api.GET('/checkpoint', { parseAs: 'text' }))));
}

async function proofOf(product: number, position: number): Promise<string> {
    for (let tries = 1; ; ++tries) {
        try {
            const path = { product_id: product, position };
            return String(
                await dataOf(api.GET('/api/products/{product_id}/events/{position}/proof', { params: { path }, parseAs: 'text' })),
            );
        } catch (thrown) {
            if (!(thrown instanceof ApiProblem) || thrown.status !== 404) throw thrown;
            if ((await newestCheckpoint()).size >= position) throw new BadProof(`The server has no proof: ${thrown.message}`);
            if (tries === sealingTries) {
                throw new BadProof('The event is newer than the newest signed checkpoint. Try again in a moment.');
            }
            await new Promise((resolve) => setTimeout(resolve, sealingPause));
        }
    }
}

async function growthFrom(own: Checkpoint, current: Checkpoint, key: VerifierKey): Promise<Step> {
    const signature = stepOf('Growth', () => (requireSigned(own, key), ''));
    if (!signature.isVerified || own.size === current.size) return verifyGrowth(own, current, [], key);
    if (own.size > current.size && (await newestCheckpoint()).size < own.size) {
        return stepOf('Growth', () => {
            throw new BadProof(
                `The log is shorter than your checkpoint of ${own.size} events: it was replaced by an older copy, or its last events are missing.`,
            );
        });
    }
    const [from, to] = [Math.min(own.size, current.size), Math.max(own.size, current.size)];
    const { proof } = await dataOf(api.GET('/api/proof/consistency', { params: { query: { from, to } } }));
    return verifyGrowth(own, current, proof, key);
}

async function stepsOf(product: number, position: number, line: string, own: OwnEvidence): Promise<Step[]> {
    const key = own.logKey ?? parseVerifierKey(String(await dataOf(api.GET('/api/proof/key', { parseAs: 'text' }))));
    const file = await proofOf(product, position);
    const { steps, checkpoint } = verifyEvent(line, position, file, key);
    if (checkpoint === undefined) return steps;
    if (own.checkpoint !== undefined) steps.push(await growthFrom(own.checkpoint, checkpoint, key));
    for (const witness of own.witnessKeys) steps.push(verifyWitness(checkpoint, witness));
    return steps;
}

/// Verifies that `line` is at `position`, with what the person has kept. Throws ApiProblem if the
/// proof cannot be read.
export async function verifyHere(product: number, position: number, line: string, own: OwnEvidence): Promise<Verification> {
    let steps: Step[];
    try {
        steps = await stepsOf(product, position, line, own);
    } catch (thrown) {
        if (!(thrown instanceof BadProof)) throw thrown;
        steps = [{ name: 'Proof', isVerified: false, detail: thrown.message }];
    }
    return { steps, by: own, isVerified: steps.length > 0 && steps.every(({ isVerified }) => isVerified) };
}
