import { describe, expect, test } from '@jest/globals';
import { checkJobInput } from '../../src/bundle/check-job-input.js';

describe('the input of a job', () => {
  test('is taken as it is when it is sound', () => {
    expect(checkJobInput({ bundle: { path: '/b' }, trials: 2 })).toMatchObject({ bundle: { path: '/b' }, trials: 2 });
  });

  // shows JobInput.type, JobInput.bundle.digest
  test.each([
    [{ bundle: { path: '/b' }, type: 'load' }, ['type "load" is not one of evaluation, loadtest, datagen']],
    [{ bundle: { path: '/b' }, type: 'loadtest' }, ['loadTest is missing: write how much load']],
    [{ bundle: { path: '/b' }, loadTest: { targetRPS: 1 } }, ['loadTest needs type: loadtest']],
    [{ bundle: { path: '/b' }, type: 'loadtest', dataGen: {} }, ['dataGen needs type: datagen', 'loadTest is missing']],
    [
      {
        ...{ bundle: { path: '/b' }, type: 'loadtest', loadTest: { targetRPS: 1 }, retryOf: 'r', concurrency: 2 },
        ...{ cache: {}, hold: '1m', maxRetries: 1, select: { evals: ['e'] } },
      },
      [
        'retryOf cannot',
        'concurrency cannot',
        'cache cannot',
        'hold cannot',
        'maxRetries cannot',
        'select.evals names',
      ],
    ],
    [
      { bundle: { path: '/b' }, type: 'datagen', retryOf: 'r', trials: 2, select: { tags: ['t'] } },
      ['retryOf cannot', 'trials cannot', 'select.tags names'],
    ],
    [{ bundle: { path: '/b' }, parameters: { temperature: 3 } }, ['parameters.temperature must be at most 2']],
    [{ bundle: { path: '/b' }, packEvals: { types: [] } }, ['packEvals.types']],
    [{ bundle: { path: '/b' }, overrideProviders: { a: '' } }, ['overrideProviders.a']],
    [{ bundel: { path: '/b' } }, ['bundle is required', 'unknown key "bundel", did you mean "bundle"?']],
    [{ bundle: { path: '/b' }, trials: 0 }, ['trials must be at least 1']],
    [{ bundle: { path: '/b' }, concurrency: 'six' }, ['concurrency must be a number, not a text']],
    [{ bundle: { digest: 'abc' } }, ['bundle.digest is not a SHA-256 in hex']],
    [
      { bundle: { path: '/b' }, timeouts: { run: 'soon' } },
      ['timeouts.run is not a duration such as 30s, 5m or 1h30m'],
    ],
    [{ bundle: { path: '/b' }, variables: { long: 'x'.repeat(60_000) } }, ['is longer than 49152 characters']],
    [{ bundle: { path: '/b' }, output: {} }, ['output must hold exactly one of dir and s3']],
    [{ bundle: { path: '/b' }, output: { dir: '/o', s3: { bucket: 'b' } } }, ['output must hold exactly one of']],
    [
      { bundle: { path: '/b' }, output: { s3: { bucket: 'a/b', prefix: '../up', region: 'EU', endpoint: 'ftp://x' } } },
      ['s3.bucket is not the name of a bucket', 's3.prefix must not hold "."', 's3.region', 's3.endpoint is not an'],
    ],
    [
      { bundle: { path: '/b' }, output: { s3: { bucket: 'b', prefix: 'a//b', endpoint: 'https://me:key@host' } } },
      ['s3.prefix must not hold control characters', 's3.endpoint must not hold a user name or password'],
    ],
    [
      { bundle: { path: '/b' }, output: { s3: { bucket: 'b', secretRef: { name: 'A B', namespace: '' } } } },
      ['secretRef.name is not the name', 'secretRef.namespace is not the name'],
    ],
    [{ bundle: { artifact: 'abc' } }, ['bundle.artifact is not a SHA-256 in hex']],
    [
      { bundle: { arenaJob: { namespace: 'team', name: 'nightly' } }, trials: 2, concurrency: 3 },
      ['trials cannot stand beside bundle.arenaJob', 'concurrency cannot stand beside bundle.arenaJob'],
    ],
    [null, ['the input must be a map, not nothing']],
  ])('of %j is refused with every fault', (input, messages) => {
    let message = '';
    try {
      checkJobInput(input);
    } catch (error) {
      message = String(error);
    }
    for (const each of messages) expect(message).toContain(each);
  });
});
