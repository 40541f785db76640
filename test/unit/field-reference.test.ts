import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { DOCUMENTS, fieldReference } from '../../scripts/field-reference.mjs';
import { jsonSchemaOf, schemaKinds } from '../../src/schema/json-schema.js';

describe('the field reference', () => {
  test('says what the schemas say (npm run docs writes it)', () => {
    const documents = DOCUMENTS.map(({ kind, title }) => ({ title, schema: jsonSchemaOf(kind) }));
    expect(readFileSync('docs/fields.md', 'utf8')).toBe(fieldReference(documents));
  });

  test('has a section for everything that arena schema knows', () => {
    expect(DOCUMENTS.map(({ kind }) => kind).sort()).toEqual([...schemaKinds].sort());
  });

  test('every field says what it means', () => {
    const rows = readFileSync('docs/fields.md', 'utf8').matchAll(/^\| \**`([^`]+)`\** \| .* \|(.*)\|$/gm);
    const silent = [...rows].filter(([, , meaning]) => meaning?.trim() === '').map(([, field]) => field);
    expect(silent).toEqual([]);
  });

  test('shows lists, maps, references, choices and what must be there', () => {
    const schema = {
      $defs: { name: { type: 'string', description: 'A name.' } },
      properties: {
        list: { type: 'array', items: { properties: { a: { type: 'string' } }, required: ['a'] }, description: 'L.' },
        map: { type: 'object', additionalProperties: { properties: { b: { enum: ['x', 'y'] } } }, description: 'M|N.' },
        name: { $ref: '#/$defs/name' },
        either: { anyOf: [{ type: 'string' }, { type: 'number' }], description: 'E.' },
      },
      required: ['name'],
    };
    const page = fieldReference([{ title: 'Thing', schema }]);
    expect(page.slice(page.indexOf('## Thing'))).toBe(
      [
        '## Thing',
        '',
        '| Field | Type | Meaning |',
        '|---|---|---|',
        '| `list` | list of any | L. |',
        '| **`list[].a`** | string |  |',
        '| `map` | map | M\\|N. |',
        '| `map.*.b` | `x`, `y` |  |',
        '| **`name`** | string | A name. |',
        '| `either` | string or number | E. |',
        '',
      ].join('\n'),
    );
  });
});
