/**
 * Which part of the tree may import which. Pure, so that a test can show that each rule catches what it is for.
 * `types` lists the parts of which only types may be taken (`import type`, which leaves no trace at run time).
 */
import { dirname, join, normalize } from 'node:path/posix';
import { parseSync } from '@swc/core';

/**
 * @typedef {{ name: string, prefixes: string[], imports: string[], types?: string[], packages?: string[], noNode?: boolean }} Part
 * @typedef {{ specifier: string, typeOnly: boolean }} Import
 * @typedef {{ file: string, line: number, message: string }} ImportFault
 */

const LIBRARY = ['core', 'schema', 'cluster', 'bundle', 'engine', 'io', 'report'];

/**
 * First match wins, so the special places stand before the general ones. A part always imports itself. `packages`
 * absent = any package that rules below leave free.
 * @type {Part[]}
 */
const PARTS = [
  { name: 'core', prefixes: ['src/core/'], imports: [], packages: [], noNode: true },
  { name: 'schema', prefixes: ['src/schema/'], imports: ['core'] },
  { name: 'cluster', prefixes: ['src/cluster/'], imports: ['core', 'schema'], noNode: true },
  { name: 'bundle', prefixes: ['src/bundle/'], imports: ['core', 'schema', 'cluster'] },
  { name: 'engine', prefixes: ['src/engine/'], imports: ['core', 'schema', 'bundle'] },
  { name: 'io', prefixes: ['src/io/'], imports: ['core', 'schema', 'cluster'], types: ['bundle'] },
  { name: 'report', prefixes: ['src/report/'], imports: ['core', 'schema'] },
  { name: 'cli', prefixes: ['src/cli/', 'src/local/'], imports: [...LIBRARY, 'composition'], types: ['workflows'] },
  { name: 'composition', prefixes: ['src/'], imports: [...LIBRARY, 'activities', 'k8s'], types: ['workflows'] },
  { name: 'activities', prefixes: ['activities/'], imports: [...LIBRARY, 'composition'] },
  { name: 'k8s', prefixes: ['k8s/'], imports: ['core', 'schema', 'cluster'], types: ['workflows', 'activities'] },
  {
    name: 'workflows',
    prefixes: ['workflows/'],
    imports: ['core'],
    types: ['activities', 'schema'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    noNode: true,
  },
  {
    name: 'development',
    prefixes: ['test/', 'bench/', 'conformance/', 'scripts/', '.ci/', 'jest.config.js'],
    imports: [...LIBRARY, 'cli', 'composition', 'activities', 'workflows', 'k8s'],
  },
];

/** Packages that only these parts may take at run time (development may always). @type {Record<string, string[]>} */
const PACKAGE_HOMES = {
  undici: ['io'],
  zod: ['schema', 'cluster', 'bundle', 'io'],
  commander: ['cli'],
  '@kubernetes/client-node': ['k8s'],
  '@temporalio/client': ['cli', 'composition', 'activities', 'k8s'],
  '@temporalio/worker': ['composition'],
  '@temporalio/proto': ['composition'],
  '@temporalio/activity': ['activities', 'composition'],
  '@temporalio/workflow': ['workflows'],
};

/** @param {string} file */
function partOf(file) {
  return PARTS.find((part) => part.prefixes.some((prefix) => file.startsWith(prefix)));
}

/** @param {string} specifier */
function packageOf(specifier) {
  const [first = '', second] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** @param {unknown} node @param {Import[]} found */
function collect(node, found) {
  if (Array.isArray(node)) {
    for (const child of node) collect(child, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const typed = /** @type {Record<string, any>} */ (node);
  if (/^(Import|ExportNamed|ExportAll)Declaration$/.test(typed.type) && typed.source) {
    found.push({ specifier: typed.source.value, typeOnly: typed.typeOnly === true });
  } else if (typed.type === 'TsImportType') {
    found.push({ specifier: typed.argument.value, typeOnly: true });
  } else if (typed.type === 'CallExpression' && typed.callee.type === 'Import') {
    const argument = typed.arguments[0]?.expression;
    if (argument?.type === 'StringLiteral') found.push({ specifier: argument.value, typeOnly: false });
  }
  for (const value of Object.values(typed)) collect(value, found);
}

/** Everything a source file imports. @param {string} text @returns {Import[]} */
export function importsOf(text) {
  /** @type {Import[]} */
  const found = [];
  collect(parseSync(text, { syntax: 'typescript', target: 'es2022' }).body, found);
  return found;
}

/** @param {Part} part @param {string} file @param {Import} imported @returns {string | undefined} */
function faultOf(part, file, { specifier, typeOnly }) {
  if (specifier.startsWith('.')) {
    const target = partOf(normalize(join(dirname(file), specifier)));
    if (target === undefined || target === part || part.imports.includes(target.name)) return undefined;
    if (!part.types?.includes(target.name)) return `${part.name} may not import ${target.name} ("${specifier}")`;
    return typeOnly
      ? undefined
      : `${part.name} may take only types of ${target.name} ("${specifier}"): use import type`;
  }
  if (typeOnly) return undefined;
  if (specifier.startsWith('node:')) {
    return part.noNode ? `${part.name} must stay deterministic and may not import ${specifier}` : undefined;
  }
  const name = packageOf(specifier);
  if (part.packages && !part.packages.includes(name)) return `${part.name} may not import the package ${name}`;
  const homes = PACKAGE_HOMES[name];
  if (homes && part.name !== 'development' && !homes.includes(part.name)) {
    return `the package ${name} belongs to ${homes.join(' and ')}, not to ${part.name}`;
  }
  return undefined;
}

/** Faults of one file. @param {string} file path from the project root @param {string} text @returns {ImportFault[]} */
export function importFaults(file, text) {
  const part = partOf(file);
  if (part === undefined) return [];
  const lines = text.split('\n');
  return importsOf(text).flatMap((imported) => {
    const message = faultOf(part, file, imported);
    if (message === undefined) return [];
    // The parser's own offsets run on from file to file, so the line is looked up by the text of the specifier.
    const line = lines.findIndex((row) => row.includes(`'${imported.specifier}'`)) + 1;
    return [{ file, line, message }];
  });
}
