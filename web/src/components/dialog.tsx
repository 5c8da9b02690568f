/// A window above the page that must be answered first. Escape and the cross close it, and ask before
/// they throw away what was typed into it; a button of the content closes it at once.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useUniqueId } from './unique_id';

interface DialogProperties {
    title: string;
    children: ComponentChildren;
    onClose: () => void;
    /// Without: it cannot be closed, only answered.
    canClose?: boolean;
    size?: 'normal' | 'wide';
    /// True: nothing of the page can be seen behind it.
    isOpaque?: boolean;
}

/// What somebody would have to type again; not the search of a list.
function isTyped(target: EventTarget | null): boolean {
    if (target instanceof HTMLTextAreaElement) return true;
    return target instanceof HTMLInputElement && ['text', 'number', 'date', 'email', 'url', 'password'].includes(target.type);
}

function DiscardQuestion({ onKeep, onDiscard }: { onKeep: () => void; onDiscard: () => void }) {
    const keep = useRef<HTMLButtonElement>(null);
    useEffect(() => keep.current?.focus(), []);
    return (
        <div class="warning" role="alert">
            <p>Close this and lose what you have typed?</p>
            <div class="actions">
                <button ref={keep} type="button" class="primary" onClick={onKeep}>
                    Keep typing
                </button>
                <button type="button" onClick={onDiscard}>
                    Discard it
                </button>
            </div>
        </div>
    );
}

export function Dialog({ title, children, onClose, canClose = true, size = 'normal', isOpaque = false }: DialogProperties) {
    const element = useRef<HTMLDialogElement>(null);
    const titleId = useUniqueId();
    const hasTyped = useRef(false);
    const [isAsking, setAsking] = useState(false);
    const last = useRef<HTMLElement | null>(null);
    function keep() {
        setAsking(false);
        last.current?.focus();
    }
    function close() {
        if (isAsking) keep();
        else if (hasTyped.current) setAsking(true);
        else onClose();
    }
    useEffect(() => {
        const before = document.activeElement;
        element.current?.showModal();
        return () => {
            if (before instanceof HTMLElement && before.isConnected) before.focus();
        };
    }, []);
    return (
        <dialog
            ref={element}
            class={isOpaque ? `${size} opaque` : size}
            aria-labelledby={titleId}
            onCancel={(event) => {
                event.preventDefault();
                if (canClose) close();
            }}
            onInput={({ target }) => {
                if (!isTyped(target)) return;
                hasTyped.current = true;
                last.current = target as HTMLElement;
            }}
            // Browsers close a dialog without asking if one insists.
            onKeyDown={(event) => {
                if (event.key !== 'Escape') return;
                event.preventDefault();
                if (canClose) close();
            }}
            onClose={({ target }) => {
                if (target !== element.current) return;
                element.current?.showModal();
                if (canClose) close();
            }}
        >
            <header>
                <h2 id={titleId}>{title}</h2>
                {canClose ? (
                    <button type="button" class="plain" aria-label="Close" onClick={close}>
                        ×
                    </button>
                ) : null}
            </header>
            {isAsking ? <DiscardQuestion onKeep={keep} onDiscard={onClose} /> : null}
            {children}
        </dialog>
    );
}
