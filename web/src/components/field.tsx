/// A labelled input of a form with its hint and its fault.

import type { ComponentChildren } from 'preact';
import { useUniqueId } from './unique_id';

interface Parts {
    id: string;
    'aria-describedby': string;
    'aria-invalid': boolean;
}

interface FieldProperties {
    label: string;
    hint?: string | undefined;
    fault?: string | undefined;
    children: (parts: Parts) => ComponentChildren;
}

/// `children` renders the input with the given attributes, which connect it with its texts.
export function Field({ label, hint, fault, children }: FieldProperties) {
    const id = useUniqueId();
    return (
        <div class={fault === undefined ? 'field' : 'field invalid'}>
            <label for={id}>{label}</label>
            {children({ id, 'aria-describedby': `${id}-texts`, 'aria-invalid': fault !== undefined })}
            <div id={`${id}-texts`} class="texts">
                {hint === undefined ? null : <p class="hint">{hint}</p>}
                {fault === undefined ? null : <p class="fault">{fault}</p>}
            </div>
        </div>
    );
}
