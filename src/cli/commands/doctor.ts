import { EXIT } from '../../core/exit-codes.js';
import { type GlobalOptions, openContext } from '../context.js';
import { type Check, machineChecks } from '../doctor-checks.js';

export interface DoctorOptions extends GlobalOptions {
  output: 'table' | 'json';
}

/** Checks what a run needs of this machine; 7 when something is missing. Starts nothing. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const context = openContext(options);
  const { out, outColors } = context.terminal;
  const checks: Check[] = [];
  for (const check of machineChecks(context)) {
    const done = await check;
    checks.push(done);
    if (options.output === 'json') continue;
    const mark = {
      ok: outColors.green('ok    '),
      warning: outColors.yellow('warn  '),
      failed: outColors.red('failed'),
    };
    out(`${mark[done.state]}  ${done.what.padEnd(18)}  ${done.found}`);
    if (done.remedy !== undefined) out(`        ${''.padEnd(18)}  ${done.remedy}`);
  }
  if (options.output === 'json') out(JSON.stringify({ schemaVersion: 1, checks }, null, 2));
  return checks.some((check) => check.state === 'failed') ? EXIT.infrastructure : EXIT.ok;
}
