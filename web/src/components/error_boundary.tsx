/// Stands in for a part of the page that has failed, so that a fault never leaves a blank screen.

import { Component, type ComponentChildren } from 'preact';

interface ErrorBoundaryProperties {
    /// Where one is: what failed elsewhere is tried again.
    place: string;
    children: ComponentChildren;
}

export class ErrorBoundary extends Component<ErrorBoundaryProperties, { failedAt: string | undefined }> {
    override state = { failedAt: undefined };

    override componentDidCatch(error: unknown): void {
        this.setState({ failedAt: this.props.place });
        // The browser's console is where whoever mends it looks.
        reportError(error);
    }

    override render() {
        const { place, children } = this.props;
        if (this.state.failedAt !== place) return children;
        return (
            <section class="centred" role="alert">
                <h1>This part of the page has failed</h1>
                <p>
                    Nothing that is recorded is lost. Reload the page; if it fails again, report it to whoever runs this server, with what the
                    browser's console says.
                </p>
                <button type="button" class="primary" onClick={() => location.reload()}>
                    Reload
                </button>
            </section>
        );
    }
}
