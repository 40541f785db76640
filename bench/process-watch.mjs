import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 200;

/** Clock ticks a second, as every Linux of today has them. */
const TICKS = 100;

const hasProc = existsSync('/proc/self/stat');

/**
 * @typedef {{ pid: number, parent: number, command: string, cpuSeconds: number, rssMb: number }} Sample
 */

/** CPU time and memory of all processes of a run, also of those that do not end with the command that started them. */
export class ProcessWatch {
  /** @type {Map<number, { name: string, cpuSeconds: number, maxRssMb: number }>} */
  #seen = new Map();
  #folder;
  #roots;
  /** CPU time that a process had when it was first seen here counts for nothing. @type {Map<number, number>} */
  #before = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /**
   * @param {string} folder Processes whose command names it belong to the run.
   * @param {number[]} roots Further processes that belong to it.
   */
  constructor(folder, roots) {
    this.#folder = folder;
    this.#roots = new Set(roots);
    for (const sample of takeSamples())
      if (this.#roots.has(sample.pid)) this.#before.set(sample.pid, sample.cpuSeconds);
  }

  /** @param {number} pid */
  start(pid) {
    this.#roots.add(pid);
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  stop() {
    clearInterval(this.#timer);
  }

  /** Sums by name, up to now. */
  sums() {
    this.#sample();
    /** @type {Map<string, { name: string, cpuSeconds: number, maxRssMb: number }>} */
    const byName = new Map();
    for (const { name, cpuSeconds, maxRssMb } of this.#seen.values()) {
      const sum = byName.get(name) ?? { name, cpuSeconds: 0, maxRssMb: 0 };
      sum.cpuSeconds += cpuSeconds;
      sum.maxRssMb = Math.max(sum.maxRssMb, maxRssMb);
      byName.set(name, sum);
    }
    return [...byName.values()];
  }

  #sample() {
    const samples = takeSamples();
    const family = new Set(this.#roots);
    for (const { pid, command } of samples) if (pid !== process.pid && command.includes(this.#folder)) family.add(pid);
    // Children come after their parents nearly always; a second round takes the others.
    for (let round = 0; round < 2; round += 1) {
      for (const { pid, parent } of samples) if (family.has(parent)) family.add(pid);
    }
    for (const { pid, command, cpuSeconds, rssMb } of samples) {
      if (!family.has(pid)) continue;
      const known = this.#seen.get(pid);
      this.#seen.set(pid, {
        name: nameOf(command) ?? known?.name ?? 'other',
        cpuSeconds: cpuSeconds - (this.#before.get(pid) ?? 0),
        maxRssMb: Math.max(known?.maxRssMb ?? 0, rssMb),
      });
    }
  }
}

/** @param {string} command */
function nameOf(command) {
  if (/main\.js mock/.test(command)) return 'mock server';
  if (/start-dev/.test(command)) return 'engine';
  if (/host\.js|^arena run/.test(command)) return 'host';
  if (/worker\.js|^arena worker/.test(command)) return 'worker';
  if (/cli\/main\.js/.test(command)) return 'cli';
  return undefined;
}

/** @returns {Sample[]} */
function takeSamples() {
  return hasProc ? procSamples() : psSamples();
}

/** @returns {Sample[]} */
function procSamples() {
  const samples = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      // The name in parentheses may hold anything; the fields after it are numbers.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${entry}/status`, 'latin1'));
      samples.push({
        pid: Number(entry),
        parent: Number(fields[1]),
        command,
        cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
        rssMb: Number(peak?.[1] ?? 0) / 1024,
      });
    } catch {
      // It ended while it was read.
    }
  }
  return samples;
}

/** @returns {Sample[]} */
function psSamples() {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,rss=,time=,command='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+([\d:.]+)\s+(.*)$/.exec(line);
    if (match === null) return [];
    const [, pid, parent, rss, time = '', command = ''] = match;
    const cpuSeconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
    return [{ pid: Number(pid), parent: Number(parent), command, cpuSeconds, rssMb: Number(rss) / 1024 }];
  });
}
