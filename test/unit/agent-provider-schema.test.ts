import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { formatFault } from '../../src/bundle/fault.js';
import { loadBundleFromFiles } from '../../src/bundle/load-bundle.js';
import { mayCarryToken } from '../../src/schema/agent-provider.js';

/** Errors of a bundle whose provider file is this. */
function faultsOf(spec: object): string[] {
  const document = (kind: string, name: string, of: object) => stringify({ kind, metadata: { name }, spec: of });
  const texts = {
    'config.arena.yaml': document('Arena', 'agents', {
      prompt_specs: { main: { task_type: 'main', system_template: 'Help.' } },
      providers: [{ file: 'agent.yaml' }],
      scenario_specs: { talk: { task_type: 'main', turns: [{ role: 'user', content: 'Hello' }] } },
    }),
    'agent.yaml': document('Provider', 'agent', spec),
  };
  const files = new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
  return loadBundleFromFiles(files, 'config.arena.yaml').faults.map(formatFault);
}

const AGENT = { type: 'agent', url: 'wss://agents.example/ws' };
const PLAIN = { type: 'agent', url: 'ws://agents.example/ws' };
const TOKEN = { credential: { credential_env: 'TOKEN' } };
const issued = (more: object) => ({ credential: { service_token: { url: 'https://issuer.example/t', ...more } } });

describe('a provider of type agent', () => {
  // shows Provider.spec.url
  test.each<[what: string, spec: object]>([
    ['an address', { type: 'agent', url: 'ws://127.0.0.1:8080' }],
    ['an encrypted address and a token', { ...AGENT, ...TOKEN }],
    [
      'names, headers, a time limit and a pace',
      { ...AGENT, agent: 'a', namespace: 'n', headers: { 'X-A': '1' }, request_timeout: '1m', rate_limit: { rps: 2 } },
    ],
    ['settings of its own', { ...AGENT, additional_config: { max_connections: 10, metadata: { run: 7 } } }],
    ['a token that is issued', { ...AGENT, ...issued({ agent: 'a', workspace: 'w', token_file: '/t' }) }],
    ['a token to this machine', { type: 'agent', url: 'ws://localhost:1/ws', ...TOKEN }],
    ['a token within the cluster', { type: 'agent', url: 'ws://a.shop.svc.cluster.local:8080/ws', ...TOKEN }],
    ['a secret header, unencrypted, that is no token', { ...PLAIN, headers: { 'X-Team': 'a' } }],
    ['an empty model', { ...AGENT, model: '' }],
  ])('may have %s', (_, spec) => {
    expect(faultsOf(spec)).toEqual([]);
  });

  test.each<[what: string, spec: object, words: string]>([
    ['no address', { type: 'agent' }, 'spec.url is required with type agent'],
    ['the address of a web page', { type: 'agent', url: 'https://a.example' }, 'ws:// or wss://'],
    ['what is no address', { type: 'agent', url: 'a.example:8080/ws' }, 'ws:// or wss://'],
    ['an address with a password', { type: 'agent', url: 'wss://a:b@a.example' }, 'must not hold a user or password'],
    ['an address with a fragment', { type: 'agent', url: 'wss://a.example/ws#x' }, 'fragment'],
    ['an address that asks for binary frames', { type: 'agent', url: 'wss://a.example/ws?binary=true' }, 'binary'],
    ['a name that stands in the address', { ...AGENT, url: `${AGENT.url}?agent=x`, agent: 'a' }, 'as well'],
    ['a token that anybody could read', { ...PLAIN, ...TOKEN }, 'unencrypted'],
    ['an authorization header that anybody could read', { ...PLAIN, headers: { authorization: 'x' } }, 'unencrypted'],
    ['a token of an issuer without TLS', { ...AGENT, ...issued({ url: 'http://issuer.example/t' }) }, 'unencrypted'],
    ['a token file that is found nowhere', { ...AGENT, ...issued({ token_file: 'token' }) }, 'absolute path'],
    ['two tokens', { ...AGENT, credential: { ...TOKEN.credential, ...issued({}).credential } }, 'cannot stand beside'],
    ['a header of the handshake', { ...AGENT, headers: { 'Sec-WebSocket-Key': 'x' } }, 'handshake'],
    ['a header with a line break', { ...AGENT, headers: { 'X-A': 'a\nb' } }, 'no header can carry'],
    ['a header without a name', { ...AGENT, headers: { 'X A': 'a' } }, 'is no name of a header'],
    ['another role', { ...AGENT, role: 'embedding' }, 'must be llm'],
    ['a model', { ...AGENT, model: 'm' }, 'has a model of its own'],
    ['a base_url', { ...AGENT, base_url: 'http://a.example' }, 'its url'],
    ['sampling', { ...AGENT, defaults: { temperature: 0 } }, 'samples as it is configured'],
    ['prices', { ...AGENT, pricing: { input_cost_per_1k: 1 } }, 'does not tell what it has used'],
    ['a platform', { ...AGENT, platform: { type: 'azure', endpoint: 'https://a.example' } }, 'means nothing'],
    ['no connections', { ...AGENT, additional_config: { max_connections: 0 } }, 'at least 1'],
    [
      'settings of others',
      { ...AGENT, additional_config: { max_conections: 3 } },
      'known are max_connections and metadata',
    ],
  ])('is refused with %s', (_, spec, words) => {
    const faults = faultsOf(spec);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^agent\.yaml:\d+:\d+ /);
    expect(faults[0]).toContain(words);
  });

  // shows Provider.spec.agent, Provider.spec.namespace, Provider.spec.url
  test.each([
    ['url', 'wss://a.example'],
    ['agent', 'a'],
    ['namespace', 'n'],
  ])('alone has %s', (field, value) => {
    expect(faultsOf({ type: 'mock', [field]: value })[0]).toContain('is for providers of type agent');
    expect(faultsOf({ type: 'mock' })).toEqual([]);
  });

  test('alone has a token that is issued', () => {
    expect(faultsOf({ type: 'mock', ...issued({}) })[0]).toContain('is for providers of type agent');
  });
});

describe('headers of a provider that is asked over HTTP', () => {
  test.each<[headers: object, fault: string | undefined]>([
    [{ 'X-Team': 'a', 'x_team.2': '\u00e9' }, undefined],
    [{ Host: 'models.example' }, undefined],
    [{ 'X Team': 'a' }, 'spec.headers.X Team is no name of a header'],
    [{ '': 'a' }, 'is no name of a header'],
    [{ 'X-Team': 'a\nb' }, 'spec.headers.X-Team holds characters that no header can carry'],
    [{ 'X-Team': '\u20ac' }, 'no header can carry'],
  ])('%j', (headers, fault) => {
    const faults = faultsOf({ type: 'claude', model: 'm', headers });
    expect(faults).toEqual(fault === undefined ? [] : [expect.stringContaining(fault)]);
  });
});

describe('a token', () => {
  test.each([
    ['wss://a.example', true],
    ['https://a.example', true],
    ['ws://127.0.0.1:1', true],
    ['ws://127.8.9.10', true],
    ['ws://[::1]:1', true],
    ['ws://a.localhost', true],
    ['ws://a.b.svc', true],
    ['ws://a.b.SVC.cluster.local.', true],
    ['ws://a.example', false],
    ['ws://localhost.example', false],
    ['ws://127.0.0.1.example', false],
    ['ws://svc', false],
    ['ws://a.svc.example', false],
    ['ws://10.0.0.1', false],
  ])('to %s: %s', (url, may) => {
    expect(mayCarryToken(new URL(url))).toBe(may);
  });
});
