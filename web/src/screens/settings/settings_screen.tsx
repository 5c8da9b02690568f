/// The server itself: whether it is ready, the keys that prove what it says, its tokens and backups.

import { useTitle } from '../../components/title';
import { isPast } from '../../moment/moment';
import { NavigationLink } from '../../routing/link';
import { currentSession, isAdmin } from '../../session/session';
import { BackupsTab } from './backups_tab';
import { ProofsTab } from './proofs_tab';
import { ServerTab } from './server/server_tab';
import { TokensTab } from './tokens/tokens_tab';

const tabs: readonly { key: string; title: string; isForAdmins?: boolean }[] = [
    { key: 'server', title: 'State' },
    { key: 'tokens', title: 'Tokens', isForAdmins: true },
    { key: 'backups', title: 'Backups', isForAdmins: true },
    { key: 'proofs', title: 'Proofs' },
];

function TabContent({ tab }: { tab: string }) {
    switch (tab) {
        case 'server':
            return <ServerTab />;
        case 'tokens':
            return <TokensTab />;
        case 'backups':
            return <BackupsTab />;
        default:
            return <ProofsTab />;
    }
}

export function SettingsScreen({ tab }: { tab: string }) {
    const known = tabs.find(({ key }) => key === tab);
    const mayUse = isAdmin.value || known?.isForAdmins !== true;
    useTitle(known === undefined ? 'Server' : `${known.title} of the server`);
    return (
        <>
            <h1>Server</h1>
            <nav class="tabs" aria-label="Server">
                {tabs
                    .filter(({ isForAdmins }) => isAdmin.value || isForAdmins !== true)
                    .map(({ key, title }) => (
                        <NavigationLink key={key} href={`/settings/${key}`} isCurrent={tab === key}>
                            {title}
                        </NavigationLink>
                    ))}
            </nav>
            {isPast.value ? <p class="warning">The past does not count here: this screen always shows the server as it is now.</p> : null}
            {known === undefined ? (
                <p>This page does not exist.</p>
            ) : mayUse ? (
                <TabContent tab={tab} />
            ) : (
                <div class="problem" role="alert">
                    <strong>You may not see this</strong>
                    <p>
                        Only administrators see {known.title.toLowerCase()}. You are signed in as <bdi>{currentSession.value?.name}</bdi> with the role{' '}
                        {currentSession.value?.role}.
                    </p>
                </div>
            )}
        </>
    );
}
