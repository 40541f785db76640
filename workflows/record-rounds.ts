import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.js';
import { growPlan, hasWork, type RunState } from '../src/core/run-state.js';
import { REPORT } from './activity-options.js';

/**
 * Holds conversations in rounds until there are as many records as were asked for, or the plan allows no more: each
 * further round makes up for conversations that gave none. Call it in a scope that cannot be cancelled.
 */
export async function holdRounds<End extends string>(
  run: string,
  state: RunState,
  /** Holds what is planned. */
  hold: () => Promise<End>,
): Promise<End> {
  const { selectRecords } = proxyActivities<Activities>({ ...REPORT, summary: 'choose the records' });
  const { writeDataset } = proxyActivities<Activities>({ ...REPORT, summary: 'write the records' });
  for (;;) {
    const ended = await hold();
    if (ended === 'continue') return ended;
    const { dataset, plan } = state;
    const rounds = (dataset?.figures.rounds ?? 0) + (dataset?.items === plan.total ? 0 : 1);
    const before = dataset && { items: dataset.items, records: dataset.figures.records };
    const { figures, further } = await selectRecords({
      ...{ run, rounds, items: plan.total },
      ...(before === undefined ? {} : { before }),
      last: ended !== 'completed',
    });
    state.dataset = { figures, items: plan.total };
    growPlan(state, further);
    // Failed conversations may have been asked to run again meanwhile.
    if (ended === 'completed' && hasWork(state)) continue;
    await writeDataset({ run });
    return ended;
  }
}
