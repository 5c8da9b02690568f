/// Registers a product.

import { useState } from 'preact/hooks';
import { Attempt } from '../../api/attempt';
import { api, dataOf } from '../../api/client';
import { type ApiProblem, asProblem } from '../../api/problem';
import type { Product } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { Field } from '../../components/field';
import { notify } from '../../components/notices';
import { inWords } from '../../components/tags';
import { navigate } from '../../routing/location';
import { statuses } from './portfolio_view';

type Status = NonNullable<Product['status']>;

export function NewProductDialog({ onClose }: { onClose: () => void }) {
    const [attempt] = useState(() => new Attempt());
    const [texts, setTexts] = useState({ name: '', owner_name: '', external_id: '', status: '' });
    const [problem, setProblem] = useState<ApiProblem>();
    const [isSending, setSending] = useState(false);
    const faults = problem?.fieldErrors;
    const set = (name: keyof typeof texts) => (event: { currentTarget: { value: string } }) =>
        setTexts({ ...texts, [name]: event.currentTarget.value });

    async function create(event: Event) {
        event.preventDefault();
        setSending(true);
        const body = {
            name: texts.name,
            ...(texts.owner_name === '' ? {} : { owner_name: texts.owner_name }),
            ...(texts.external_id === '' ? {} : { external_id: texts.external_id }),
            ...(texts.status === '' ? {} : { status: texts.status as Status }),
        };
        try {
            const product = await dataOf(api.POST('/api/products', { body, params: { header: attempt.headersFor(body) } }));
            notify('The product is registered. Import a threat model, or record its first threat.');
            onClose();
            navigate(`/products/${product.id}`);
        } catch (thrown) {
            setProblem(asProblem(thrown));
            setSending(false);
        }
    }

    return (
        <Dialog title="New product" onClose={onClose}>
            <form onSubmit={(event) => void create(event)}>
                {problem === undefined ? null : (
                    <p class="problem" role="alert">
                        {problem.message}
                    </p>
                )}
                <Field label="Name" fault={faults?.get('/name')}>
                    {(parts) => <input {...parts} required maxLength={500} value={texts.name} onInput={set('name')} />}
                </Field>
                <Field label="Owner" hint="Who answers for its threat model" fault={faults?.get('/owner_name')}>
                    {(parts) => <input {...parts} maxLength={500} value={texts.owner_name} onInput={set('owner_name')} />}
                </Field>
                <Field label="External id" hint="Its name in another system, such as git/payments-api; pipelines find it by this" fault={faults?.get('/external_id')}>
                    {(parts) => <input {...parts} maxLength={500} value={texts.external_id} onInput={set('external_id')} />}
                </Field>
                <Field label="Status" fault={faults?.get('/status')}>
                    {(parts) => (
                        <select {...parts} value={texts.status} onChange={set('status')}>
                            <option value="">Not given</option>
                            {statuses.map((status) => (
                                <option key={status} value={status}>
                                    {inWords(status)}
                                </option>
                            ))}
                        </select>
                    )}
                </Field>
                <div class="actions">
                    <button type="submit" class="primary" disabled={isSending}>
                        Register the product
                    </button>
                    <button type="button" onClick={onClose}>
                        Cancel
                    </button>
                </div>
            </form>
        </Dialog>
    );
}
