/// Data of the API for a screen: requested when its inputs change, kept during later requests, and
/// requested again after a temporary failure.

import { useEffect, useState } from 'preact/hooks';
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { currentSession, signIns } from '../session/session';
import { type ApiProblem, UnreadableAnswer, asProblem } from './problem';

const firstRetryDelay = 1_000;
const longestRetryDelay = 15_000;

type Loader<Data> = (signal: AbortSignal) => Promise<Data>;

export class Resource<Data> {
    private readonly data_: Signal<Data | undefined> = signal(undefined);
    private readonly problem_: Signal<ApiProblem | undefined> = signal(undefined);
    private readonly isLoading_ = signal(false);
    private load: Loader<Data>;
    /// The token that the data was read with.
    private readBy: number | undefined;
    private request: AbortController | undefined;
    private retryTimer: ReturnType<typeof setTimeout> | undefined;
    private failures = 0;

    constructor(load: Loader<Data>) {
        this.load = load;
    }

    /// The newest data that arrived; stays while newer data is asked for, and after a failure.
    get data(): ReadonlySignal<Data | undefined> {
        return this.data_;
    }
    /// Why the last request failed; undefined after a success.
    get problem(): ReadonlySignal<ApiProblem | undefined> {
        return this.problem_;
    }
    get isLoading(): ReadonlySignal<boolean> {
        return this.isLoading_;
    }

    /// Replaces the data by what a write has answered.
    set(data: Data): void {
        this.data_.value = data;
    }

    /// Asks again, with another loader if one is given. An earlier request is cancelled.
    async reload(load: Loader<Data> = this.load): Promise<void> {
        this.load = load;
        this.cancel();
        const request = new AbortController();
        this.request = request;
        this.isLoading_.value = true;
        try {
            const data = await load(request.signal);
            if (request.signal.aborted) return;
            this.failures = 0;
            this.problem_.value = undefined;
            this.data_.value = data;
            this.readBy = currentSession.peek()?.token_id;
        } catch (thrown) {
            if (request.signal.aborted) return;
            const problem = this.problemOf(thrown);
            this.problem_.value = problem;
            const isRefused = problem?.status === 403 || problem?.status === 404;
            // What another token could read is not for this one.
            if (isRefused && this.readBy !== currentSession.peek()?.token_id) this.data_.value = undefined;
            if (problem?.isTemporary) this.retryLater(problem);
        }
        if (!request.signal.aborted) this.isLoading_.value = false;
    }

    cancel(): void {
        this.request?.abort();
        clearTimeout(this.retryTimer);
    }

    private problemOf(thrown: unknown): ApiProblem | undefined {
        try {
            return asProblem(thrown);
        } catch {
            // JSON, but not as the API describes it, or a fault of the page: for the console, too.
            reportError(thrown);
            return new UnreadableAnswer();
        }
    }

    private retryLater(problem: ApiProblem): void {
        const delay = Math.min(firstRetryDelay * 2 ** this.failures++, longestRetryDelay);
        this.retryTimer = setTimeout(
            () => void this.reload(),
            Math.max(delay, (problem.retryAfter ?? 0) * 1_000),
        );
    }
}

/// A resource that lives as long as the component and is asked for again when an input changes.
export function useResource<Data>(load: Loader<Data>, inputs: readonly unknown[]): Resource<Data> {
    const [resource] = useState(() => new Resource<Data>(load));
    useEffect(() => {
        void resource.reload(load);
        return () => resource.cancel();
    }, [...inputs, signIns.value]);
    return resource;
}
