/**
 * What the other tools do not check of the tree: direction of imports, length of files, work left for later; and that every
 * field of the schemas has a test.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { importFaults } from './import-rules.mjs';

const MAX_LINES = 300;
// Written in two halves so that this file does not find itself.
const LEFT_OVER = new RegExp(`\\b(TO${'DO'}|FIX${'ME'}|XX${'X'}|HA${'CK'})\\b`);

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], { encoding: 'utf8' });
const sources = tracked.split('\n').filter((file) => /\.(ts|mts|mjs|js)$/.test(file) && existsSync(file));

/** @param {string} file */
function faultsOf(file) {
  const text = readFileSync(file, 'utf8');
  const faults = importFaults(file, text).map((fault) => `${fault.file}:${fault.line} ${fault.message}`);
  const rows = text.split('\n');
  if (rows.length - 1 > MAX_LINES)
    faults.push(`${file} has ${rows.length - 1} lines, more than ${MAX_LINES}: split it`);
  rows.forEach((row, index) => {
    const word = LEFT_OVER.exec(row)?.[0];
    if (word) faults.push(`${file}:${index + 1} ${word}: finish it, or refuse it with a message a user understands`);
  });
  return faults;
}

const faults = sources.flatMap(faultsOf);
for (const fault of faults) console.error(fault);
console.error(`tree: ${sources.length} files, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
await import('./check-schema-coverage.mjs');
