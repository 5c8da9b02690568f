/// Which address shows which screen.

import type { ComponentChildren } from 'preact';
import { parse } from 'regexparam';
import { InboxScreen } from './screens/inbox/inbox_screen';
import { PoliciesScreen } from './screens/policies/policies_screen';
import { PortfolioScreen } from './screens/portfolio/portfolio_screen';
import { ProductScreen } from './screens/product/product_screen';
import { SettingsScreen } from './screens/settings/settings_screen';

type Parameters = Record<string, string>;

/// The number that an address names an object by; NaN for anything else, and for what a number of
/// JavaScript cannot hold.
function idOf(text: string): number {
    const id = /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(id) ? id : Number.NaN;
}

/// undefined if the escapes of an address are broken.
function decoded(text: string): string | undefined {
    try {
        return decodeURIComponent(text);
    } catch {
        return undefined;
    }
}

/// `render` answers undefined for an address that belongs to nothing.
const routes: readonly [name: string, pattern: string, render: (parameters: Parameters) => ComponentChildren][] = [
    ['portfolio', '/', () => <PortfolioScreen />],
    ['product', '/products/:product/:tab?/:object?', ({ product = '', tab, object }) => {
        const id = idOf(product);
        const objectId = object === undefined ? undefined : idOf(object);
        if (Number.isNaN(id) || Number.isNaN(objectId)) return undefined;
        return <ProductScreen id={id} tab={tab ?? 'overview'} object={objectId} />;
    }],
    ['inbox', '/inbox', () => <InboxScreen />],
    ['policies', '/policies/:name?', ({ name }) => <PoliciesScreen name={name} />],
    ['settings', '/settings/:tab?', ({ tab }) => <SettingsScreen tab={tab ?? 'server'} />],
];

const parsed = routes.map(([name, pattern, render]) => ({ name, render, ...parse(pattern) }));

export interface Route {
    /// Changes when another screen is shown.
    name: string;
    content: ComponentChildren;
}

export function matchRoute(path: string): Route | undefined {
    for (const { name, render, pattern, keys } of parsed) {
        const match = pattern.exec(path);
        if (match === null) continue;
        const parameters: Parameters = {};
        for (const [index, key] of keys.entries()) {
            const text = match[index + 1];
            if (text === undefined) continue;
            const value = decoded(text);
            if (value === undefined) return undefined;
            parameters[key] = value;
        }
        const content = render(parameters);
        return content === undefined ? undefined : { name, content };
    }
    return undefined;
}
