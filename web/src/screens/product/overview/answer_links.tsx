/// Links that reproduce the answer on the screen, to paste into a ticket or a terminal.

import { useEffect, useState } from 'preact/hooks';
import type { SecurityStatus } from '../../../api/types';
import { asOf } from '../../../moment/moment';
import { isDay } from '../../../moment/instants';
import { dayOf } from '../../../components/time';

/// The moment of the answer, as one can ask for it at any time later. Today's date means now.
function exactMoment(status: SecurityStatus): string {
    const moment = asOf.value;
    const isOver = moment !== undefined && !(isDay(moment) && moment >= dayOf(status.generated_at));
    return isOver ? moment : status.generated_at;
}

interface Copied {
    what: string;
    text: string;
    isCopied: boolean;
}

export function AnswerLinks({ status }: { status: SecurityStatus }) {
    const [copied, setCopied] = useState<Copied>();
    useEffect(() => setCopied(undefined), [asOf.value, status.product_id]);
    const query = new URLSearchParams({ as_of: exactMoment(status) }).toString();
    const link = `${location.origin}/products/${status.product_id}/overview?${query}`;
    const question = `${location.origin}/api/products/${status.product_id}/security-status?${query}`;
    const command = `curl -sS -H "Authorization: Bearer $THREATATLAS_TOKEN" '${question}'`;

    async function copy(what: string, text: string) {
        let isCopied = true;
        try {
            await navigator.clipboard.writeText(text);
        } catch {
            // Over plain HTTP from another machine, browsers have no clipboard for pages.
            isCopied = false;
        }
        setCopied({ what, text, isCopied });
    }

    return (
        <section class="answer-links" aria-label="This answer">
            <div class="actions">
                <button type="button" onClick={() => void copy('link', link)}>
                    Copy link to this answer
                </button>
                <button type="button" onClick={() => void copy('command', command)}>
                    Copy curl command
                </button>
            </div>
            <div role="status">
                {copied === undefined ? null : (
                    <>
                        <p class="hint">
                            {copied.isCopied
                                ? `The ${copied.what} is in the clipboard. It gives the same answer at any time:`
                                : `The browser does not let the page copy. Copy the ${copied.what} here:`}
                        </p>
                        <pre tabIndex={0} role="region" aria-label={`The ${copied.what}`}>
                            {copied.text}
                        </pre>
                    </>
                )}
            </div>
        </section>
    );
}
