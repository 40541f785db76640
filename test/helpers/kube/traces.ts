/** All that Arena leaves behind in a cluster, as texts that can be searched: who looks for a secret must look everywhere. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { ArenaInCluster } from './arena-in-cluster.js';

/** What is found under each place: histories, database, logs, metrics, objects, store. */
export type Traces = { [place: string]: string[] };

const OBJECTS = [
  'arenajobs,arenasources,arenaconfigs,providers,agentruntimes,toolregistries',
  'events,configmaps,deployments.apps,leases.coordination.k8s.io',
].join(',');

export async function tracesOf(arena: ArenaInCluster): Promise<Traces> {
  return {
    histories: await histories(arena.temporal.address),
    // With what is not yet moved from its log; names of runs stand there in plain text.
    database: filesIn(arena.plane.folder, (name) => name.startsWith('temporal.db')),
    logs: filesIn(arena.plane.folder, (name) => /^(controller|.*worker)\.log$/.test(name)),
    metrics: [await (await fetch(`http://127.0.0.1:${arena.port}/metrics`)).text()],
    objects: [await everywhere(arena, OBJECTS)],
    store: filesIn(join(arena.dataDir, 'store'), () => true),
  };
}

/** JSON of all objects of the kinds, with who wrote which field. */
export async function everywhere(arena: ArenaInCluster, kinds: string): Promise<string> {
  const { code, stdout, stderr } = await arena.plane.kubectl([
    'get',
    '-A',
    kinds,
    '-o',
    'json',
    '--show-managed-fields',
  ]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** Every form that a value may have in a text: plain, quoted in JSON, in a URL, in hex, and in base64 at each offset. */
function formsOf(secret: string): string[] {
  const inBase64 = ['', 'x', 'xx'].flatMap((before) => {
    const bytes = Buffer.from(`${before}${secret}`);
    return [bytes.toString('base64'), bytes.toString('base64url')].map((text) => text.slice(before === '' ? 0 : 4, -4));
  });
  const quoted = JSON.stringify(secret).slice(1, -1);
  const inUrls = [encodeURIComponent(secret), ...inBase64.map(encodeURIComponent)];
  const inLowerCase = inUrls.map((text) => text.replace(/%../g, (digits) => digits.toLowerCase()));
  const hex = Buffer.from(secret).toString('hex');
  const everyByte = hex.replace(/../g, '%$&');
  const plain = [secret, quoted, quoted.replaceAll('/', '\\/'), hex, hex.toUpperCase(), everyByte];
  return [...new Set([...plain, ...inUrls, ...inLowerCase, ...inBase64])];
}

/** Places, each once, that hold one of the secrets in one of its forms; by the secret's name. */
export function found(secrets: { [name: string]: string }, traces: Traces): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const forms = formsOf(secret);
    const places = Object.entries(traces).filter(([, texts]) =>
      texts.some((text) => forms.some((form) => text.includes(form))),
    );
    return places.map(([place]) => `${name} in ${place}`);
  });
}

function filesIn(folder: string, wanted: (name: string) => boolean): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) =>
    entry.isFile() && wanted(entry.name) ? [readFileSync(join(entry.parentPath, entry.name), 'utf8')] : [],
  );
}

/** Of all workflows, open and closed, and of all schedules. */
async function histories(address: string): Promise<string[]> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const texts: string[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      const handle = client.workflow.getHandle(workflowId, runId);
      // Memo, search attributes, and the last failure and heartbeat of what is under way.
      const { raw } = await handle.describe();
      texts.push(textOf(await handle.fetchHistory()), textOf(raw));
    }
    for await (const { scheduleId } of client.schedule.list()) {
      texts.push(textOf((await client.schedule.getHandle(scheduleId).describe()).raw));
    }
    return texts;
  } finally {
    await connection.close();
  }
}

/** All texts in a message of Temporal, payloads read: their bytes would be numbers in JSON. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, member]) => `${name} ${textOf(member)}`)
    .join('\n');
}
