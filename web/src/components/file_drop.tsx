/// A place that a file is dropped on, or chosen at.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface FileDropProperties {
    label: string;
    /// Types and endings that the browser offers first, as in the attribute `accept`.
    accept?: string;
    onFile: (file: File) => void;
    children?: ComponentChildren;
}

export function FileDrop({ label, accept, onFile, children }: FileDropProperties) {
    const [isOver, setOver] = useState(false);
    function drop(event: DragEvent) {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (file !== undefined) onFile(file);
    }
    return (
        <label
            class={isOver ? 'file-drop over' : 'file-drop'}
            onDragOver={(event) => (event.preventDefault(), setOver(true))}
            onDragLeave={() => setOver(false)}
            onDrop={drop}
        >
            <span class="file-drop-label">{label}</span>
            <input
                type="file"
                class="hidden-visually"
                {...(accept === undefined ? {} : { accept })}
                onChange={(event) => {
                    const file = event.currentTarget.files?.[0];
                    // The same file can be chosen again after it was changed.
                    event.currentTarget.value = '';
                    if (file !== undefined) onFile(file);
                }}
            />
            {children}
        </label>
    );
}
