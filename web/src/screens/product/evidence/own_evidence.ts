/// What the person has kept outside of the server: a checkpoint and keys. They are public, and stay
/// in this browser until it is closed.

import { signal } from '@preact/signals';
import { BadProof } from '../../../proofs/bad_proof';
import { type Checkpoint, parseCheckpoint } from '../../../proofs/checkpoint';
import { type VerifierKey, parseVerifierKey } from '../../../proofs/verifier_key';

export interface OwnEvidence {
    checkpoint?: Checkpoint;
    logKey?: VerifierKey;
    witnessKeys: readonly VerifierKey[];
}

/// The texts as they were given.
export interface OwnTexts {
    checkpoint: string;
    keys: string;
}

/// The element that takes them, on the screen with the evidence of a product.
export const ownEvidenceId = 'own-evidence';

const storageName = 'own-evidence';
const noTexts: OwnTexts = { checkpoint: '', keys: '' };

/// What a text is that was read from a file: a checkpoint, which has signatures, or keys.
export function partsOf(text: string): OwnTexts {
    const clean = text.replaceAll('\r\n', '\n');
    return /(^|\n)\u2014 /.test(clean) ? { checkpoint: clean, keys: '' } : { checkpoint: '', keys: clean };
}

/// A pasted checkpoint often has lost the newline at its end, or has got more of them.
function withoutMargins(text: string): string {
    return text.replaceAll('\r\n', '\n').trim() + '\n';
}

/// Throws BadProof.
export function parseCheckpointText(text: string): Checkpoint | undefined {
    return text.trim() === '' ? undefined : parseCheckpoint(withoutMargins(text));
}

/// One key a line: of the log, of witnesses, or both. Throws BadProof.
export function parseKeysText(text: string): Pick<OwnEvidence, 'logKey' | 'witnessKeys'> {
    const keys = text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map(parseVerifierKey);
    const [logKey, ...others] = keys.filter(({ kind }) => kind === 'log');
    if (others.length > 0) throw new BadProof('These are keys of several logs. Give the key of this one.');
    return { ...(logKey === undefined ? {} : { logKey }), witnessKeys: keys.filter(({ kind }) => kind === 'witness') };
}

function parsed(texts: OwnTexts): OwnEvidence {
    const checkpoint = parseCheckpointText(texts.checkpoint);
    return { ...(checkpoint === undefined ? {} : { checkpoint }), ...parseKeysText(texts.keys) };
}

function kept(): OwnTexts {
    try {
        const texts = { ...noTexts, ...(JSON.parse(sessionStorage.getItem(storageName) ?? '{}') as Partial<OwnTexts>) };
        parsed(texts);
        return texts;
    } catch {
        return noTexts; // no storage, or not what this page has put there
    }
}

export const ownTexts = signal<OwnTexts>(kept());
export const ownEvidence = signal<OwnEvidence>(parsed(ownTexts.value));

/// Uses the texts from now on. Throws BadProof.
export function keepOwnTexts(texts: OwnTexts): void {
    ownEvidence.value = parsed(texts);
    ownTexts.value = texts;
    try {
        sessionStorage.setItem(storageName, JSON.stringify(texts));
    } catch {
        // They stay in memory.
    }
}

export function forgetOwnTexts(): void {
    keepOwnTexts(noTexts);
}
