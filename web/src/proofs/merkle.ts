/// The Merkle tree of a log and its proofs (RFC 6962 section 2.1; RFC 9162 section 2.1). The proofs
/// may come from anybody: whatever their length and content, one that does not prove is false.

import { sha256 } from '@noble/hashes/sha2.js';
import { areEqual, concatenated } from './bytes';

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

export const digestBytes = 32;

/// The root of the tree without leaves.
export function emptyRoot(): Uint8Array {
    return sha256(new Uint8Array());
}

export function leafHash(entry: Uint8Array): Uint8Array {
    return sha256(concatenated(leafPrefix, entry));
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
    return sha256(concatenated(nodePrefix, left, right));
}

// Sizes exceed 32 bits, so no bit operators.
const isOdd = (value: number) => value % 2 === 1;
const half = (value: number) => Math.floor(value / 2);
const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;

function isPowerOfTwo(value: number): boolean {
    let rest = value;
    while (rest > 1 && !isOdd(rest)) rest = half(rest);
    return rest === 1;
}

/// Whether `path` proves that the leaf is at `index`, from 0, in the tree of `size` leaves with this
/// root (RFC 9162 section 2.1.3.2).
export function provesInclusion(
    index: number,
    size: number,
    leaf: Uint8Array,
    path: readonly Uint8Array[],
    root: Uint8Array,
): boolean {
    if (!isCount(index) || !isCount(size) || index >= size) return false;
    let at = index;
    let last = size - 1;
    let node = leaf;
    for (const sibling of path) {
        if (last === 0) return false;
        if (isOdd(at) || at === last) {
            node = nodeHash(sibling, node);
            while (!isOdd(at) && at !== 0) {
                at = half(at);
                last = half(last);
            }
        } else {
            node = nodeHash(node, sibling);
        }
        at = half(at);
        last = half(last);
    }
    return last === 0 && areEqual(node, root);
}

/// Whether `path` proves that the tree of `size` leaves begins with the leaves of the one of
/// `oldSize` (RFC 9162 section 2.1.4.2).
export function provesGrowth(
    oldSize: number,
    oldRoot: Uint8Array,
    size: number,
    root: Uint8Array,
    path: readonly Uint8Array[],
): boolean {
    if (!isCount(oldSize) || !isCount(size) || oldSize > size) return false;
    if (oldSize === size) return path.length === 0 && areEqual(oldRoot, root);
    if (oldSize === 0) return path.length === 0 && areEqual(oldRoot, emptyRoot());
    const [first, ...siblings] = isPowerOfTwo(oldSize) ? [oldRoot, ...path] : path;
    if (first === undefined) return false;
    let at = oldSize - 1;
    let last = size - 1;
    while (isOdd(at)) {
        at = half(at);
        last = half(last);
    }
    let oldNode = first;
    let node = first;
    for (const sibling of siblings) {
        if (last === 0) return false;
        if (isOdd(at) || at === last) {
            oldNode = nodeHash(sibling, oldNode);
            node = nodeHash(sibling, node);
            while (!isOdd(at) && at !== 0) {
                at = half(at);
                last = half(last);
            }
        } else {
            node = nodeHash(node, sibling);
        }
        at = half(at);
        last = half(last);
    }
    return last === 0 && areEqual(oldNode, oldRoot) && areEqual(node, root);
}
