/** Writes the CustomResourceDefinitions out of the built schemas: `npm run docs`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { crdFiles } from './crd-files.mjs';

for (const { path, text } of crdFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
