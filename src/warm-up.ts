/** Makes the first run of a worker as quick as its second: code that has run before is compiled. */
import proto from '@temporalio/proto';
import { loadBundleFromFiles } from './bundle/load-bundle.js';
import { planMatrix } from './bundle/matrix.js';
import { unsupportedFaults } from './bundle/unsupported.js';
import { PlanIndex } from './core/plan.js';
import { checkWarnings } from './engine/check-warnings.js';
import { directPorts } from './engine/direct-ports.js';
import { holdConversation } from './engine/hold-conversation.js';
import { prepare } from './engine/prepare.js';
import { createOutsideServices } from './io/outside-services.js';
import { createProviders } from './io/providers/create.js';
import { createTool } from './io/tools/create-tool.js';
import { jobInputSchema } from './schema/job.js';
import { supportOf } from './support.js';

const ARENA_FILE = 'config.arena.yaml';

const ARENA = `
apiVersion: promptkit.altairalabs.ai/v1alpha1
kind: Arena
metadata: { name: warm-up }
spec:
  prompt_specs:
    main: { task_type: main, version: v1, description: main, system_template: "You help {{who}}.", variables: [{ name: who, type: string, required: false, default: us }] }
  provider_specs:
    mock: { type: mock, model: mock }
  scenario_specs:
    talk:
      task_type: main
      description: talk
      turns:
        - { role: user, content: Hello, assertions: [{ type: contains, params: { patterns: [mock] } }, { type: min_length, params: { min: 1 } }] }
  defaults: { output: { dir: out, formats: [json] } }
`;

/** Often enough for the compiler to take notice. */
const CONVERSATIONS = 100;

/**
 * Loads a small bundle and holds its one conversation with the built-in mock; about a fifth of a second of CPU, spent
 * while the worker waits for its connection. Returns how many conversations passed.
 */
export async function warmUp(): Promise<number> {
  warmUpMessages();
  jobInputSchema.safeParse({ bundle: { path: '/' } });
  const { bundle } = loadBundleFromFiles(new Map([[ARENA_FILE, Buffer.from(ARENA)]]), ARENA_FILE);
  if (bundle === undefined) return 0;
  const { cells, regions } = planMatrix(bundle);
  unsupportedFaults(bundle, cells, supportOf(false));
  checkWarnings(bundle, ['talk']);
  const item = new PlanIndex({ schemaVersion: 1, bundle: bundle.digest, cells, regions }).at(0);
  const prepared = prepare(bundle, { variables: {} }, { createTool, services: createOutsideServices() });
  const ports = directPorts(createProviders(bundle, { env: {} }), new AbortController().signal);
  let passed = 0;
  for (let i = 0; i < CONVERSATIONS; i += 1) {
    const record = await holdConversation(prepared, item, ports);
    passed += JSON.stringify(record) !== '' && record.verdict === 'passed' ? 1 : 0;
  }
  return passed;
}

/**
 * Temporal's messages make the code that reads and writes them at their first use, for a workflow task that is as long
 * as everything else before the first call of a run.
 */
function warmUpMessages(): void {
  const { workflow_activation: activation, workflow_completion: completion, activity_task: activity } = proto.coresdk;
  const job = { initializeWorkflow: {} };
  activation.WorkflowActivation.decode(activation.WorkflowActivation.encode({ jobs: [job] }).finish());
  const commands = [{ scheduleActivity: {} }, { completeWorkflowExecution: {} }];
  completion.WorkflowActivationCompletion.encodeDelimited({ successful: { commands } }).finish();
  activity.ActivityTask.decode(activity.ActivityTask.encode({ start: {} }).finish());
  proto.coresdk.ActivityTaskCompletion.encodeDelimited({ result: { completed: {} } }).finish();
  proto.coresdk.ActivityHeartbeat.encodeDelimited({}).finish();
}
