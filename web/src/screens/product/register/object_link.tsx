/// The name of an object in a table: opens it beside the table, and says when it is open.

import { Link } from '../../../routing/link';
import { path } from '../../../routing/location';
import { besideTable } from './table_query';

export function ObjectLink({ target, name }: { target: string; name: string }) {
    return (
        <Link href={besideTable(target)} title={name} {...(path.value === target ? { 'aria-current': 'true' as const } : {})}>
            <bdi>{name}</bdi>
        </Link>
    );
}
