import { once } from 'node:events';
import { createServer } from 'node:net';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** Not for us: one process for all dies with its first tab, and pages must keep the rules of the web. */
const UNWANTED = /^--(single-process|no-zygote|disable-web-security|allow-running-insecure-content)/;
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

/** A headless Chromium that makes no request of its own. Close it. */
export async function launchBrowser(): Promise<Browser> {
  const args = [...chromium.args.filter((arg) => !UNWANTED.test(arg)), ...QUIET];
  return playwright.launch({ executablePath: await chromium.executablePath(), args, headless: true });
}

/** A listener that counts who connects: what a page loads from it would be seen here, whatever the browser says. */
export async function startTrap(): Promise<{ origin: string; connections(): number; close(): Promise<void> }> {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the trap has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    connections: () => count,
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
