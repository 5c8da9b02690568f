/// Short messages about what has just happened; they go by themselves or are closed.

import { signal } from '@preact/signals';

interface Notice {
    id: number;
    text: string;
    isFault: boolean;
}

const notices = signal<Notice[]>([]);
let lastId = 0;
const shownMilliseconds = 8_000;

function close(id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id);
}

/// Tells the person something. A fault stays until it is closed.
export function notify(text: string, isFault = false): void {
    const id = ++lastId;
    notices.value = [...notices.value, { id, text, isFault }].slice(-4);
    if (!isFault) setTimeout(() => close(id), shownMilliseconds);
}

export function Notices() {
    return (
        <div class="notices" role="status" aria-live="polite">
            {notices.value.map(({ id, text, isFault }) => (
                <p key={id} class={isFault ? 'notice fault' : 'notice'}>
                    <span>{text}</span>
                    <button type="button" class="plain" aria-label="Close the message" onClick={() => close(id)}>
                        ×
                    </button>
                </p>
            ))}
        </div>
    );
}
