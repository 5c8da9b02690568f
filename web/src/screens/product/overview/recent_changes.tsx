/// What is different since the verdict was last the other one.

import type { ComponentChildren } from 'preact';
import { api, dataOf } from '../../../api/client';
import { useResource } from '../../../api/resource';
import type { Diff } from '../../../api/types';
import { ResourceNote } from '../../../components/problem_note';
import { Time } from '../../../components/time';
import { asOf } from '../../../moment/moment';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';
import { FieldValue, fieldTitle } from '../changes/field_value';
import type { Since } from './since';

interface Line {
    key: string;
    mark: '+' | '−' | '~';
    href: string;
    title: string;
    name: string;
    details: ComponentChildren;
}

const linesMax = 8;

/// Threats before mitigations, what was added before what was changed.
export function linesOf(diff: Diff): Line[] {
    const lines: Line[] = [];
    for (const [kind, title] of [['threats', 'Threat'], ['mitigations', 'Mitigation']] as const) {
        const part = diff[kind];
        const line = (mark: Line['mark'], { id, name }: { id: number; name: string }, details: ComponentChildren) =>
            lines.push({ key: `${mark}${kind}${id}`, mark, href: `/products/${diff.product_id}/${kind}/${id}`, title: `${title} ${id}`, name, details });
        for (const object of part.added) line('+', object, 'severity' in object ? (object.severity ?? 'unscored') : object.status);
        for (const object of part.removed) line('−', object, 'removed');
        for (const object of part.changed) {
            line(
                '~',
                object,
                Object.entries(object.fields).map(([field, { from, to }], index) => (
                    <>
                        {index === 0 ? '' : '; '}
                        {fieldTitle(field).toLowerCase()} <FieldValue value={from} isShort /> → <FieldValue value={to} isShort />
                    </>
                )),
            );
        }
    }
    return lines;
}

export function RecentChanges({ product, since, revision }: { product: number; since: Since; revision: number }) {
    const from = since.last_opposite?.at;
    const diff = useResource(
        async (signal) =>
            from === undefined
                ? undefined
                : await dataOf(
                      api.GET('/api/products/{product_id}/diff', {
                          params: { path: { product_id: product }, query: { from, ...(asOf.value === undefined ? {} : { to: asOf.value }) } },
                          signal,
                      }),
                  ),
        [product, from, asOf.value, revision],
    );
    if (from === undefined) return null;
    const data = diff.data.value;
    const lines = data?.product_id === product ? linesOf(data) : [];
    return (
        <section class="card recent-changes" aria-label="Changes since then">
            <h2>{since.pass ? 'What changed since it last failed' : 'What changed since it last passed'}</h2>
            <p class="hint">
                Since <Time at={from} />
            </p>
            {diff.problem.value === undefined ? null : <ResourceNote of={diff} what="the changes" />}
            <ul class="change-lines">
                {lines.slice(0, linesMax).map(({ key, mark, href, title, name, details }) => (
                    <li key={key}>
                        <span class="mark" aria-label={{ '+': 'added', '−': 'removed', '~': 'changed' }[mark]} role="img">
                            {mark}
                        </span>
                        <span>
                            <Link href={addressOf(href)}>{title}</Link> <bdi>{name}</bdi> <span class="hint">{details}</span>
                        </span>
                    </li>
                ))}
            </ul>
            {data !== undefined && lines.length === 0 ? <p>Threats and mitigations are the same.</p> : null}
            <p>
                <Link href={addressOf(`/products/${product}/changes`, { from, to: asOf.value })}>
                    {lines.length > linesMax ? `All ${lines.length} changes, with who and why` : 'Who and why'}
                </Link>
            </p>
        </section>
    );
}
