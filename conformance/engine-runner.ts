/** Runs a bundle in this process: the loader, the planner and the engine, without anything durable around them. */

import type { Bundle } from '../src/bundle/bundle.js';
import type { Fault } from '../src/bundle/fault.js';
import { formatFault } from '../src/bundle/fault.js';
import { loadBundleFromDisk } from '../src/bundle/load-bundle.js';
import { type Matrix, planMatrix } from '../src/bundle/matrix.js';
import { unsupportedFaults } from '../src/bundle/unsupported.js';
import type { ConversationRecord } from '../src/core/conversation.js';
import { ArenaError } from '../src/core/errors.js';
import { PlanIndex } from '../src/core/plan.js';
import type { Provider } from '../src/core/provider.js';
import { directPorts } from '../src/engine/direct-ports.js';
import { type PreparedBundle, prepare } from '../src/engine/prepare.js';
import { runItem } from '../src/engine/run-item.js';
import { createEmbed } from '../src/io/embeddings/create-embed.js';
import { createOutsideServices } from '../src/io/outside-services.js';
import { createProviders } from '../src/io/providers/create.js';
import { discoverTools } from '../src/io/tools/mcp/discover.js';
import { Toolbox } from '../src/io/tools/toolbox.js';
import { supportOf } from '../src/support.js';
import type { RunArguments } from './command.js';
import type { RunOutcome } from './compare-bundle.js';

/** The reference's own limit for one run. */
const RUN_TIMEOUT_MS = 300_000;

/** The corpus is ours: its servers may be started, with no keys. */
const TOOLS = { env: process.env, bundleEnv: [], allowExec: false, allowStdioMcp: true };

export async function runInEngine(arenaFile: string, args: RunArguments): Promise<RunOutcome> {
  const { bundle, faults } = loadBundleFromDisk(arenaFile, { extraMockConfig: args.mockConfig });
  if (bundle === undefined) return { records: [], refused: errorsOf(faults) };
  const matrix = planMatrix(bundle, {
    scenarios: args.scenarios,
    providers: args.providers,
    regions: args.regions,
    evals: args.evals,
    // The reference reports the first trial only.
    trials: 1,
  });
  const refused = errorsOf([
    ...matrix.faults,
    ...unsupportedFaults(bundle, matrix.cells, supportOf(args.mockProvider, { exec: false, stdioMcp: true })),
  ]);
  if (refused !== undefined) return { records: [], refused };
  try {
    return { records: await holdAll(bundle, matrix, args) };
  } catch (error) {
    if (error instanceof ArenaError) return { records: [], refused: error.message };
    throw error;
  }
}

function errorsOf(faults: readonly Fault[]): string | undefined {
  const errors = faults.filter((fault) => fault.severity === 'error').map(formatFault);
  return errors.length === 0 ? undefined : errors.join('; ');
}

async function holdAll(bundle: Bundle, matrix: Matrix, args: RunArguments): Promise<ConversationRecord[]> {
  const settings = { variables: {}, maxTokens: args.maxTokens };
  const toolbox = new Toolbox(bundle, await discoverTools(bundle, TOOLS), TOOLS);
  const services = { ...createOutsideServices(), embed: createEmbed(bundle, { env: {} }) };
  const surroundings = { createTool: toolbox.create, services };
  const prepared = prepare(toolbox.bundle, settings, surroundings);
  const { mockProvider, mockConfig } = args;
  // No keys: a bundle that would need one differs here for everybody alike.
  const providers = createProviders(bundle, { mockProvider, mockConfig, env: {} });
  const index = new PlanIndex({
    schemaVersion: 1,
    bundle: bundle.digest,
    cells: matrix.cells,
    regions: matrix.regions,
  });
  const records: ConversationRecord[] = [];
  for (let item = 0; item < index.size; item += 1) {
    records.push(await toolbox.during(() => hold(prepared, index, item, providers)));
  }
  await toolbox.close();
  return records;
}

async function hold(
  prepared: PreparedBundle,
  index: PlanIndex,
  item: number,
  providers: ReadonlyMap<string, Provider>,
): Promise<ConversationRecord> {
  const signal = AbortSignal.timeout(RUN_TIMEOUT_MS);
  return runItem(prepared, index.at(item), directPorts(providers, signal));
}
