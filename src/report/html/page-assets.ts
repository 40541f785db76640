import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Modules of the page, each after those it imports. */
const MODULES = ['dom.js', 'blocks.js', 'conversation.js', 'rows.js', 'main.js'];
const STYLES = ['report.css', 'tables.css', 'conversations.css', 'reader.css'];

export interface PageAssets {
  style: string;
  script: string;
  /** Content security policy: nothing but this very style and script, and images that stand in the page. */
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
  const script = `(() => {\n'use strict';\n${modules.map(asScript).join('\n')}})();`;
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
  return { style, script, policy };
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
