/// Links to objects of the model. A long list shows its beginning first.

import { useState } from 'preact/hooks';
import { Link } from '../../../routing/link';
import { addressOf } from '../../../routing/location';

const shownAtFirst = 10;

interface NameListProperties {
    ids: readonly number[];
    /// "/products/1/threats"
    folder: string;
    /// undefined: the name is not known (yet).
    nameOf: (id: number) => string | undefined;
    /// What an object without a known name is called, such as "Threat".
    noun: string;
}

export function NameList({ ids, folder, nameOf, noun }: NameListProperties) {
    const [isWhole, setIsWhole] = useState(false);
    const shown = isWhole ? ids : ids.slice(0, shownAtFirst);
    return (
        <>
            <ul class="names">
                {shown.map((id) => {
                    const name = nameOf(id);
                    return (
                        <li key={id}>
                            <Link href={addressOf(`${folder}/${id}`)}>
                                {noun} {id}
                                {name === undefined ? null : (
                                    <>
                                        : <bdi>{name}</bdi>
                                    </>
                                )}
                            </Link>
                        </li>
                    );
                })}
            </ul>
            {ids.length > shown.length ? (
                <button type="button" class="plain" onClick={() => setIsWhole(true)}>
                    Show all {ids.length}
                </button>
            ) : null}
        </>
    );
}
