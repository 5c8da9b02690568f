/// The threats of a product: a table, and beside it the one that was chosen.

import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Threat } from '../../../api/types';
import { DataTable } from '../../../components/data_table';
import { useNarrow } from '../../../components/narrow';
import { isPast } from '../../../moment/moment';
import { Link } from '../../../routing/link';
import { navigate, parameter, setQuery } from '../../../routing/location';
import { canWrite } from '../../../session/session';
import type { ProductTab } from '../product_screen';
import { useProductModel } from '../register/product_model';
import { RegisterLayout } from '../register/register_layout';
import { RegisterState } from '../register/register_state';
import { besideTable, chosenColumns, listParameter, sorted, sortingOf, textOf, withNew } from '../register/table_query';
import { BulkBar } from './bulk_bar';
import { ThreatFilters, clearThreatFilter, filteredThreats, isFiltered, threatFilter } from './threat_filters';
import { NewThreat } from './new_threat';
import { threatColumns } from './threat_columns';
import { ThreatPanel } from './threat_panel';

const besidePanel = ['name', 'severity', 'status'];

export function ThreatsTab({ product, revision, object, refresh, listen }: ProductTab) {
    const model = useProductModel(product.id, listen);
    const rows = model.threats.rows.value;
    const mayWrite = canWrite.value && !isPast.value;
    const isNarrow = useNarrow();
    const [selection, setSelection] = useState<ReadonlySet<string | number>>(new Set());
    useEffect(() => setSelection(new Set()), [product.id, model.moment]);

    const columns = useMemo(() => threatColumns(product.id), [product.id]);
    const filter = threatFilter();
    const sorting = sortingOf(parameter('sort'));
    const filtered = useMemo(() => filteredThreats(rows, filter), [rows, filter]);
    const shown = useMemo(() => sorted(filtered, columns, sorting), [filtered, columns, parameter('sort')]);

    const isNew = object === undefined && mayWrite && parameter('new') === '1';
    const hasPanel = object !== undefined || isNew;
    const visible = chosenColumns(columns, hasPanel ? besidePanel : listParameter('columns'));
    const table = `/products/${product.id}/threats`;
    const close = () => navigate(besideTable(table));

    function saved(threat: Threat) {
        model.threats.change([threat]);
        refresh();
    }
    return (
        <RegisterLayout
            hasPanel={hasPanel}
            table={
                <>
                    <ThreatFilters threats={rows} columns={columns} canChooseColumns={!hasPanel && !isNarrow} />
                    <div class="register-head">
                        <RegisterState
                            list={model.threats}
                            shown={shown.length}
                            one="threat"
                            isFiltered={isFiltered(filter)}
                            onClear={clearThreatFilter}
                        />
                        {mayWrite ? (
                            <Link class="button primary" href={withNew(table)}>
                                New threat
                            </Link>
                        ) : null}
                    </div>
                    {mayWrite && selection.size > 0 ? (
                        <BulkBar model={model} selection={selection} shown={shown} onSelect={setSelection} onDone={refresh} />
                    ) : null}
                    <DataTable<Threat>
                        label="Threats"
                        columns={visible}
                        rows={shown}
                        keyOf={({ id }) => id}
                        nameOf={({ id, name }) => `threat ${id}, ${name.slice(0, 80)}`}
                        sorting={sorting}
                        onSort={(next) => setQuery({ sort: textOf(next) }, true)}
                        {...(mayWrite ? { selection, onSelect: setSelection } : {})}
                        empty={
                            isFiltered(filter)
                                ? 'No threat matches the filters.'
                                : model.threats.isComplete.value
                                  ? 'No threats are on record. Record the first one, or import a threat model.'
                                  : 'Reading the threats…'
                        }
                    />
                </>
            }
            panel={
                object !== undefined ? (
                    <ThreatPanel
                        key={object}
                        product={product.id}
                        id={object}
                        model={model}
                        revision={revision}
                        mayWrite={mayWrite}
                        onSaved={saved}
                        onRemoved={() => {
                            model.threats.change([], [object]);
                            refresh();
                            close();
                        }}
                        onClose={close}
                    />
                ) : isNew ? (
                    <NewThreat
                        product={product.id}
                        threats={rows}
                        onSaved={(threat) => {
                            saved(threat);
                            navigate(besideTable(`${table}/${threat.id}`), true);
                        }}
                        onClose={close}
                    />
                ) : null
            }
        />
    );
}
