import { relative, resolve } from 'node:path';
import { type Fault, formatFault, JOB } from '../bundle/fault.js';
import { annotation } from './annotations.js';
import type { CliContext } from './context.js';

/** A bundle's faults, all at once, as compilers print them; the number of errors among them. */
export function printFaults({ terminal, config }: CliContext, faults: readonly Fault[], bundleFolder: string): number {
  let errors = 0;
  for (const fault of faults) {
    const shown = { ...fault, file: fault.file === JOB ? JOB : shownPath(resolve(bundleFolder, fault.file)) };
    if (fault.severity === 'error') {
      errors += 1;
      terminal.complain(`${terminal.colors.red('error')}    ${formatFault(shown)}`);
    } else terminal.say(`${terminal.colors.yellow('warning')}  ${formatFault(shown)}`);
    if (config.ci) terminal.complain(annotation(shown.severity, formatFault(fault), shown));
  }
  return errors;
}

const shownPath = (path: string): string => relative(process.cwd(), path) || path;
