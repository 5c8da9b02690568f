/// Ids that connect elements of the document with each other.

import { useState } from 'preact/hooks';

let last = 0;

/// Stays the same as long as the component lives. Preact's own useId() counts within the part of the
/// tree that was rendered together, so components that appear later can get an id that is in use.
export function useUniqueId(): string {
    const [id] = useState(() => `id-${++last}`);
    return id;
}
