/** The operations of OpenAPI documents as tools. */
import { parse } from 'yaml';
import type { ResolvedOpenApi, ResolvedTool } from '../../../cluster/resolved-job.js';
import { ArenaError, toFailure } from '../../../core/errors.js';
import { Secrets } from '../../../core/secrets.js';
import { ServiceCaller } from '../service-caller.js';
import type { ToolSettings } from '../tool-settings.js';
import { operationsOf } from './operations.js';

const FETCH_TIMEOUT_MS = 30_000;
const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024;

/**
 * Fetches the documents and makes a tool of each operation. `known` are the tools that there are already. Throws one
 * `invalid_input` that names every document that cannot be used, and both holders of every name.
 */
export async function openApiTools(
  documents: readonly ResolvedOpenApi[],
  known: readonly ResolvedTool[],
  settings: ToolSettings,
): Promise<ResolvedTool[]> {
  const fetched = await Promise.all(documents.map((document) => toolsOf(document, settings)));
  const faults = fetched.flatMap((found) => (typeof found === 'string' ? [found] : []));
  const holders = new Map(known.map(({ name, from }) => [name, from]));
  const tools = fetched.flatMap((found) => (typeof found === 'string' ? [] : found));
  for (const { name, from } of tools) {
    const holder = holders.get(name);
    if (holder === undefined) holders.set(name, from);
    else faults.push(`ToolNameClash: ${from} and ${holder} both have the tool ${name}: rename one`);
  }
  if (faults.length > 0) throw new ArenaError({ code: 'invalid_input', message: faults.join('\n') });
  return tools;
}

async function toolsOf(document: ResolvedOpenApi, settings: ToolSettings): Promise<ResolvedTool[] | string> {
  const { specUrl, timeoutMs, access = {}, from } = document;
  const secrets = new Secrets(() => undefined);
  try {
    const { base, operations } = operationsOf(
      await read(specUrl, new ServiceCaller(access, settings, secrets)),
      specUrl,
    );
    if (access.auth !== undefined && new URL(base).origin !== access.auth.origin) {
      throw new Error(
        'its first server is at another address than the document, and is not shown the credentials: serve both at one',
      );
    }
    return operations.map(({ name, spec }) => ({
      name,
      spec: { ...spec, ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }) },
      ...(document.access && { access }),
      from: `${from}, operation ${name}`,
    }));
  } catch (error) {
    return `InvalidTool: ${from}: the OpenAPI document cannot be used: ${secrets.scrub(toFailure(error).message)}`;
  }
}

async function read(specUrl: string, caller: ServiceCaller): Promise<unknown> {
  const url = new URL(specUrl);
  const answer = await caller.call(
    {
      method: 'GET',
      url,
      headers: { accept: 'application/json, application/yaml;q=0.9, */*;q=0.1' },
      timeoutMs: FETCH_TIMEOUT_MS,
      maxBytes: MAX_DOCUMENT_BYTES,
    },
    new AbortController().signal,
  );
  if (answer.status !== 200) throw new Error(`${url.origin}${url.pathname} answers with HTTP ${answer.status}`);
  try {
    // JSON is YAML. Aliases could make a document of some bytes as large as memory.
    return parse(answer.body.toString('utf8'), { maxAliasCount: 100 });
  } catch {
    throw new Error(`${url.origin}${url.pathname} is neither JSON nor YAML`);
  }
}
