/// The recorded checks of a product: which artifact was judged when, and whether it passed.

import { useEffect, useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { allOf } from '../../../api/pages';
import { useResource } from '../../../api/resource';
import type { Check } from '../../../api/types';
import { type Column, DataTable } from '../../../components/data_table';
import { ResourceNote } from '../../../components/problem_note';
import { VerdictTag } from '../../../components/tags';
import { Time } from '../../../components/time';
import { asOf } from '../../../moment/moment';
import { parameter, setQuery } from '../../../routing/location';
import { CheckDialog } from './check_dialog';

function firstDigest(check: Check): string {
    const [algorithm, digest] = Object.entries(check.subject.digest)[0] ?? ['', ''];
    return `${algorithm}:${digest}`;
}

const columns: readonly Column<Check>[] = [
    {
        key: 'subject',
        title: 'Artifact',
        width: 'minmax(8rem, 2fr)',
        narrow: 'first',
        cell: (check) => (
            <button type="button" class="plain link" onClick={() => setQuery({ check: String(check.check_id) })}>
                <bdi>{check.subject.name}</bdi>
            </button>
        ),
    },
    { key: 'recorded_at', title: 'When', width: '14rem', narrow: 'second', cell: (check) => <Time at={check.recorded_at} /> },
    { key: 'digest', title: 'Digest', width: 'minmax(8rem, 2fr)', narrow: 'hidden', cell: (check) => <code>{firstDigest(check)}</code> },
    { key: 'pass', title: 'Verdict', width: '6rem', narrow: 'second', cell: (check) => <VerdictTag pass={check.pass} /> },
    { key: 'actor', title: 'By', width: 'minmax(6rem, 1fr)', narrow: 'hidden', cell: (check) => <bdi>{check.actor}</bdi> },
];

/// The parameters of the API for what is looked for.
function filterOf(kind: string, text: string): { digest?: string; subject?: string } {
    if (text === '') return {};
    return kind === 'name' ? { subject: text } : { digest: text };
}

export function ChecksCard({ product, revision }: { product: number; revision: number }) {
    const moment = asOf.value;
    const kind = parameter('by') === 'name' ? 'name' : 'digest';
    const text = parameter('artifact') ?? '';
    const [typed, setTyped] = useState(text);
    useEffect(() => setTyped(text), [text]);
    const checks = useResource(
        async (signal) => {
            const query = { limit: 1_000, ...filterOf(kind, text), ...(moment === undefined ? {} : { to: moment }) };
            const call = api.GET('/api/products/{product_id}/checks', { params: { path: { product_id: product }, query }, signal });
            return (await allOf(call, signal)).reverse();
        },
        [product, moment, revision, kind, text],
    );
    const fault = checks.problem.value?.fieldErrors.get(kind === 'name' ? 'subject' : 'digest');
    const list = checks.data.value;
    const chosen = list?.find(({ check_id }) => String(check_id) === parameter('check'));
    return (
        <section class="card checks">
            <h2>Recorded checks</h2>
            <p>The answers that pipelines got before they released something, and what they released. Newest first.</p>
            <form
                class="toolbar"
                role="search"
                aria-label="Find a check"
                onSubmit={(event) => (event.preventDefault(), setQuery({ artifact: typed.trim() }))}
            >
                <label>
                    Find by
                    <select value={kind} onChange={(event) => setQuery({ by: event.currentTarget.value })}>
                        <option value="digest">Digest</option>
                        <option value="name">Name of the artifact</option>
                    </select>
                </label>
                <label class="grow">
                    {kind === 'name' ? 'The whole name' : 'The whole digest'}
                    <input
                        type="search"
                        value={typed}
                        spellcheck={false}
                        placeholder={kind === 'name' ? 'payments-api-4.2.tar.gz' : 'sha256:… or gitCommit:…'}
                        aria-invalid={fault !== undefined}
                        onInput={(event) => setTyped(event.currentTarget.value)}
                    />
                </label>
                <button type="submit">Find</button>
                {text === '' ? null : (
                    <button type="button" onClick={() => setQuery({ artifact: undefined })}>
                        Show all
                    </button>
                )}
            </form>
            {fault === undefined ? <ResourceNote of={checks} what="the checks" /> : <p class="fault" role="alert">{fault}</p>}
            {list === undefined || fault !== undefined ? null : (
                <DataTable
                    label="Recorded checks"
                    columns={columns}
                    rows={list}
                    keyOf={(check) => check.check_id}
                    empty={
                        text === ''
                            ? 'No check has been recorded. A pipeline records one with POST …/checks.'
                            : 'No check was recorded for it. That does not mean that it failed.'
                    }
                />
            )}
            {chosen === undefined ? null : (
                <CheckDialog product={product} check={chosen} onClose={() => setQuery({ check: undefined })} />
            )}
        </section>
    );
}
