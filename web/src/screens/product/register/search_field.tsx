/// A text to search for. The address follows a moment after the last key.

import { useEffect, useRef, useState } from 'preact/hooks';
import { parameter, setQuery } from '../../../routing/location';

const pauseMilliseconds = 150;

export function SearchField({ label }: { label: string }) {
    const current = parameter('q') ?? '';
    const [typed, setTyped] = useState(current);
    const sent = useRef(current);
    const timer = useRef<ReturnType<typeof setTimeout>>();
    useEffect(() => {
        // The address has changed by other means, such as going back.
        if (current !== sent.current) {
            clearTimeout(timer.current);
            sent.current = current;
            setTyped(current);
        }
    }, [current]);
    useEffect(() => () => clearTimeout(timer.current), []);

    function type(text: string) {
        setTyped(text);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
            sent.current = text;
            setQuery({ q: text }, true);
        }, pauseMilliseconds);
    }
    return (
        <label class="grow">
            {label}
            <input type="search" dir="auto" value={typed} onInput={(event) => type(event.currentTarget.value)} />
        </label>
    );
}
