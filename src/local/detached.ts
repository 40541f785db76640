import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

export interface DetachedProcess {
  pid: number | undefined;
  /** True once it has ended otherwise than with exit code 0, as long as this process watches. */
  failed(): boolean;
}

/** Starts one of our programs so that it outlives this process and its terminal; its output goes to the log file. */
export function spawnDetached(program: string, args: string[], logFile: string): DetachedProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [program, ...args], { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  let failed = false;
  child.once('error', () => {
    failed = true;
  });
  child.once('exit', (code) => {
    failed = code !== 0;
  });
  return { pid: child.pid, failed: () => failed };
}
