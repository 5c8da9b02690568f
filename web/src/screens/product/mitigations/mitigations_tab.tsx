/// The mitigations of a product: a table, and beside it the one that was chosen.

import { useMemo } from 'preact/hooks';
import type { Mitigation } from '../../../api/types';
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
import { mitigationColumns } from './mitigation_columns';
import { MitigationFilters, clearMitigationFilter, filteredMitigations, mitigationFilter } from './mitigation_filters';
import { MitigationPanel } from './mitigation_panel';
import { NewMitigation } from './new_mitigation';

const besidePanel = ['name', 'status', 'links'];

export function MitigationsTab({ product, revision, object, refresh, listen }: ProductTab) {
    const model = useProductModel(product.id, listen);
    const rows = model.mitigations.rows.value;
    const mayWrite = canWrite.value && !isPast.value;
    const isNarrow = useNarrow();
    const columns = useMemo(() => mitigationColumns(product.id), [product.id]);
    const filter = mitigationFilter();
    const isFiltered = (JSON.parse(filter) as string[]).some((value) => value !== '');
    const sorting = sortingOf(parameter('sort'));
    const filtered = useMemo(() => filteredMitigations(rows, filter), [rows, filter]);
    const shown = useMemo(() => sorted(filtered, columns, sorting), [filtered, columns, parameter('sort')]);

    const isNew = object === undefined && mayWrite && parameter('new') === '1';
    const hasPanel = object !== undefined || isNew;
    const visible = chosenColumns(columns, hasPanel ? besidePanel : listParameter('columns'));
    const table = `/products/${product.id}/mitigations`;
    const close = () => navigate(besideTable(table));

    function saved(mitigation: Mitigation) {
        model.mitigations.change([mitigation]);
        refresh();
    }
    return (
        <RegisterLayout
            hasPanel={hasPanel}
            table={
                <>
                    <MitigationFilters mitigations={rows} columns={columns} canChooseColumns={!hasPanel && !isNarrow} />
                    <div class="register-head">
                        <RegisterState
                            list={model.mitigations}
                            shown={shown.length}
                            one="mitigation"
                            isFiltered={isFiltered}
                            onClear={clearMitigationFilter}
                        />
                        {mayWrite ? (
                            <Link class="button primary" href={withNew(table)}>
                                New mitigation
                            </Link>
                        ) : null}
                    </div>
                    <DataTable<Mitigation>
                        label="Mitigations"
                        columns={visible}
                        rows={shown}
                        keyOf={({ id }) => id}
                        sorting={sorting}
                        onSort={(next) => setQuery({ sort: textOf(next) }, true)}
                        empty={
                            isFiltered
                                ? 'No mitigation matches the filters.'
                                : model.mitigations.isComplete.value
                                  ? 'No mitigations are on record.'
                                  : 'Reading the mitigations…'
                        }
                    />
                </>
            }
            panel={
                object !== undefined ? (
                    <MitigationPanel
                        key={object}
                        product={product.id}
                        id={object}
                        model={model}
                        revision={revision}
                        mayWrite={mayWrite}
                        onSaved={saved}
                        onRemoved={() => {
                            model.mitigations.change([], [object]);
                            refresh();
                            close();
                        }}
                        onClose={close}
                    />
                ) : isNew ? (
                    <NewMitigation
                        model={model}
                        threats={parameter('threats') ?? ''}
                        onSaved={(mitigation) => {
                            saved(mitigation);
                            navigate(besideTable(`${table}/${mitigation.id}`), true);
                        }}
                        onClose={close}
                    />
                ) : null
            }
        />
    );
}
