/// Search, filters and the moment of the portfolio. All of it is in the address.

import type { ComponentChildren } from 'preact';
import { inWords } from '../../components/tags';
import { dayOf } from '../../components/time';
import { asOf, showMoment } from '../../moment/moment';
import { setQuery } from '../../routing/location';
import { type View, statuses } from './portfolio_view';

export function PortfolioToolbar({ view, children }: { view: View; children: ComponentChildren }) {
    return (
        <form class="toolbar" role="search" aria-label="Products" onSubmit={(event) => event.preventDefault()}>
            <label class="grow">
                Search
                <input
                    type="search"
                    value={view.text}
                    placeholder="Name, owner or external id"
                    onInput={(event) => setQuery({ q: event.currentTarget.value }, true)}
                />
            </label>
            <label>
                Status
                <select value={view.status ?? ''} onChange={(event) => setQuery({ status: event.currentTarget.value })}>
                    <option value="">Any status</option>
                    {statuses.map((status) => (
                        <option key={status} value={status}>
                            {inWords(status)}
                        </option>
                    ))}
                    <option value="none">No status</option>
                </select>
            </label>
            <label>
                As of
                <input
                    type="date"
                    max={dayOf(new Date())}
                    value={asOf.value?.slice(0, 10) ?? ''}
                    onChange={(event) => showMoment(event.currentTarget.value)}
                />
            </label>
            <label class="check-label">
                <input
                    type="checkbox"
                    checked={view.isFailingOnly}
                    onChange={(event) => setQuery({ failing: event.currentTarget.checked ? '1' : undefined })}
                />
                Failing only
            </label>
            {children}
        </form>
    );
}
