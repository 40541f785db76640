/** What may stand beside what in the input of a job, by what kind of run it is. */

interface Kinded {
  type: 'evaluation' | 'loadtest' | 'datagen';
  loadTest?: unknown;
  dataGen?: unknown;
  select?: { evals?: unknown; tags?: unknown };
  maxRetries?: number;
}

interface KindFault {
  path: string[];
  message: string;
}

/** Fields that have no meaning in a load test, with the way to what they are for. */
const BESIDE_LOAD = {
  retryOf: 'cannot stand beside a load test: start a new one',
  cache: 'cannot stand beside a load test: an answer that was kept is no load',
  concurrency: 'cannot stand beside a load test: write loadTest.concurrency (users) or loadTest.maxInFlight',
  hold: 'cannot stand beside a load test: what a provider that is down refuses is counted',
} as const;

const BESIDE_DATA = {
  retryOf: 'cannot stand beside the generation of data: start a new run',
  trials: 'cannot stand beside the generation of data: dataGen.count says how many records are made',
} as const;

/** All that cannot stand together. */
export function kindFaults(input: Kinded): KindFault[] {
  const { type, select } = input;
  const faults: KindFault[] = [];
  const add = (path: string[], message: string) => faults.push({ path, message });
  if (type === 'loadtest' && input.loadTest === undefined) {
    add(['loadTest'], 'is missing: write how much load is to be made, for example loadTest.targetRPS');
  }
  if (type !== 'loadtest' && input.loadTest !== undefined) add(['loadTest'], 'needs type: loadtest');
  if (type !== 'datagen' && input.dataGen !== undefined) add(['dataGen'], 'needs type: datagen');
  if (type === 'evaluation') return faults;
  const beside: { [field: string]: string } = type === 'loadtest' ? BESIDE_LOAD : BESIDE_DATA;
  for (const [field, message] of Object.entries(beside)) {
    if (Object.hasOwn(input, field) && input[field as keyof Kinded] !== undefined) add([field], message);
  }
  if (type === 'loadtest' && (input.maxRetries ?? 0) > 0) {
    add(['maxRetries'], 'cannot be more than 0 in a load test: nothing is dispatched again, failures are counted');
  }
  for (const field of ['evals', 'tags'] as const) {
    if (select?.[field] === undefined) continue;
    add(['select', field], 'names evals of recordings, which only evaluations carry out');
  }
  return faults;
}
