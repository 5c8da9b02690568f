/// Writes that a person may send again because no answer arrived: the key tells the server that it is
/// the same one, so that nothing is recorded twice.

export class Attempt {
    private body = '';
    private key = '';

    /// The headers for a write with this body: the same body has the same key.
    headersFor(body: unknown): { 'Idempotency-Key': string } {
        const text = JSON.stringify(body);
        if (this.key === '' || text !== this.body) {
            this.body = text;
            // Unlike randomUUID(), this exists on plain HTTP, too.
            this.key = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join('-');
        }
        return { 'Idempotency-Key': this.key };
    }
}
