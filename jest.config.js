// Tests run as ES modules (run with --experimental-vm-modules): most of what we depend on is ESM only.
const swc = ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } }];

/** Integration tests that start no server or worker as a process: two files at a time do no harm. */
const SERVICES =
  '{agent-*,aimock-*,anthropic-*,aws-*,azure*,bedrock*,credential-change,google-*,independent-mock,lock,' +
  'mock-server*,openai-*,provider-*,stream-retry,temporal-binary,vertex,waiting-time,wire-*}';

/**
 * Tests that run beside the others: they mostly wait, for limits of a minute, lost heartbeats or schedules, or they run
 * commands as people do. Nothing that they prove depends on how fast the machine is.
 */
const INTEGRATION_BESIDE = '{cache-run,controller-engine,faults-*,limiter-life,load-run,mcp-*,pause}';
const E2E_BESIDE =
  '{cache-command,crash-table,example*,faults-job,held-*,kube-job-schedules,outside-tools,package,rate-limit*,readme,' +
  'record-and-evaluate,retry-storm,timed-recordings}';

const project = (name, folder, tests, ...others) => ({
  displayName: name,
  testMatch: [
    `<rootDir>/test/${folder}/${tests}.test.ts`,
    ...others.map((other) => `!**/test/${folder}/${other}.test.ts`),
  ],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': swc },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
});

export default {
  projects: [
    project('unit', 'unit', '**/*'),
    project('replay', 'replay', '**/*'),
    project('services', 'integration', SERVICES),
    project('integration', 'integration', '**/*', SERVICES, INTEGRATION_BESIDE),
    project('integration-beside', 'integration', INTEGRATION_BESIDE),
    project('e2e', 'e2e', '**/*', E2E_BESIDE),
    project('e2e-beside', 'e2e', E2E_BESIDE),
  ],
  testTimeout: 120_000,
};
