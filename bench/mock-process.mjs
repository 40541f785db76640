/** Program: the mock server with the latency given, in milliseconds. Prints its URL. */
import { startMockServer } from '../dist/src/io/mock-server/server.js';

const { url } = await startMockServer({ latencyMs: Number(process.argv[2]) });
process.stdout.write(`${url}\n`);
