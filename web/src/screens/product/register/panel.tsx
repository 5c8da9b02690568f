/// The frame of what is shown beside a table: a heading that takes the focus, and the way back.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface PanelProperties {
    title: ComponentChildren;
    /// Over the title, such as "Threat 7".
    kicker: string;
    /// Where closing leads to.
    back: string;
    onClose: () => void;
    children: ComponentChildren;
}

export function Panel({ title, kicker, back, onClose, children }: PanelProperties) {
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => heading.current?.focus(), []);
    return (
        <section class="panel" aria-label={kicker}>
            <header>
                <p class="hint">{kicker}</p>
                <button type="button" class="plain" onClick={onClose}>
                    <span aria-hidden="true">← </span>
                    {back}
                </button>
                <h2 ref={heading} tabIndex={-1}>
                    {title}
                </h2>
            </header>
            {children}
        </section>
    );
}
