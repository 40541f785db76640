import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Modules of the page, each after those it imports. */
const MODULES = [
  'dom.js',
  'theme-choice.js',
  'blocks.js',
  'address.js',
  'verdicts.js',
  'copy.js',
  'checks.js',
  'messages.js',
  'related.js',
  'conversation.js',
  'rows.js',
  'row-list.js',
  'csv-export.js',
  'filters.js',
  'contents.js',
  'series.js',
  'main.js',
];
/** Those of the script that runs before anything is painted. */
const FIRST_MODULES = ['theme-choice.js', 'theme-first.js'];
const STYLES = [
  'report.css',
  'tables.css',
  'charts.css',
  'series.css',
  'conversations.css',
  'reader.css',
  'messages.css',
  'dataset.css',
  'narrow.css',
  'print.css',
];

export interface PageAssets {
  style: string;
  script: string;
  /** Sets the theme that the reader chose before anything is painted. */
  themeScript: string;
  /** Content security policy: nothing but this very style and these scripts, and media that stand in the page. */
  policy: string;
}

let loaded: Promise<PageAssets> | undefined;

/** Style and script of the page; read once per process from the files that lie beside this one. */
export function pageAssets(): Promise<PageAssets> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<PageAssets> {
  const style = (await Promise.all(STYLES.map(readAsset))).join('');
  const modules = await Promise.all(MODULES.map(readAsset));
  const script = closed(modules.map(asScript).join('\n'));
  const themeScript = closed((await Promise.all(FIRST_MODULES.map(readAsset))).map(asScript).join('\n'));
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(themeScript)} ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'img-src data:',
    'media-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
  return { style, script, themeScript, policy };
}

/** None of its names reaches the page. */
function closed(script: string): string {
  return `(() => {\n'use strict';\n${script}})();`;
}

function readAsset(name: string): Promise<string> {
  return readFile(new URL(`./page/${name}`, import.meta.url), 'utf8');
}

/**
 * A page opened from disk cannot import modules, so they are joined into one script. That takes two habits: they
 * export by `export` in front of a declaration only, and no two of them declare the same top-level name.
 */
function asScript(module: string): string {
  return module.replace(/^import [^;]*;\n/gm, '').replace(/^export (?=async |function |const |class )/gm, '');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
