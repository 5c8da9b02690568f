/// The tag of the state that a response shows: what a write sends as If-Match.

import { ApiProblem } from './problem';

/// Throws ApiProblem if there is none: without it, a write could overwrite what nobody has seen.
export function stateTagOf(response: Response): string {
    const tag = response.headers.get('ETag');
    if (tag === null) {
        throw new ApiProblem(
            response.status,
            'The answer has no ETag, so nothing can be changed safely. A proxy between this browser and the server may have removed it.',
        );
    }
    // A proxy that compresses marks the tag as weak. It still names the same version of the product.
    return tag.replace(/^W\//, '');
}
