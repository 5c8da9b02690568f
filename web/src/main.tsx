import { render } from 'preact';
import { App } from './app';
import { ErrorBoundary } from './components/error_boundary';
import { notify } from './components/notices';
import { resumeSession } from './session/session';

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element #page');
addEventListener('unhandledrejection', () => {
    notify('Something on this page has failed. What you see may be incomplete: reload the page.', true);
});
void resumeSession();
// What the document says until its scripts have come.
root.replaceChildren();
render(
    <ErrorBoundary place="page">
        <App />
    </ErrorBoundary>,
    root,
);
