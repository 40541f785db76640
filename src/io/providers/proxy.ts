/** Which proxy calls go through: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, as other programs read them. */
import { BlockList, isIP } from 'node:net';
import { ArenaError } from '../../core/errors.js';
import type { Environment } from './credential.js';

export interface HttpProxy {
  /** Variable that names it. */
  variable: string;
  /** Its address, without user and password. */
  url: URL;
  /** Value of `proxy-authorization`, if it wants one. */
  authorization?: string;
}

/**
 * The proxy for an origin; undefined when calls go there directly, as they always do to this machine. Throws
 * `invalid_input` for an address that is none.
 */
export function proxyFor(origin: string, env: Environment): HttpProxy | undefined {
  const { protocol, hostname, port } = new URL(origin);
  const variable = variableOf(protocol === 'https:' ? 'https_proxy' : 'http_proxy', env);
  const address = variable === undefined ? '' : (env[variable]?.trim() ?? '');
  if (variable === undefined || address === '') return undefined;
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isLoopback(host)) return undefined;
  const exceptions = env[variableOf('no_proxy', env) ?? ''] ?? '';
  const usualPort = protocol === 'https:' ? '443' : '80';
  if (exceptions.split(/[\s,]+/).some((entry) => covers(entry.toLowerCase(), host, port || usualPort)))
    return undefined;
  return { variable, ...proxyAt(variable, address) };
}

/** Small letters beat capital ones, as with curl. */
function variableOf(name: string, env: Environment): string | undefined {
  return [name, name.toUpperCase()].find((each) => (env[each] ?? '') !== '');
}

function proxyAt(variable: string, address: string): Omit<HttpProxy, 'variable'> {
  const text = address.includes('://') ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  const pair = url && decoded(`${url.username}:${url.password}`);
  if (url === undefined || !isHttp || pair === undefined) {
    const message = `The variable ${variable} does not hold the address of an http or https proxy.`;
    throw new ArenaError({ code: 'invalid_input', message, hint: 'write it like http://HOST:PORT' });
  }
  url.username = '';
  url.password = '';
  return pair === ':' ? { url } : { url, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** An entry is `*`, a network, or a host with all hosts below it; with a port it holds for that port alone. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return isInNetwork(entry, host);
  const [, named = entry, ofPort] = /^(.*?):(\d+)$/.exec(isIP(entry) === 6 ? '' : entry) ?? [];
  if (ofPort !== undefined && ofPort !== port) return false;
  const domain = named.replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
}

function isInNetwork(entry: string, host: string): boolean {
  const [address = '', bits = ''] = entry.split('/');
  const [family, ofHost] = [isIP(address), isIP(host)];
  const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (family === 0 || family !== ofHost || !(prefix <= (family === 4 ? 32 : 128))) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const network = new BlockList();
  network.addSubnet(address, prefix, type);
  return network.check(host, type);
}
