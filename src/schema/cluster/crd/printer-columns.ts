/** What `kubectl get` shows. Columns cannot compute: what needs a calculation is a text of the status. */
import type { ClusterKind } from '../kinds.js';

export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'date';
  jsonPath: string;
  description: string;
  /** 1: only with `-o wide`. */
  priority?: 1;
}

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Since when the object exists.',
};

const text = (name: string, jsonPath: string, description: string): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath,
  description,
});

const wide = (column: PrinterColumn): PrinterColumn => ({ ...column, priority: 1 });

const ofCondition = (type: string, field: string): string => `.status.conditions[?(@.type=="${type}")].${field}`;

const PHASE = text('Phase', '.status.phase', 'State in one word.');
const READY = text('Ready', ofCondition('Ready', 'status'), 'Whether it can be used.');
const MESSAGE = wide(text('Message', ofCondition('Ready', 'message'), 'Why it is as it is.'));

export const printerColumns: { readonly [kind in ClusterKind]: readonly PrinterColumn[] } = {
  ArenaSource: [
    text('Type', '.spec.type', 'Kind of source.'),
    PHASE,
    READY,
    text('Revision', '.status.artifact.revision', 'What was fetched last.'),
    wide(text('Digest', '.status.artifact.digest', 'Digest of the packed files.')),
    MESSAGE,
    AGE,
  ],
  ArenaConfig: [
    text('Source', '.spec.sourceRef.name', 'Where the bundle comes from.'),
    PHASE,
    READY,
    {
      name: 'Scenarios',
      type: 'integer',
      jsonPath: '.status.resolvedSource.scenarioCount',
      description: 'How many run.',
    },
    wide(text('Revision', '.status.resolvedSource.revision', 'Revision that was looked at.')),
    MESSAGE,
    AGE,
  ],
  ArenaJob: [
    text('Type', '.spec.type', 'Kind of job.'),
    PHASE,
    text(
      'Progress',
      '.status.progress.text',
      'Conversations that have ended, of all; of data records, of those wanted.',
    ),
    {
      name: 'Passed',
      type: 'integer',
      jsonPath: '.status.progress.completed',
      description: 'Conversations that passed.',
    },
    {
      name: 'Failed',
      type: 'integer',
      jsonPath: '.status.progress.failed',
      description: 'Conversations that did not.',
    },
    text('Cost', '.status.cost', 'Cost so far.'),
    wide(text('Source', '.spec.sourceRef.name', 'What is run.')),
    wide(text('Revision', '.status.source.revision', 'Revision of it that was run last.')),
    wide({ name: 'Workers', type: 'integer', jsonPath: '.status.activeWorkers', description: 'Pods of its own.' }),
    // A date would be shown as the time since, which is nothing for what is to come.
    wide(text('Next-Run', '.status.nextScheduleTime', 'When the schedule starts the next run.')),
    wide(text('Workflow', '.status.workflowId', 'Workflow of the latest run.')),
    MESSAGE,
    AGE,
  ],
  Provider: [
    text('Type', '.spec.type', 'API that it speaks.'),
    text('Model', '.spec.model', 'Name of the model.'),
    PHASE,
    AGE,
  ],
  ToolRegistry: [
    { name: 'Tools', type: 'integer', jsonPath: '.status.discoveredToolsCount', description: 'Tools that were found.' },
    PHASE,
    AGE,
  ],
  AgentRuntime: [PHASE, text('Endpoint', '.status.serviceEndpoint', 'Where it is reached.'), AGE],
};
