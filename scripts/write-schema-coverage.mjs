/** Writes docs/coverage.md out of the built schemas and the claims in the tests, and lists what is missing. */
import { writeFileSync } from 'node:fs';
import { coverageInputs, TABLE } from './coverage-inputs.mjs';
import { coverageFaults, coverageTable } from './schema-coverage.mjs';

const { leaves, claims } = coverageInputs();
writeFileSync(TABLE, coverageTable(leaves, claims));
const faults = coverageFaults(leaves, claims);
for (const fault of faults) console.error(fault);
console.error(`coverage: ${leaves.length} leaves, ${faults.length} faults`);
