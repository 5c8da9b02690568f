// The servers that are compared with the description.
import { join } from 'node:path';

import { start } from '../start.mjs';
import { startWitness } from './witness.mjs';

const patience = 60_000;

const witness = await startWitness('witness.example.org');
const silent = await startWitness('silent.example.org', { refuses: true });

// With two witnesses, of which one signs, and a backup directory.
export const server = await start((directory) => [
  '--backup-dir',
  join(directory, 'backups'),
  '--witness',
  `${witness.key} ${witness.url}`,
  '--witness',
  `${silent.key} ${silent.url}`,
  '--witness-seconds',
  '1',
]);
export const witnessNames = { signs: witness.name, refuses: silent.name };

// Waits until the signing witness has cosigned this number of events.
export async function untilWitnessed(events) {
  for (const start = Date.now(); Date.now() - start < patience; ) {
    const { witnesses } = (await server.ask('GET', '/readyz')).json();
    if (witnesses.some(({ name, cosigned_events }) => name === witness.name && cosigned_events >= events)) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the witness did not sign ${events} events in ${patience} ms`);
}
await untilWitnessed(1);

// Without these options.
export const bareServer = await start();
