/// Bytes, and the texts that stand for them.

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
    return encoder.encode(text);
}

export function concatenated(...parts: readonly Uint8Array[]): Uint8Array {
    const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        joined.set(part, at);
        at += part.length;
    }
    return joined;
}

export function areEqual(left: Uint8Array, right: Uint8Array): boolean {
    return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

export function hexOf(bytes: Uint8Array): string {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function base64Of(bytes: Uint8Array): string {
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/// The bytes of padded base64 (RFC 4648 section 4); undefined unless it is exactly what base64Of()
/// makes of them.
export function bytesOfBase64(text: string): Uint8Array | undefined {
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    // The last digit may have bits that belong to no byte.
    return base64Of(bytes) === text ? bytes : undefined;
}
