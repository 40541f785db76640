import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import { parseAgentScript } from '../../io/mock-agent/script.js';
import { startMockAgent } from '../../io/mock-agent/server.js';
import { openContext } from '../context.js';
import { untilInterrupted } from '../until-interrupted.js';
import { listening, type MockOptions, readScript } from './mock.js';

/** Options of `arena mock` that say something about an agent, or about every command. */
const FOR_AGENTS = new Set('agent host port latency script apiKey seed cutRate repeats dataDir color quiet'.split(' '));

/** Serves an agent until Ctrl-C. Its address is the one line on stdout. Throws `invalid_input` for options of the other kind. */
export async function mockAgent(options: MockOptions): Promise<number> {
  const { terminal } = openContext(options);
  const foreign = Object.keys(options).find((name) => !FOR_AGENTS.has(name));
  if (foreign !== undefined || !options.repeats) {
    const option = (foreign ?? 'noRepeats').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const hint = 'let its script say what goes wrong: see docs/agents.md';
    throw new ArenaError({ code: 'invalid_input', message: `--${option} says nothing to an agent`, hint });
  }
  const { host, port, latency: latencyMs, script, apiKey: token, seed, cutRate } = options;
  const rules = script === undefined ? undefined : parseAgentScript(await readScript(script), script);
  const agent = await listening(() => startMockAgent({ host, port, latencyMs, script: rules, token, seed, cutRate }));
  terminal.out(agent.url);
  terminal.say(`mock     statistics ${new URL('/stats', agent.url.replace(/^ws/, 'http')).href}   Ctrl-C ends it`);
  await untilInterrupted();
  await agent.close();
  return EXIT.ok;
}
