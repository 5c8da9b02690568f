/// The policies at the shown moment: all of them, one of them, or the form that defines one.

import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import { allOf } from '../../api/pages';
import { useResource } from '../../api/resource';
import { useLiveEvents, type NewEvents } from '../../live/live';
import { asOf, atMoment } from '../../moment/moment';
import { parameter } from '../../routing/location';
import { isAdmin } from '../../session/session';
import { PoliciesList } from './policies_list';
import { PolicyForm } from './policy_form';
import { PolicyPage } from './policy_page';

const productsAtOnce = 1_000;

/// True if which policies there are, or which products have them, may have changed.
function concernsPolicies({ events, isGap }: NewEvents): boolean {
    return isGap || events.some(({ type }) => /\.(policy\.[a-z_]+|product\.policy_assigned)\.v\d+$/.test(type));
}

export function PoliciesScreen({ name }: { name: string | undefined }) {
    const moment = asOf.value;
    const [revision, setRevision] = useState(0);
    const refresh = () => setRevision((before) => before + 1);
    useLiveEvents(undefined, moment === undefined, (news) => {
        if (concernsPolicies(news)) refresh();
    });
    const products = useResource(
        (signal) => allOf(api.GET('/api/products', { params: { query: { limit: productsAtOnce, ...atMoment() } }, signal }), signal),
        [moment, revision],
    );
    const canChange = isAdmin.value && moment === undefined;
    const wantsChange = parameter('new') === 'yes' || parameter('edit') === 'yes';
    if (canChange && wantsChange && name === undefined) return <PolicyForm base={undefined} products={products} onSaved={refresh} />;
    const properties = { products, revision, refresh, canChange };
    return (
        <>
            {wantsChange && !isAdmin.value ? <p class="warning">Only administrators may define and change policies.</p> : null}
            {name === undefined ? <PoliciesList {...properties} /> : <PolicyPage key={name} name={name} {...properties} />}
        </>
    );
}
