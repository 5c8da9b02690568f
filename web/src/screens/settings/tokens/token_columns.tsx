/// The columns of the list of tokens.

import type { Product, Token } from '../../../api/types';
import type { Column } from '../../../components/data_table';
import { Time } from '../../../components/time';

/// "All", or the names of its products. One that cannot be read any more is a number.
export function productsText({ product_ids }: Token, products: ReadonlyMap<number, Product>): string {
    return product_ids === null ? 'All' : product_ids.map((id) => products.get(id)?.name ?? `Product ${id}`).join(', ');
}

function Expiry({ at }: { at: string | null }) {
    if (at === null) return <>Never</>;
    if (Date.parse(at) > Date.now()) return <Time at={at} form="day" />;
    return (
        <span class="tag fail">
            <span aria-hidden="true">✕</span> Expired <Time at={at} form="day" />
        </span>
    );
}

/// `onRevoke` undefined: tokens cannot be revoked now.
export function tokenColumns(
    products: ReadonlyMap<number, Product>,
    ownId: number | undefined,
    onRevoke: ((token: Token) => void) | undefined,
): Column<Token>[] {
    return [
        {
            key: 'name',
            title: 'Name',
            width: 'minmax(9rem, 1.6fr)',
            canSort: true,
            narrow: 'first',
            cell: ({ id, name }) => (
                <span title={name}>
                    {id === ownId ? <span class="tag">Yours</span> : null} <bdi>{name}</bdi>
                </span>
            ),
        },
        { key: 'role', title: 'Role', width: '5.5rem', canSort: true, narrow: 'second', cell: ({ role }) => role },
        {
            key: 'products',
            title: 'Products',
            width: '1.4fr',
            narrow: 'hidden',
            cell: (token) => {
                const text = productsText(token, products);
                return <bdi title={text}>{text}</bdi>;
            },
        },
        { key: 'prefix', title: 'Begins with', width: '7rem', narrow: 'second', cell: ({ prefix }) => <code>{prefix}…</code> },
        { key: 'created', title: 'Created', width: '7rem', canSort: true, narrow: 'hidden', cell: ({ created_at }) => <Time at={created_at} form="day" /> },
        { key: 'expires', title: 'Expires', width: '8rem', canSort: true, narrow: 'hidden', cell: ({ expires_at }) => <Expiry at={expires_at} /> },
        {
            key: 'used',
            title: 'Last used',
            width: '7rem',
            canSort: true,
            narrow: 'hidden',
            cell: ({ last_used_at }) => (last_used_at === null ? 'Never' : <Time at={last_used_at} form="days" />),
        },
        ...(onRevoke === undefined
            ? []
            : [
                  {
                      key: 'revoke',
                      title: 'Revoke',
                      width: '5.5rem',
                      narrow: 'second' as const,
                      cell: (token: Token) => (
                          <button type="button" class="plain revoke" aria-label={`Revoke ${token.name}`} onClick={() => onRevoke(token)}>
                              Revoke…
                          </button>
                      ),
                  },
              ]),
    ];
}
