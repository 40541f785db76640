/** What of a load test's options does not fit the bundle, told before anything is started. */
import type { Bundle } from '../bundle/bundle.js';
import { type Fault, JOB } from '../bundle/fault.js';
import type { Matrix } from '../bundle/matrix.js';
import { planLoad } from '../bundle/plan-load.js';
import { isPriced } from '../io/providers/pricing.js';
import type { JobInput } from '../schema/job.js';
import type { LoadTestInput } from '../schema/load-test.js';
import { optionOf } from './load-input.js';

export interface AskedLoad {
  loadTest: LoadTestInput;
  workers: number;
}

/** `bundle` as it runs, `input`: what stands beside the load test. */
export function loadFaults(
  bundle: Bundle,
  { cells, regions }: Matrix,
  { loadTest: settings, workers }: AskedLoad,
  input: Pick<JobInput, 'trials' | 'mockProvider'>,
): Fault[] {
  const planned = planLoad({ bundle, input, settings, cells, regions, workers, isPriced });
  return 'plan' in planned ? [] : planned.faults.map(inOptions);
}

/** Their places are fields of a job's input, such as `loadTest.budget.usd` or `loadTest.thresholds[0].metric`. */
function inOptions(fault: Fault): Fault {
  const [, path = ''] = /^loadTest\.([\w.]+)/.exec(fault.file) ?? [];
  const [field = ''] = path.split('.');
  return { ...fault, file: JOB, message: `${optionOf(path) ?? optionOf(field) ?? fault.file}: ${fault.message}` };
}
