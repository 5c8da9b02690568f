/// Who did something: the token that it was done with, and the person for whom.

/// "ada#2 on behalf of Grace Hopper"
export function Actor({ actor, onBehalfOf }: { actor: string; onBehalfOf?: string | null | undefined }) {
    return (
        <>
            <bdi>{actor}</bdi>
            {onBehalfOf === undefined || onBehalfOf === null ? null : (
                <>
                    {' '}
                    on behalf of <bdi>{onBehalfOf}</bdi>
                </>
            )}
        </>
    );
}
