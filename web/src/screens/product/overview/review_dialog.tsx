/// Records that people have reviewed the threat model.

import { useState } from 'preact/hooks';
import { Attempt } from '../../../api/attempt';
import { api } from '../../../api/client';
import { type ApiProblem, asProblem } from '../../../api/problem';
import { OnBehalfOfField } from '../../../components/decision_fields';
import { Dialog } from '../../../components/dialog';
import { FailureNote } from '../../../components/failure_note';
import { Field } from '../../../components/field';
import { notify } from '../../../components/notices';

export function ReviewDialog({ id, onSaved, onClose }: { id: number; onSaved: () => void; onClose: () => void }) {
    const [attempt] = useState(() => new Attempt());
    const [note, setNote] = useState('');
    const [person, setPerson] = useState('');
    const [problem, setProblem] = useState<ApiProblem>();
    const [isSaving, setIsSaving] = useState(false);
    const faults = problem?.fieldErrors ?? new Map<string, string>();

    async function save() {
        setIsSaving(true);
        setProblem(undefined);
        try {
            const body = { ...(note === '' ? {} : { note }), ...(person === '' ? {} : { on_behalf_of: person }) };
            await api.POST('/api/products/{product_id}/reviews', {
                params: { path: { product_id: id }, header: attempt.headersFor(body) },
                body,
            });
            notify('The review is recorded.');
            onSaved();
        } catch (thrown) {
            setProblem(asProblem(thrown));
        } finally {
            setIsSaving(false);
        }
    }

    return (
        <Dialog title="Record a review" onClose={onClose}>
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    void save();
                }}
            >
                <p>The threat model was looked at as a whole, today. Policies can require that this is done regularly.</p>
                {problem === undefined || faults.size > 0 ? null : <FailureNote problem={problem} />}
                <Field label="Note (optional)" hint="What was looked at." fault={faults.get('/note')}>
                    {(parts) => <textarea {...parts} value={note} onInput={(event) => setNote(event.currentTarget.value)} />}
                </Field>
                <OnBehalfOfField value={person} onChange={setPerson} fault={faults.get('/on_behalf_of')} />
                <div class="actions">
                    <button type="submit" class="primary" disabled={isSaving}>
                        Record the review
                    </button>
                    <button type="button" onClick={onClose}>
                        Cancel
                    </button>
                </div>
            </form>
        </Dialog>
    );
}
