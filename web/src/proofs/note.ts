/// Signed notes: a text followed by signatures (C2SP signed-note).

import { BadProof } from './bad_proof';
import { bytesOfBase64, hexOf } from './bytes';

const signatureBegin = '\u2014 ';
const keyIdBytes = 4;
const largestNote = 1_048_576;
const mostSignatures = 100;

export interface NoteSignature {
    keyName: string;
    /// Eight hexadecimal digits.
    keyId: string;
    bytes: Uint8Array;
}

export interface Note {
    /// What is signed; ends with a newline.
    text: string;
    signatures: NoteSignature[];
}

/// Not empty, without white space, without "+".
export function isKeyName(name: string): boolean {
    return name !== '' && !/[\s+\u0000-\u001f\u0085]/.test(name);
}

function parseSignature(line: string): NoteSignature {
    const space = line.indexOf(' ', signatureBegin.length);
    if (!line.startsWith(signatureBegin) || space < 0) {
        throw new BadProof('A line after the text is not a signature: it must be a dash, the name of a key and base64.');
    }
    const keyName = line.slice(signatureBegin.length, space);
    const decoded = bytesOfBase64(line.slice(space + 1));
    if (!isKeyName(keyName) || decoded === undefined || decoded.length <= keyIdBytes) {
        throw new BadProof('A signature is damaged: it is not the base64 of a key id and a signature.');
    }
    return { keyName, keyId: hexOf(decoded.subarray(0, keyIdBytes)), bytes: decoded.subarray(keyIdBytes) };
}

/// Parses a note; its signatures are not verified. Throws BadProof.
export function parseNote(note: string): Note {
    if (note.length > largestNote) throw new BadProof('The signed text is larger than a megabyte.');
    if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) throw new BadProof('The signed text contains control characters.');
    const split = note.lastIndexOf('\n\n');
    if (split < 0 || !note.endsWith('\n')) {
        throw new BadProof('It is not complete: a text, an empty line and a signature are needed, with a line break at the end.');
    }
    const lines = note.slice(split + 2, -1).split('\n');
    if (lines.length > mostSignatures) throw new BadProof('It has more than 100 signatures.');
    return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) };
}
