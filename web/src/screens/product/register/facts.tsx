/// The fields of an object that are texts.

import type { ComponentChildren } from 'preact';

export function Fact({ label, children }: { label: string; children: ComponentChildren }) {
    return (
        <>
            <dt>{label}</dt>
            <dd>{children}</dd>
        </>
    );
}

/// Nothing for an empty field.
export function TextFact({ label, text }: { label: string; text: string | null }) {
    return text === null ? null : (
        <Fact label={label}>
            <bdi>{text}</bdi>
        </Fact>
    );
}

/// A text of several lines under a heading of its own; nothing for an empty field.
export function LongFact({ label, text }: { label: string; text: string | null }) {
    return text === null ? null : (
        <>
            <h3>{label}</h3>
            <p class="long-text" dir="auto">
                {text}
            </p>
        </>
    );
}
