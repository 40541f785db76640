/** Writes the CustomResourceDefinitions out of the built schemas: `npm run docs`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { customResourceDefinition } from '../dist/src/schema/cluster/crd/custom-resource-definition.js';
import { crdFiles } from './crd-files.mjs';

for (const { path, text } of crdFiles(customResourceDefinition)) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
