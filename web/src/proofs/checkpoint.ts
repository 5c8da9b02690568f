/// Checkpoints: the signed size and root of a log (C2SP tlog-checkpoint).

import { BadProof } from './bad_proof';
import { areEqual, bytesOfBase64 } from './bytes';
import { parseDecimal } from './decimal';
import { digestBytes, emptyRoot } from './merkle';
import { type Note, parseNote } from './note';
import { type VerifierKey, signatureOf } from './verifier_key';

export interface Checkpoint {
    /// The name of the log.
    origin: string;
    /// The number of events.
    size: number;
    root: Uint8Array;
    note: Note;
}

/// The digest that a line has in base64; undefined if it has none.
export function digestOf(line: string): Uint8Array | undefined {
    const bytes = bytesOfBase64(line);
    return bytes?.length === digestBytes ? bytes : undefined;
}

/// Parses a checkpoint; its signatures are not verified. Throws BadProof.
export function parseCheckpoint(bytes: string): Checkpoint {
    const note = parseNote(bytes);
    const lines = note.text.slice(0, -1).split('\n');
    const [origin = '', sizeText = '', rootText = ''] = lines;
    if (lines.length < 3 || lines.some((line) => line === '')) {
        throw new BadProof('A checkpoint has three lines above its signatures: the name of the log, the number of events and the root.');
    }
    const size = parseDecimal(sizeText);
    if (size === undefined) {
        throw new BadProof('The second line of a checkpoint is the number of events, below 2^53 and without leading zeros.');
    }
    const root = digestOf(rootText);
    if (root === undefined) throw new BadProof('The third line of a checkpoint is the root: 32 bytes in base64.');
    if (size === 0 && !areEqual(root, emptyRoot())) {
        throw new BadProof('The checkpoint is of a log without events, but its root is of one that has some.');
    }
    return { origin, size, root, note };
}

/// Throws BadProof unless the checkpoint is one of the key's log and has its valid signature.
export function requireSigned(checkpoint: Checkpoint, key: VerifierKey): void {
    if (key.kind !== 'log') throw new BadProof('The key is of a witness. The key of the log is needed.');
    if (checkpoint.origin !== key.name) {
        throw new BadProof(`The checkpoint is of another log: it is of ${checkpoint.origin}, and the key is of ${key.name}.`);
    }
    if (signatureOf(checkpoint.note, key) === undefined) {
        throw new BadProof(`The checkpoint is not signed by this key (id ${key.id}).`);
    }
}
