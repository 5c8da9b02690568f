/// Shows the secret of a new token. It lives in this dialog only, and Escape does not close it.

import { Copyable } from '../../../components/copyable';
import { Dialog } from '../../../components/dialog';

interface SecretDialogProperties {
    name: string;
    secret: string;
    onClose: () => void;
}

export function SecretDialog({ name, secret, onClose }: SecretDialogProperties) {
    return (
        <Dialog title="The token is issued" canClose={false} onClose={onClose}>
            <p>
                This is the secret of <bdi>{name}</bdi>:
            </p>
            <Copyable what="the secret" text={secret} />
            <p class="warning">
                It is shown only now. The server keeps no copy: if it is lost, revoke the token and issue another. Who has it may do everything that the
                token may, so hand it over where nobody else can read it.
            </p>
            <div class="actions">
                <button type="button" class="primary" onClick={onClose}>
                    I have stored it
                </button>
            </div>
        </Dialog>
    );
}
