// Tests run as ES modules (run with --experimental-vm-modules): most of what we depend on is ESM only.
const swc = ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } }];

/** Integration tests whose servers and clients live in the process of the test: two files at a time do no harm. */
const SERVICES =
  '{agent-*,aimock-*,anthropic-*,aws-*,azure*,bedrock*,faults-*,google-*,independent-mock,mock-server*,openai-*,' +
  'provider-*,stream-retry,vertex,wire-*}';

/** Slow tests that mostly wait: for limits of a minute, lost heartbeats, schedules, replicas. They run beside the others. */
const PATIENT =
  '{crash-table,faults-job,held-*,kube-job-schedules,kube-job-workers,rate-limit*,retry-storm,timed-recordings}';

const project = (name, folder, tests, others) => ({
  displayName: name,
  testMatch: [
    `<rootDir>/test/${folder}/${tests}.test.ts`,
    ...(others === undefined ? [] : [`!**/test/${folder}/${others}.test.ts`]),
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
    project('integration', 'integration', '**/*', SERVICES),
    project('e2e', 'e2e', '**/*', PATIENT),
    project('patient', 'e2e', PATIENT),
  ],
  testTimeout: 60_000,
};
