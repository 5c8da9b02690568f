/// Files that the API answers with, saved by the browser.

import { fetchFromApi } from './client';

/// The name that the server gives the file.
function nameOf(response: Response, otherwise: string): string {
    const disposition = response.headers.get('Content-Disposition') ?? '';
    const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
    if (encoded !== undefined) return decodeURIComponent(encoded);
    return /filename="([^"]+)"/i.exec(disposition)?.[1] ?? otherwise;
}

/// Saves text or bytes as a file.
export function saveFile(content: Blob, name: string): void {
    const address = URL.createObjectURL(content);
    const link = document.createElement('a');
    link.href = address;
    link.download = name;
    link.click();
    // The browser has begun to read it by then.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/// Asks for a path of the API and saves the answer, as `name` if the server names no file. Throws
/// ApiProblem.
export async function download(
    path: string,
    query: Record<string, string> = {},
    name = path.slice(path.lastIndexOf('/') + 1),
): Promise<void> {
    const address = new URL(path, location.origin);
    for (const [key, value] of Object.entries(query)) address.searchParams.set(key, value);
    const response = await fetchFromApi(address);
    saveFile(await response.blob(), nameOf(response, name));
}
