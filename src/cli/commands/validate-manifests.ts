/** `arena validate -f`: objects for the cluster, checked by the rules of the API server and without one. */
import { readFileSync } from 'node:fs';
import type { Fault } from '../../bundle/fault.js';
import { type CheckedManifest, checkManifest } from '../../bundle/manifests/check-manifest.js';
import { readManifests } from '../../bundle/manifests/read-manifests.js';
import { EXIT } from '../../core/exit-codes.js';
import type { CliContext } from '../context.js';
import { printFaults } from '../print-faults.js';

const STDIN = '-';

async function read(file: string): Promise<{ name: string; bytes: Uint8Array } | Fault> {
  const name = file === STDIN ? '<stdin>' : file;
  try {
    return { name, bytes: file === STDIN ? Buffer.concat(await process.stdin.toArray()) : readFileSync(file) };
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why = reason === 'EISDIR' ? 'is a folder' : `cannot be read (${reason})`;
    return { severity: 'error', file: name, message: why, hint: 'name a YAML or JSON file, or - for standard input' };
  }
}

export async function validateManifests(context: CliContext, files: readonly string[]): Promise<number> {
  const faults: Fault[] = [];
  const checked: CheckedManifest[] = [];
  for (const file of files) {
    const found = await read(file);
    if ('severity' in found) {
      faults.push(found);
      continue;
    }
    const { objects, faults: unreadable } = readManifests(found.name, found.bytes);
    faults.push(...unreadable);
    const ofFile = objects.map(checkManifest);
    checked.push(...ofFile);
    faults.push(...ofFile.flatMap((each) => each.faults));
  }
  const errors = printFaults(context, faults, process.cwd());
  const { terminal } = context;
  for (const { name, foreign, faults: own } of checked) {
    if (foreign) terminal.out(`${name} was not looked at: it is no kind of Arena`);
    else if (own.every(({ severity }) => severity !== 'error')) terminal.out(`${name} is valid`);
  }
  return errors > 0 ? EXIT.usage : EXIT.ok;
}
