/** Writes the CustomResourceDefinitions out of the built schemas: `npm run docs`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { admissionPolicy } from '../dist/src/schema/cluster/crd/admission-policy.js';
import { customResourceDefinition } from '../dist/src/schema/cluster/crd/custom-resource-definition.js';
import { crdFiles } from './crd-files.mjs';

for (const { path, text } of crdFiles(customResourceDefinition, admissionPolicy())) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
