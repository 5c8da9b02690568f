/// The tokens that are not revoked: who has them, what they may, and when they were last used.

import { useMemo, useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { allOf } from '../../../api/pages';
import { useResource } from '../../../api/resource';
import type { Product, Token } from '../../../api/types';
import { DataTable, type Sorting } from '../../../components/data_table';
import { ResourceNote } from '../../../components/problem_note';
import { isPast } from '../../../moment/moment';
import { parameter, setQuery } from '../../../routing/location';
import { currentSession } from '../../../session/session';
import { IssueDialog } from './issue_dialog';
import { RevokeDialog } from './revoke_dialog';
import { productsText, tokenColumns } from './token_columns';

const atOnce = 1_000;

/// Of `tokens`, those that contain the text, in the order that is asked for.
function shownTokens(tokens: readonly Token[], search: string, sorting: Sorting, products: ReadonlyMap<number, Product>): Token[] {
    const wanted = search.trim().toLowerCase();
    const found = tokens.filter((token) =>
        `${token.name} ${token.role} ${token.prefix} ${productsText(token, products)}`.toLowerCase().includes(wanted),
    );
    const keyOf = (token: Token): string => {
        switch (sorting.key) {
            case 'role':
                return token.role;
            case 'created':
                return token.created_at;
            // A token that never expires comes after all others.
            case 'expires':
                return token.expires_at ?? '~';
            case 'used':
                return token.last_used_at ?? '';
            default:
                return token.name.toLowerCase();
        }
    };
    const direction = sorting.isDescending ? -1 : 1;
    return found.sort((one, other) => direction * (keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : one.id - other.id));
}

export function TokensTab() {
    const tokens = useResource(
        (signal) => allOf(api.GET('/api/api-tokens', { params: { query: { limit: atOnce } }, signal }), signal),
        [],
    );
    const products = useResource(
        (signal) => allOf(api.GET('/api/products', { params: { query: { limit: atOnce } }, signal }), signal),
        [],
    );
    const [isIssuing, setIssuing] = useState(false);
    const [revoked, setRevoked] = useState<Token>();
    const search = parameter('search') ?? '';
    const sort = parameter('sort') ?? 'name';
    const sorting: Sorting = { key: sort.replace(/^-/, ''), isDescending: sort.startsWith('-') };
    const data = tokens.data.value;
    const known = products.data.value;
    const names = useMemo(() => new Map((known ?? []).map((product) => [product.id, product])), [known]);
    const rows = useMemo(() => shownTokens(data ?? [], search, sorting, names), [data, search, sort, names]);
    const columns = useMemo(
        () => tokenColumns(names, currentSession.value?.token_id, isPast.value ? undefined : setRevoked),
        [names, currentSession.value, isPast.value],
    );
    return (
        <>
            <div class="toolbar">
                <label class="grow">
                    Search tokens
                    <input
                        type="search"
                        value={search}
                        placeholder="Name, role, prefix or product"
                        onInput={(event) => setQuery({ search: event.currentTarget.value }, true)}
                    />
                </label>
                {isPast.value ? null : (
                    <button type="button" class="primary" onClick={() => setIssuing(true)}>
                        Issue a token…
                    </button>
                )}
            </div>
            <ResourceNote of={tokens} what="the tokens" />
            {data === undefined ? null : (
                <>
                    <p class="hint" role="status">
                        {rows.length === data.length ? `${data.length} tokens` : `${rows.length} of ${data.length} tokens`}. Revoked ones are not listed.
                    </p>
                    <DataTable
                        label="Tokens"
                        columns={columns}
                        rows={rows}
                        keyOf={({ id }) => id}
                        sorting={sorting}
                        onSort={({ key, isDescending }) => setQuery({ sort: `${isDescending ? '-' : ''}${key}` })}
                        empty="No token matches the search."
                    />
                </>
            )}
            {isIssuing ? (
                <IssueDialog products={products} onIssued={() => void tokens.reload()} onClose={() => setIssuing(false)} />
            ) : null}
            {revoked === undefined ? null : (
                <RevokeDialog
                    token={revoked}
                    onRevoked={() => {
                        setRevoked(undefined);
                        void tokens.reload();
                    }}
                    onClose={() => setRevoked(undefined)}
                />
            )}
        </>
    );
}
