import { describe, expect, test } from '@jest/globals';
import { proxyFor } from '../../src/io/providers/proxy.js';

const BOTH = { HTTP_PROXY: 'http://plain:3128', HTTPS_PROXY: 'http://tls:3128' };

describe('the proxy of an origin', () => {
  test.each<[origin: string, env: { [name: string]: string }, proxy: string | undefined]>([
    ['https://api.openai.com', BOTH, 'http://tls:3128/'],
    ['http://models.example', BOTH, 'http://plain:3128/'],
    ['http://models.example', { HTTPS_PROXY: 'http://tls:3128' }, undefined],
    ['https://models.example', { HTTP_PROXY: 'http://plain:3128' }, undefined],
    ['https://models.example', { ...BOTH, https_proxy: 'small:80' }, 'http://small/'],
    ['https://models.example', { HTTPS_PROXY: ' ' }, undefined],
    ['https://models.example', {}, undefined],
    ['http://localhost:8000', BOTH, undefined],
    ['http://127.0.0.2:8000', BOTH, undefined],
    ['http://[::1]:8000', BOTH, undefined],
    ['http://a.localhost', BOTH, undefined],
    ['https://models.example', { ...BOTH, NO_PROXY: '*' }, undefined],
    ['https://models.example', { ...BOTH, NO_PROXY: 'other, models.example' }, undefined],
    ['https://MODELS.example', { ...BOTH, no_proxy: 'Models.Example' }, undefined],
    ['https://eu.models.example', { ...BOTH, NO_PROXY: 'models.example' }, undefined],
    ['https://eu.models.example', { ...BOTH, NO_PROXY: '.models.example' }, undefined],
    ['https://eu.models.example', { ...BOTH, NO_PROXY: '*.models.example' }, undefined],
    ['https://mymodels.example', { ...BOTH, NO_PROXY: 'models.example' }, 'http://tls:3128/'],
    ['https://models.example:8443', { ...BOTH, NO_PROXY: 'models.example:8443' }, undefined],
    ['https://models.example', { ...BOTH, NO_PROXY: 'models.example:443' }, undefined],
    ['https://models.example', { ...BOTH, NO_PROXY: 'models.example:8443' }, 'http://tls:3128/'],
    ['http://10.1.2.3', { ...BOTH, NO_PROXY: '10.0.0.0/8' }, undefined],
    ['http://11.1.2.3', { ...BOTH, NO_PROXY: '10.0.0.0/8' }, 'http://plain:3128/'],
    ['http://10.1.2.3', { ...BOTH, NO_PROXY: '10.0.0.0/99,10.0.0.0/x,nonsense/8' }, 'http://plain:3128/'],
    ['http://[fd00::5]', { ...BOTH, NO_PROXY: 'fd00::/8' }, undefined],
    ['http://[fd00::5]', { ...BOTH, NO_PROXY: 'fd00::5' }, undefined],
    ['http://[fd00::5]:8000', { ...BOTH, NO_PROXY: '[fd00::5]:8000' }, undefined],
    ['http://10.1.2.3', { ...BOTH, NO_PROXY: '2.3' }, 'http://plain:3128/'],
    ['https://models.example', { HTTPS_PROXY: 'http://me:p%40ss@tls:3128' }, 'http://tls:3128/'],
  ])('%s with %j is %s', (origin, env, proxy) => {
    expect(proxyFor(origin, env)?.url.href).toBe(proxy);
  });

  test('takes user and password from its address', () => {
    const wanted = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    const env = { https_proxy: 'http://me:p%40ss@tls:3128' };
    expect(proxyFor('https://a.example', env)).toMatchObject({ variable: 'https_proxy', authorization: wanted });
    expect(proxyFor('https://a.example', BOTH)?.authorization).toBeUndefined();
  });

  test.each(['socks5://tls:1080', 'http://', 'ftp://tls', 'http://me:%E0%A4%A@tls'])('at %s is refused', (address) => {
    expect(() => proxyFor('https://a.example', { HTTPS_PROXY: address })).toThrow('The variable HTTPS_PROXY');
  });
});
