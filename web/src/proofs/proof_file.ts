/// Files that prove that an event is in a log (C2SP tlog-proof).

import { BadProof } from './bad_proof';
import { bytesOfBase64 } from './bytes';
import { type Checkpoint, digestOf, parseCheckpoint } from './checkpoint';
import { parseDecimal } from './decimal';

const firstLine = 'c2sp.org/tlog-proof@v1';
const longestPath = 64;
const largestFile = 2_097_152;

export interface ProofFile {
    /// The line that the file says it is about; undefined if it has none. Not proven by itself.
    extra: Uint8Array | undefined;
    /// The index of the event, from 0.
    index: number;
    path: Uint8Array[];
    checkpoint: Checkpoint;
}

/// Parses a proof; nothing is verified. Throws BadProof.
export function parseProofFile(file: string): ProofFile {
    const split = file.indexOf('\n\n');
    if (file.length > largestFile || split < 0) throw new BadProof('The proof is damaged: it ends too early or is too long.');
    const [first, ...lines] = file.slice(0, split).split('\n');
    if (first !== firstLine) throw new BadProof(`The proof is damaged: its first line is not ${firstLine}.`);
    let extra: Uint8Array | undefined;
    if (lines[0]?.startsWith('extra ')) {
        extra = bytesOfBase64(lines.shift()!.slice('extra '.length));
        if (extra === undefined) throw new BadProof('The proof is damaged: the line of the event in it is not base64.');
    }
    const [, indexText = ''] = /^index (.*)$/.exec(lines.shift() ?? '') ?? [];
    const index = parseDecimal(indexText);
    if (index === undefined) throw new BadProof('The proof is damaged: it has no index below 2^53.');
    if (lines.length > longestPath) throw new BadProof('The proof is damaged: its path is too long.');
    const path = lines.map((line) => {
        const digest = digestOf(line);
        if (digest === undefined) throw new BadProof('The proof is damaged: a line of its path is not 32 bytes in base64.');
        return digest;
    });
    return { extra, index, path, checkpoint: parseCheckpoint(file.slice(split + 2)) };
}
