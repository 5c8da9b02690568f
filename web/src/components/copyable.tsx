/// A text that people take away: shown as it is, with a button that copies it and one that saves it.

import { useState } from 'preact/hooks';
import { saveFile } from '../api/download';
import { notify } from './notices';

/// Browsers have the clipboard only over HTTPS and on this machine. Elsewhere, a selection is copied
/// in the old way, from a field beside the button: a dialog lets nothing outside of it be selected.
function copySelection(text: string, beside: Element): boolean {
    const field = document.createElement('textarea');
    field.className = 'hidden-visually';
    field.readOnly = true;
    field.value = text;
    beside.after(field);
    field.select();
    try {
        return document.execCommand('copy');
    } finally {
        field.remove();
    }
}

async function copy(text: string, button: HTMLElement): Promise<boolean> {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        const isCopied = copySelection(text, button);
        button.focus();
        return isCopied;
    }
}

interface CopyableProperties {
    /// What the text is, for a screen reader and in messages, such as "the checkpoint".
    what: string;
    text: string;
    /// Present: it can be saved as a file of this name.
    fileName?: string;
}

export function Copyable({ what, text, fileName }: CopyableProperties) {
    const [isCopied, setCopied] = useState(false);
    async function copyIt(event: { currentTarget: HTMLElement }) {
        const done = await copy(text, event.currentTarget);
        setCopied(done);
        if (!done) notify('The browser does not let the page copy. Select the text and copy it yourself.', true);
    }
    return (
        <div class="copyable">
            <pre>{text.trimEnd()}</pre>
            <div class="actions">
                <button type="button" aria-label={`Copy ${what}`} onClick={(event) => void copyIt(event)}>
                    Copy
                </button>
                {fileName === undefined ? null : (
                    <button type="button" onClick={() => saveFile(new Blob([text]), fileName)}>
                        Save as {fileName}
                    </button>
                )}
                <span role="status" class="hint">
                    {isCopied ? 'Copied' : ''}
                </span>
            </div>
        </div>
    );
}
