/** Runs one bundle in a process of its own, so that what it costs can be measured: `node run-attack.mjs ARENA_FILE`. */
import { runInEngine } from '../../dist/conformance/engine-runner.js';

const { records, refused } = await runInEngine(process.argv[2] ?? '', { mockProvider: false });
const told = records.map(({ verdict, error, assertions, messages }) => ({
  verdict,
  error: error && `${error.code}: ${error.message}`.slice(0, 2000),
  assertions: assertions.map(({ passed, explanation, error: fault }) => [passed, `${explanation} ${fault ?? ''}`]),
  results: messages.filter(({ role }) => role === 'tool').map(({ content }) => content.slice(0, 500)),
}));
// Processor time: time on the wall grows with whatever else the machine does.
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const cost = { cpuMs: (userCPUTime + systemCPUTime) / 1000, maxRssMb: maxRSS / 1024 };
process.stdout.write(JSON.stringify({ refused, told, ...cost }));
process.exit(0);
