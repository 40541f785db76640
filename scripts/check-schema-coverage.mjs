/** Fails on a leaf of the schemas that no test claims, on a claim of none, and on a table that is out of date. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { coverageFaults, coverageTable } from './schema-coverage.mjs';

// The schemas are read as built.
execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
const { coverageInputs, TABLE } = await import('./coverage-inputs.mjs');

const { leaves, claims } = coverageInputs();
const faults = coverageFaults(leaves, claims);
if (readFileSync(TABLE, 'utf8') !== coverageTable(leaves, claims)) {
  faults.push(`${TABLE} is out of date: write it with node scripts/write-schema-coverage.mjs`);
}
for (const fault of faults) console.error(fault);
console.error(`coverage: ${leaves.length} leaves, ${faults.length} faults`);
if (faults.length > 0) process.exitCode = 1;
