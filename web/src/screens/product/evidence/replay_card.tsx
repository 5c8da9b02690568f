/// The commands that check the same without this page and without the server.

const position = 'POSITION';

interface Check {
    question: string;
    commands: string;
}

function checksOf(product: number, address: string): Check[] {
    const get = (path: string, file: string) =>
        `curl -fsS -H "Authorization: Bearer $TOKEN" -o ${file} \\\n    "${address}${path}"`;
    return [
        {
            question: 'Keep the key once, and a checkpoint regularly',
            commands: `${get('/api/proof/key', 'log.vkey')}\n${get('/checkpoint', 'checkpoint-1')}`,
        },
        {
            question: 'Was the log rewritten since that checkpoint?',
            commands:
                `${get('/api/proof/root?size=$(sed -n 2p checkpoint-1)', 'growth.json')}\n` +
                'threatatlas-replay check-growth growth.json --checkpoint checkpoint-1 --vkey "$(cat log.vkey)"',
        },
        {
            question: `Is the event at ${position} in the log?`,
            commands:
                `${get(`/api/products/${product}/events/$${position}/proof`, 'event.tlog-proof')}\n` +
                `${get(`/api/products/${product}/events?after=$((${position} - 1))&limit=1`, 'event.json')}\n` +
                'threatatlas-replay check-proof event.tlog-proof --vkey "$(cat log.vkey)" --event event.json',
        },
        {
            question: `What would the gate have answered at ${position}, from the lines alone?`,
            commands: `threatatlas-replay --events lines --leaves leaves gate --product ${product} --at-position "$${position}"`,
        },
        {
            question: 'Does all stored data agree, in the data directory or a backup?',
            commands: 'threatatlas-replay --data "$DATA" verify --checkpoint checkpoint-1 --vkey "$(cat log.vkey)"',
        },
    ];
}

export function ReplayCard({ product }: { product: number }) {
    return (
        <section class="card">
            <h2>How to check this without trusting us</h2>
            <p>
                This page comes from the server, too. The program threatatlas-replay needs neither: it computes every answer from the
                lines of the log alone. TOKEN is a token with the role auditor, {position} the position of an event. The document
                “Auditing” tells how to fetch all lines and leaf hashes, and how to do it with no program of ours at all.
            </p>
            {checksOf(product, location.origin).map(({ question, commands }) => (
                <div key={question}>
                    <h3>{question}</h3>
                    <pre tabIndex={0} aria-label={question}>
                        {commands}
                    </pre>
                </div>
            ))}
        </section>
    );
}
