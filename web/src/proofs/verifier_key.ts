/// The public keys that verify signed notes: those of logs, and those of witnesses that cosign
/// checkpoints (C2SP signed-note and tlog-cosignature).

import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { BadProof } from './bad_proof';
import { bytesOfBase64, concatenated, hexOf, utf8 } from './bytes';
import { type Note, type NoteSignature, isKeyName } from './note';

const logKind = 0x01;
const witnessKind = 0x04;
const publicKeyBytes = 32;
const signatureBytes = 64;
const timeBytes = 8;

export interface VerifierKey {
    name: string;
    /// Eight hexadecimal digits.
    id: string;
    kind: 'log' | 'witness';
    publicKey: Uint8Array;
    /// The key as it was given, without white space around it.
    text: string;
}

/// Parses "name+id+base64". Throws BadProof.
export function parseVerifierKey(given: string): VerifierKey {
    const text = given.trim();
    const [, name = '', id = '', encoded = ''] = /^([^+\n]+)\+([0-9a-f]{8})\+([^\n]+)$/.exec(text) ?? [];
    if (!isKeyName(name)) throw new BadProof('A key has the form name+id+base64, on one line.');
    const typed = bytesOfBase64(encoded);
    if (typed === undefined) throw new BadProof('The key is damaged: its last part is not base64.');
    const kind = { [logKind]: 'log' as const, [witnessKind]: 'witness' as const }[typed[0] ?? 0];
    if (kind === undefined || typed.length !== 1 + publicKeyBytes) {
        throw new BadProof('The key is not an Ed25519 key of a log or of a witness.');
    }
    if (hexOf(sha256(concatenated(utf8(`${name}\n`), typed)).subarray(0, 4)) !== id) {
        throw new BadProof('The key is damaged: its id does not belong to its name and its bytes.');
    }
    return { name, id, kind, publicKey: typed.subarray(1), text };
}

function isSigned(message: Uint8Array, signature: Uint8Array, key: VerifierKey): boolean {
    if (signature.length !== signatureBytes) return false;
    try {
        // The strict rules of RFC 8032, as OpenSSL applies them.
        return ed25519.verify(signature, message, key.publicKey, { zip215: false });
    } catch {
        return false; // not a point of the curve
    }
}

/// The time at which a witness states to have seen the text, in seconds since 1970.
function timeOf(signature: NoteSignature): bigint {
    return new DataView(signature.bytes.buffer, signature.bytes.byteOffset).getBigUint64(0);
}

function verifies(note: Note, signature: NoteSignature, key: VerifierKey): boolean {
    if (key.kind === 'log') return isSigned(utf8(note.text), signature.bytes, key);
    if (signature.bytes.length !== timeBytes + signatureBytes) return false;
    const message = utf8(`cosignature/v1\ntime ${timeOf(signature)}\n${note.text}`);
    return isSigned(message, signature.bytes.subarray(timeBytes), key);
}

/// The key's valid signature of the note; undefined if the key has not signed it. Signatures of other
/// keys do not matter. Throws BadProof if one that claims to be of this key is not valid.
export function signatureOf(note: Note, key: VerifierKey): NoteSignature | undefined {
    const claimed = note.signatures.filter(({ keyName, keyId }) => keyName === key.name && keyId === key.id);
    if (!claimed.every((signature) => verifies(note, signature, key))) {
        throw new BadProof(`The signature of ${key.name} is wrong: the text or the signature was changed.`);
    }
    return claimed[0];
}

/// When the witness has signed the note; undefined if it has not. Throws BadProof like signatureOf().
export function cosignedAt(note: Note, witness: VerifierKey): Date | undefined {
    const signature = signatureOf(note, witness);
    if (signature === undefined) return undefined;
    const time = new Date(Number(timeOf(signature)) * 1_000);
    if (Number.isNaN(time.getTime())) throw new BadProof(`The time of the signature of ${witness.name} is none.`);
    return time;
}
