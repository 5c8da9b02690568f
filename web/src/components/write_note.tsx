/// Why a write did not succeed, above the form that keeps what was typed.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/// Gets the focus when it appears and whenever `occasion` changes.
export function WriteNote({ title, occasion, children }: { title: string; occasion: unknown; children: ComponentChildren }) {
    const element = useRef<HTMLDivElement>(null);
    useEffect(() => element.current?.focus(), [occasion]);
    return (
        <div ref={element} class="problem" role="alert" tabIndex={-1}>
            <strong>{title}</strong>
            <p>{children}</p>
        </div>
    );
}
