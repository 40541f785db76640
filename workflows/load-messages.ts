import { setHandler } from '@temporalio/workflow';
import type { Stage } from '../src/core/run.js';
import type { LoadWindow } from './load-window.js';
import { addBudgetUpdate, laneReadyUpdate, leaseWorkUpdate, setRateUpdate, stopEarlyUpdate } from './messages.js';

/** Answers what a load test can be told. `stage`: of the run; undefined where it is no load test. */
export function handleLoadMessages(window: LoadWindow, stage: () => Stage | undefined): void {
  const refuseUnlessRunning = () => {
    const now = stage();
    if (now === undefined) throw new Error('the run is no load test');
    if (now !== 'running') throw new Error(`the run is ${now}`);
  };
  const refuse = (why: string | undefined) => {
    if (why !== undefined) throw new Error(why);
  };
  setHandler(setRateUpdate, (change) => window.setRate(change), {
    description:
      'Steer the load to another target, in requests a second or virtual users, at once or over some milliseconds.',
    validator: (change) => {
      refuseUnlessRunning();
      refuse(isMap(change) ? window.refusedRate(change) : 'takes {"target": …, "overMs": …}');
    },
  });
  setHandler(stopEarlyUpdate, () => window.stopEarly(), {
    description: 'End the load test before its time; conversations in flight have gracefulStop to end.',
    validator: () => {
      refuseUnlessRunning();
      refuse(window.refusedStop());
    },
  });
  setHandler(addBudgetUpdate, (raise) => window.addBudget(raise), {
    description: 'Raise the budget of the load test, in US dollars or tokens; returns what it is now.',
    validator: (raise) => {
      refuseUnlessRunning();
      refuse(isMap(raise) ? window.refusedRaise(raise) : 'takes {"usd": …, "tokens": …}');
    },
  });
  setHandler(laneReadyUpdate, (ready) => window.laneReady(ready), {
    description: 'A lane of the load test could begin. Asked by workers.',
    validator: (ready) => {
      refuseUnlessRunning();
      if (!isMap(ready)) refuse('takes {"lane": …, "worker": …, "attempt": …}');
    },
  });
  setHandler(leaseWorkUpdate, (ask) => window.leaseWork(ask), {
    description: 'Lease conversations or budget to a lane. Asked by workers.',
    validator: (ask) => {
      refuseUnlessRunning();
      if (!isMap(ask) || !isMap(ask.used)) refuse('takes {"lane": …, "used": {"usd": …, "tokens": …}}');
    },
  });
}

/** Messages come from outside, whatever their types say. */
const isMap = <T>(value: T): value is T & object => typeof value === 'object' && value !== null;
