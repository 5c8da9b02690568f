/// Every report of the product as of the moment that is shown.

import { useState } from 'preact/hooks';
import { download } from '../../../api/download';
import { type ApiProblem, asProblem } from '../../../api/problem';
import { ProblemNote } from '../../../components/problem_note';
import { asOf, atMoment } from '../../../moment/moment';
import { momentText } from '../../../moment/moment_banner';

interface Report {
    name: string;
    /// Below /api/products/{id}/.
    path: string;
    /// What it is for.
    purpose: string;
}

const reports: readonly Report[] = [
    { name: 'Report (HTML)', path: 'download/report', purpose: 'To read in a browser, or to print: the verdict, the threats and how they changed.' },
    { name: 'Report (Word)', path: 'download/report.docx', purpose: 'The same for an audit file that is edited in Word.' },
    { name: 'Report (Markdown)', path: 'download/report.md', purpose: 'The same for a wiki or a merge request.' },
    { name: 'Threats and mitigations (CSV)', path: 'download/threats-mitigations', purpose: 'One row a threat, for a spreadsheet.' },
    { name: 'Model (JSON)', path: 'download/model.json', purpose: 'The whole model for programs; it can be imported again.' },
    { name: 'Everything (ZIP)', path: 'download/bundle', purpose: 'All of the above in one archive.' },
    { name: 'SARIF', path: 'security-status.sarif', purpose: 'Open threats for code scanning, as on GitHub.' },
    { name: 'JUnit', path: 'security-status.junit.xml', purpose: 'The verdict as a test result, for most CI servers.' },
    { name: 'GitLab', path: 'security-status.gitlab.json', purpose: 'Open threats as a code quality report of GitLab.' },
];

export function DownloadsCard({ product }: { product: number }) {
    const [busy, setBusy] = useState<string>();
    const [failed, setFailed] = useState<{ path: string; problem: ApiProblem }>();
    const moment = asOf.value;

    async function get({ path }: Report) {
        setBusy(path);
        setFailed(undefined);
        try {
            await download(`/api/products/${product}/${path}`, atMoment());
        } catch (thrown) {
            const problem = asProblem(thrown);
            if (problem !== undefined) setFailed({ path, problem });
        } finally {
            setBusy(undefined);
        }
    }
    return (
        <section class="card">
            <h2>Reports as of {moment === undefined ? 'now' : momentText(moment)}</h2>
            <ul class="downloads">
                {reports.map((report) => (
                    <li key={report.path}>
                        <div>
                            <strong>{report.name}</strong>
                            <p class="hint">{report.purpose}</p>
                        </div>
                        <button
                            type="button"
                            disabled={busy !== undefined}
                            aria-label={`Download ${report.name}`}
                            onClick={() => void get(report)}
                        >
                            {busy === report.path ? 'Preparing…' : 'Download'}
                        </button>
                        {failed?.path === report.path ? <ProblemNote problem={failed.problem} isFinal onRetry={() => void get(report)} /> : null}
                    </li>
                ))}
            </ul>
        </section>
    );
}
