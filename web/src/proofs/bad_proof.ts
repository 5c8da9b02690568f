/// Thrown for proofs, checkpoints and keys that are damaged or prove something else. The message is
/// a sentence for the person who checks them.
export class BadProof extends Error {
    constructor(message: string) {
        super(message);
        this.name = 'BadProof';
    }
}
