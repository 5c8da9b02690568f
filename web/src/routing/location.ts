/// The address of the page as signals. Every state that a person may want to send to another is in it.

import { batch, signal } from '@preact/signals';

export const path = signal(location.pathname);
export const search = signal(location.search);

/// Browsers ignore, or refuse with an exception, more than some changes of the address per second. One
/// that replaces another soon after it is shown at once, and reaches the browser a little later.
const replacementPause = 300;
let waiting: ReturnType<typeof setTimeout> | undefined;
let isReplacementWaiting = false;

const shown = () => path.value + search.value;

function replaceNow(): void {
    history.replaceState(null, '', shown());
    isReplacementWaiting = false;
    waiting = setTimeout(() => {
        waiting = undefined;
        if (isReplacementWaiting) replaceNow();
    }, replacementPause);
}

function finishReplacement(): void {
    if (isReplacementWaiting) history.replaceState(null, '', shown());
    isReplacementWaiting = false;
}

addEventListener('pagehide', finishReplacement);
addEventListener('popstate', () => {
    isReplacementWaiting = false;
    batch(() => {
        path.value = location.pathname;
        search.value = location.search;
    });
});

/// Goes to an address of the page.
export function navigate(address: string, replaces = false): void {
    if (address === shown()) return;
    if (!replaces) finishReplacement();
    const target = new URL(address, location.href);
    batch(() => {
        path.value = target.pathname;
        search.value = target.search;
    });
    if (!replaces) history.pushState(null, '', address);
    else if (waiting === undefined) replaceNow();
    else isReplacementWaiting = true;
}

/// Sets parameters of the address; undefined or an empty text removes one.
export function setQuery(changes: Record<string, string | undefined>, replaces = false): void {
    const query = new URLSearchParams(search.value);
    for (const [name, value] of Object.entries(changes)) {
        if (value === undefined || value === '') query.delete(name);
        else query.set(name, value);
    }
    const text = query.toString();
    navigate(path.value + (text === '' ? '' : `?${text}`), replaces);
}

/// A parameter of the address; reading it subscribes to changes of the address.
export function parameter(name: string): string | undefined {
    return new URLSearchParams(search.value).get(name) ?? undefined;
}

/// An address of the page at the moment that is shown now.
export function addressOf(target: string, parameters: Record<string, string | undefined> = {}): string {
    const query = new URLSearchParams();
    const moment = new URLSearchParams(search.value).get('as_of');
    if (moment !== null) query.set('as_of', moment);
    for (const [name, value] of Object.entries(parameters)) {
        if (value !== undefined && value !== '') query.set(name, value);
    }
    const text = query.toString();
    return target + (text === '' ? '' : `?${text}`);
}
