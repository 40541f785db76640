import { runGo } from './go-build.js';
import { TEMPORAL_CLI_VERSION } from './temporal-release.js';

const MODULE = 'github.com/temporalio/cli/cmd/temporal';

/** Builds the pinned `temporal` into the folder with the user's Go toolchain. Throws with Go's own words. */
export function buildTemporal(folder: string, say: (line: string) => void): Promise<void> {
  return runGo({
    args: ['install', '-ldflags=-s -w', `${MODULE}@v${TEMPORAL_CLI_VERSION}`],
    folder,
    env: { GOBIN: folder },
    what: { name: 'the Temporal dev server', about: 'about 3 min' },
    say,
  });
}
