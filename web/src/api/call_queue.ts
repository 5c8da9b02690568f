/// Many small reads, of which only a few are sent at a time.

import { asProblem } from './problem';

const pauseMilliseconds = 2_000;

interface Waiting {
    key: string;
    run: (signal: AbortSignal) => Promise<void>;
    fail: () => void;
}

export class CallQueue {
    private readonly waiting = new Map<string, Waiting>();
    private readonly running = new Set<string>();
    private readonly abort = new AbortController();
    private pausedUntil = 0;

    constructor(private readonly atOnce: number) {}

    /// Reads when it is its turn; once more if the same key is being read now. A failure that passes is
    /// tried again; any other one calls `fail`.
    push<Data>(key: string, load: (signal: AbortSignal) => Promise<Data>, done: (data: Data) => void, fail: () => void): void {
        this.waiting.set(key, { key, run: async (signal) => done(await load(signal)), fail });
        this.startNext();
    }

    isRunning(key: string): boolean {
        return this.running.has(key);
    }

    /// Drops the waiting calls of other keys.
    keepOnly(keys: ReadonlySet<string>): void {
        for (const key of this.waiting.keys()) {
            if (!keys.has(key)) this.waiting.delete(key);
        }
    }

    /// Cancels everything, for good.
    close(): void {
        this.waiting.clear();
        this.abort.abort();
    }

    private startNext(): void {
        const pause = this.pausedUntil - Date.now();
        if (pause > 0) {
            setTimeout(() => this.startNext(), pause);
            return;
        }
        for (const [key, call] of this.waiting) {
            if (this.running.size >= this.atOnce) return;
            if (this.running.has(key)) continue;
            this.waiting.delete(key);
            this.running.add(key);
            void this.run(call);
        }
    }

    private async run(call: Waiting): Promise<void> {
        const { signal } = this.abort;
        try {
            await call.run(signal);
        } catch (thrown) {
            if (signal.aborted) return;
            const problem = asProblem(thrown);
            if (problem?.isTemporary) {
                this.pausedUntil = Date.now() + Math.max(pauseMilliseconds, (problem.retryAfter ?? 0) * 1_000);
                this.waiting.set(call.key, call);
            } else {
                call.fail();
            }
        }
        this.running.delete(call.key);
        if (!signal.aborted) this.startNext();
    }
}
