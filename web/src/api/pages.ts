/// Lists that the API answers page by page.

import { fetchFromApi } from './client';

type Page<Item> = { data?: Item[]; response: Response };

/// The path and query of the next page; undefined after the last one.
export function nextPage(response: Response): string | undefined {
    const link = response.headers.get('Link');
    return link === null ? undefined : /<([^>]+)>;\s*rel="?next"?/.exec(link)?.[1];
}

/// The pages of a list, one after another. `first` is the call for the first page.
export async function* pagesOf<Item>(first: Promise<Page<Item>>, signal?: AbortSignal): AsyncGenerator<Item[]> {
    let { data, response } = await first;
    for (;;) {
        yield data ?? [];
        const next = nextPage(response);
        if (next === undefined) return;
        response = await fetchFromApi(new URL(next, location.origin), signal);
        data = (await response.json()) as Item[];
    }
}

/// A whole list.
export async function allOf<Item>(first: Promise<Page<Item>>, signal?: AbortSignal): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of pagesOf(first, signal)) items.push(...page);
    return items;
}
