import { describe, expect, test } from '@jest/globals';
import { at, type ClusterEffect, resolved, showsClusterEffect, type World } from '../../helpers/cluster-objects.js';

const AGENT: World = { job: { providers: { default: [{ agentRef: { name: 'helper' } }] } } };
const agent = (...path: string[]) =>
  at((job) => path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), job.providers?.[0]?.spec));
const withStatus = (status: object, spec: object = {}): World => ({ ...AGENT, agent: { spec, status } });
const INSIDE = { serviceEndpoint: 'helper.team.svc.cluster.local:8080', managementEndpoints: { ws: 18080 } };

describe('fields of an AgentRuntime', () => {
  test.each<ClusterEffect>([
    ['AgentRuntime.spec.mode', ['agent', 'function'], agent('type'), ['agent', 'refused: InvalidAgent'], AGENT],
    [
      'AgentRuntime.spec.facades[].type',
      ['websocket', 'rest'],
      agent('type'),
      ['agent', 'refused: InvalidAgent'],
      AGENT,
    ],
    [
      'AgentRuntime.spec.facade',
      [{ type: 'websocket' }, { type: 'a2a' }],
      agent('type'),
      ['agent', 'refused: InvalidAgent'],
      AGENT,
    ],
    [
      'AgentRuntime.spec.endpoint',
      ['ws://127.0.0.1:9/ws', undefined],
      agent('url'),
      ['ws://127.0.0.1:9/ws', 'ws://helper.team.svc:8080/ws'],
      AGENT,
    ],
    [
      'AgentRuntime.spec.facades[].port',
      [9000, undefined],
      agent('url'),
      ['ws://helper.team.svc:9000/ws', 'ws://helper.team.svc:8080/ws'],
      withStatus({ serviceEndpoint: 'helper.team.svc' }, { facades: [{ type: 'websocket' }] }),
    ],
    [
      'AgentRuntime.spec.facades[].managementPlane',
      [true, false],
      agent('url'),
      ['ws://helper.team.svc.cluster.local:18080/ws', 'ws://helper.team.svc.cluster.local:8080/ws'],
      withStatus(INSIDE, { facades: [{ type: 'websocket' }] }),
    ],
  ])('%s does what it says', async (...effect) => showsClusterEffect(effect));

  test('an agent is asked at its port inside the cluster, with a token where the installation has an issuer', async () => {
    expect(agent()(await resolved(withStatus(INSIDE)))).toEqual({
      type: 'agent',
      agent: 'helper',
      namespace: 'team',
      url: 'ws://helper.team.svc.cluster.local:18080/ws',
    });
    const tokenUrl = 'http://dashboard.omnia.svc/api/auth/service-token';
    expect(agent('credential')(await resolved({ ...withStatus(INSIDE), tokenUrl }))).toEqual({
      service_token: { url: tokenUrl, workspace: 'team' },
    });
  });

  test('no token goes to an address that somebody wrote down', async () => {
    const tokenUrl = 'http://dashboard.omnia.svc/api/auth/service-token';
    const written = { ...withStatus(INSIDE, { endpoint: 'wss://elsewhere.example/ws' }), tokenUrl };
    expect(agent('credential')(await resolved(written))).toBeUndefined();
  });
});
