/// The title of the browser's window.

import { useEffect } from 'preact/hooks';

export function useTitle(title: string | undefined): void {
    useEffect(() => {
        document.title = title === undefined ? 'ThreatAtlas' : `${title} – ThreatAtlas`;
    }, [title]);
}
