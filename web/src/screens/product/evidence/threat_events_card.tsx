/// Leads to the events of a threat, each with its proof.

import { useEffect, useState } from 'preact/hooks';
import { addressOf, navigate } from '../../../routing/location';
import { ThreatHistory } from './threat_history';

interface ThreatEventsCardProperties {
    product: number;
    /// The threat of the address.
    threat: number | undefined;
    revision: number;
}

export function ThreatEventsCard({ product, threat, revision }: ThreatEventsCardProperties) {
    const [typed, setTyped] = useState(threat?.toString() ?? '');
    useEffect(() => setTyped(threat?.toString() ?? ''), [threat]);
    const isShown = threat !== undefined && Number.isSafeInteger(threat);
    return (
        <section class="card">
            <h2>Events of a threat</h2>
            <p>What was recorded about a threat and its mitigations, when, by whom and why, with the proof that it is in the log.</p>
            <form
                class="toolbar"
                aria-label="Choose a threat"
                onSubmit={(event) => (event.preventDefault(), navigate(addressOf(`/products/${product}/evidence/${typed}`)))}
            >
                <label>
                    Number of the threat
                    <input
                        type="number"
                        min={1}
                        step={1}
                        required
                        value={typed}
                        onInput={(event) => setTyped(event.currentTarget.value)}
                    />
                </label>
                <button type="submit">Show its events</button>
            </form>
            {isShown ? <ThreatHistory product={product} threat={threat} revision={revision} /> : null}
        </section>
    );
}
