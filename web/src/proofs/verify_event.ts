/// Verifies, step by step, that an event is in a log, and that the log grew from a known checkpoint.

import { BadProof } from './bad_proof';
import { areEqual, utf8 } from './bytes';
import { type Checkpoint, digestOf, requireSigned } from './checkpoint';
import { leafHash, provesGrowth, provesInclusion } from './merkle';
import { type ProofFile, parseProofFile } from './proof_file';
import { type VerifierKey, cosignedAt } from './verifier_key';

export interface Step {
    name: 'Proof' | 'Signature' | 'Line' | 'Inclusion' | 'Growth' | 'Witness';
    /// True only if it was verified here.
    isVerified: boolean;
    /// What was verified, or the reason why it was not.
    detail: string;
}

/// Runs one step. What it throws as BadProof is the reason why it is not verified.
export function stepOf(name: Step['name'], verify: () => string): Step {
    try {
        return { name, isVerified: true, detail: verify() };
    } catch (thrown) {
        if (!(thrown instanceof BadProof)) throw thrown;
        return { name, isVerified: false, detail: thrown.message };
    }
}

const events = (count: number) => (count === 1 ? '1 event' : `${count} events`);

export interface EventVerification {
    steps: Step[];
    /// The checkpoint that the proof leads to, if it has the valid signature of the key.
    checkpoint: Checkpoint | undefined;
}

function requireLine(proof: ProofFile, line: Uint8Array, position: number): void {
    if (proof.index !== position - 1) {
        throw new BadProof(`The proof is about position ${proof.index + 1}, not about position ${position}.`);
    }
    if (proof.extra !== undefined && !areEqual(proof.extra, line)) {
        throw new BadProof('The proof is about another line than the one shown here.');
    }
}

/// `line` is the stored line as it is shown, without a newline; `position` where it should be.
export function verifyEvent(line: string, position: number, file: string, key: VerifierKey): EventVerification {
    let proof: ProofFile;
    try {
        proof = parseProofFile(file);
    } catch (thrown) {
        if (!(thrown instanceof BadProof)) throw thrown;
        return { steps: [{ name: 'Proof', isVerified: false, detail: thrown.message }], checkpoint: undefined };
    }
    const { checkpoint, index, path } = proof;
    const shown = utf8(line);
    const signature = stepOf('Signature', () => {
        requireSigned(checkpoint, key);
        return `The log ${key.name} has signed a checkpoint of ${events(checkpoint.size)}.`;
    });
    const steps = [
        signature,
        stepOf('Line', () => {
            requireLine(proof, shown, position);
            return 'The proof is about exactly the line that is shown here.';
        }),
        stepOf('Inclusion', () => {
            if (!signature.isVerified) throw new BadProof('A checkpoint without a valid signature proves nothing.');
            if (index >= checkpoint.size) {
                throw new BadProof(`The checkpoint has only ${events(checkpoint.size)}: position ${index + 1} is not among them.`);
            }
            if (!provesInclusion(index, checkpoint.size, leafHash(shown), path, checkpoint.root)) {
                throw new BadProof('The path does not lead from this line to the root of the checkpoint: the line or the path was changed.');
            }
            return `This line is at position ${index + 1} of the ${events(checkpoint.size)}.`;
        }),
    ];
    return { steps, checkpoint: signature.isVerified ? checkpoint : undefined };
}

/// Verifies that one of the two checkpoints grew from the other. `path` is the consistency proof
/// between their sizes, in base64. `own` is the checkpoint that the person has kept.
export function verifyGrowth(own: Checkpoint, current: Checkpoint, path: readonly string[], key: VerifierKey): Step {
    return stepOf('Growth', () => {
        requireSigned(own, key);
        requireSigned(current, key);
        const digests = path.map((text) => {
            const digest = digestOf(text);
            if (digest === undefined) throw new BadProof('The proof of growth is damaged: it is not a list of 32 bytes in base64.');
            return digest;
        });
        const [older, newer] = own.size <= current.size ? [own, current] : [current, own];
        if (!provesGrowth(older.size, older.root, newer.size, newer.root, digests)) {
            throw new BadProof(
                own.size === current.size
                    ? 'The log was rewritten: it has the size of your checkpoint, but another root.'
                    : `The log did not grow from your checkpoint of ${events(own.size)}, or the proof of it is damaged.`,
            );
        }
        if (own.size > current.size) return `Your checkpoint of ${events(own.size)} grew from this one.`;
        return `The log grew from your checkpoint of ${events(own.size)}: none of them was changed.`;
    });
}

/// Verifies that a witness has signed the checkpoint, too.
export function verifyWitness(checkpoint: Checkpoint, witness: VerifierKey): Step {
    return stepOf('Witness', () => {
        const seen = cosignedAt(checkpoint.note, witness);
        if (seen === undefined) throw new BadProof(`The witness ${witness.name} has not signed this checkpoint; it may lag behind.`);
        return `The witness ${witness.name} has seen this checkpoint at ${seen.toISOString().slice(0, 19)}Z.`;
    });
}
