/// Shows moments while a slider is dragged: as fast as they are answered, never faster than frames,
/// and not slower than a few per second if the answers are late.

import { showMoment } from '../../../moment/moment';

const shortestPause = 30;
const longestPause = 250;

export class Pacer {
    private readonly isAnswering: () => boolean;
    private next: { moment: string | undefined } | undefined;
    private shownAt = 0;
    private timer: ReturnType<typeof setTimeout> | undefined;

    constructor(isAnswering: () => boolean) {
        this.isAnswering = isAnswering;
    }

    /// The newest moment wins; those that it overtakes are never shown.
    show(moment: string | undefined): void {
        this.next = { moment };
        if (this.timer === undefined) this.step();
    }

    stop(): void {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.next = undefined;
    }

    private step(): void {
        this.timer = undefined;
        if (this.next === undefined) return;
        const age = performance.now() - this.shownAt;
        if (age >= longestPause || (age >= shortestPause && !this.isAnswering())) {
            const { moment } = this.next;
            this.next = undefined;
            this.shownAt = performance.now();
            showMoment(moment, true);
            return;
        }
        this.timer = setTimeout(() => this.step(), shortestPause / 2);
    }
}
