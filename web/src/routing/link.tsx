/// Links within the page.

import type { ComponentChildren, JSX } from 'preact';
import { navigate, path } from './location';

type LinkProperties = Omit<JSX.IntrinsicElements['a'], 'href' | 'onClick'> & {
    href: string;
    children: ComponentChildren;
};

/// A link that the page follows itself, unless the person asks for a new tab or window.
export function Link({ href, children, ...others }: LinkProperties) {
    function follow(event: MouseEvent) {
        if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        navigate(href);
    }
    return (
        <a {...others} href={href} onClick={follow}>
            {children}
        </a>
    );
}

/// A link of a navigation bar, which says when it leads to where one is.
export function NavigationLink({ href, isCurrent, children }: { href: string; isCurrent?: boolean; children: ComponentChildren }) {
    const target = href.split('?')[0];
    const current = isCurrent ?? path.value === target;
    return (
        <Link href={href} {...(current ? { 'aria-current': 'page' as const } : {})}>
            {children}
        </Link>
    );
}
