/// The policy that the product must meet, and when it will stop meeting it.

import { useState } from 'preact/hooks';
import type { Product, SecurityStatus } from '../../../api/types';
import { Time, daysText } from '../../../components/time';
import { isPast } from '../../../moment/moment';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';
import { isAdmin } from '../../../session/session';
import { ObjectLink } from '../changes/event_text';
import { PolicyDialog } from './policy_dialog';

function PolicyLink({ name }: { name: string }) {
    return (
        <Link href={addressOf(`/policies/${name}`)}>
            <bdi>{name}</bdi>
        </Link>
    );
}

/// "It will fail on 1 Feb 2027, in 64 days, because …"
function Forecast({ status, day }: { status: SecurityStatus; day: string }) {
    const ending = status.acceptances?.next_change?.at.startsWith(day) === true ? status.acceptances.next_change.acceptance_ids : [];
    const rules = status.conditions.filter(({ fails_from }) => fails_from === day);
    return (
        <div class="warning">
            <strong>
                Will fail on <Time at={day} form="day" />
            </strong>
            , {daysText(day)}, if nothing more is recorded
            {ending.length > 0 ? (
                <>
                    {' '}
                    because{' '}
                    {ending.map((id, index) => (
                        <>
                            {index === 0 ? '' : ', '}
                            <ObjectLink product={status.product_id} subject={`acceptances/${id}`} />
                        </>
                    ))}{' '}
                    {ending.length === 1 ? 'ends' : 'end'} with the day before
                </>
            ) : rules.length > 0 ? (
                ' because the policy comes into effect then; see the warnings'
            ) : (
                ' because of a rule that counts days'
            )}
            .
        </div>
    );
}

export function PolicyCard({ product, status, refresh }: { product: Product; status: SecurityStatus | undefined; refresh: () => void }) {
    const [isOpen, setIsOpen] = useState(false);
    const policy = status?.policy;
    const failsOn = policy?.fails_on ?? status?.acceptances?.fails_on;
    return (
        <section class="card" aria-label="Policy">
            <h2>Policy</h2>
            {policy === undefined ? (
                <p>No policy applies to this product.</p>
            ) : (
                <p>
                    <PolicyLink name={policy.name} />, version {policy.version}.{' '}
                    {policy.enforced
                        ? 'Enforced: it applies whatever a pipeline asks.'
                        : 'Not enforced: a pipeline may ask for another one.'}
                </p>
            )}
            {status !== undefined && failsOn !== null && failsOn !== undefined ? <Forecast status={status} day={failsOn} /> : null}
            {isAdmin.value && !isPast.value ? (
                <div class="actions">
                    <button type="button" onClick={() => setIsOpen(true)}>
                        {product.policy === undefined ? 'Assign a policy' : 'Change the policy'}
                    </button>
                    <Link href={addressOf('/policies')}>All policies</Link>
                </div>
            ) : null}
            {isOpen ? (
                <PolicyDialog
                    product={product}
                    onSaved={() => {
                        setIsOpen(false);
                        refresh();
                    }}
                    onClose={() => setIsOpen(false)}
                />
            ) : null}
        </section>
    );
}
