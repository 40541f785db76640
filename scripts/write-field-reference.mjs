/** Writes docs/fields.md out of the built schemas: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { jsonSchemaOf } from '../dist/src/schema/json-schema.js';
import { DOCUMENTS, fieldReference } from './field-reference.mjs';

const documents = DOCUMENTS.map(({ kind, title }) => ({ title, schema: jsonSchemaOf(kind) }));
writeFileSync(new URL('../docs/fields.md', import.meta.url), fieldReference(documents));
