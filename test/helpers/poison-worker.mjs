// A worker whose provider `p1` kills the process whenever scenario `s3` asks it: what no bundle could do.
import { createProviders } from '../../dist/src/io/providers/create.js';
import { runWorker } from '../../dist/src/worker.js';

const deadly = (provider) => ({
  id: provider.id,
  local: false,
  complete(request, options) {
    if (request.context.scenario === 's3') process.kill(process.pid, 'SIGKILL');
    return provider.complete(request, options);
  },
});

await runWorker(process.env, {
  createProviders(bundle, options) {
    const providers = createProviders(bundle, { ...options, env: process.env });
    const victim = providers.get('p1');
    return victim === undefined ? providers : providers.set('p1', deadly(victim));
  },
});
