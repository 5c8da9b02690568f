/// The numbers behind the chart.

import { useState } from 'preact/hooks';
import { Time } from '../../../components/time';
import { inWords } from '../../../components/tags';
import { Link } from '../../../routing/link';
import { path } from '../../../routing/location';
import { bands } from './posture_chart';
import type { Timeline } from './timeline';

export function TimelineTable({ timeline }: { timeline: Timeline }) {
    const [isOpen, setIsOpen] = useState(false);
    return (
        <details class="timeline-table" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
            <summary>The chart as a table</summary>
            {isOpen ? (
                <div class="table-scroll" tabIndex={0} role="region" aria-label="The chart as a table">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">{timeline.isExact ? 'Change' : 'At'}</th>
                                {bands.map((band) => (
                                    <th key={band} scope="col" class="number">
                                        {inWords(band)}
                                    </th>
                                ))}
                                <th scope="col" class="number">
                                    Threats
                                </th>
                                <th scope="col" class="number">
                                    Mitigated
                                </th>
                            </tr>
                        </thead>
                        <tbody>
                            {[...timeline.points].reverse().map(({ at, summary }) => (
                                <tr key={at}>
                                    <td>
                                        <Link href={`${path.value}?as_of=${encodeURIComponent(at)}`}>
                                            <Time at={at} />
                                        </Link>
                                    </td>
                                    {bands.map((band) => (
                                        <td key={band} class="number">
                                            {summary.by_severity[band]}
                                        </td>
                                    ))}
                                    <td class="number">{summary.total_threats}</td>
                                    <td class="number">{summary.mitigated_threats}</td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
            ) : null}
        </details>
    );
}
