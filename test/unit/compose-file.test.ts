import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readEnv } from '../../src/config.js';
import { ARENA_SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';
import { PARTS, versionOf } from '../parts/parts.mjs';

interface Service {
  image: string;
  build?: string;
  environment?: { [name: string]: string };
  env_file?: { path: string; required: boolean }[];
  depends_on?: { [service: string]: { condition: string } };
  healthcheck?: { test?: string[]; disable?: boolean };
  volumes?: string[];
  configs?: { source: string; target: string }[];
  ports?: string[];
  command?: string[];
  restart?: string;
}

const text = readFileSync('docker-compose.yml', 'utf8');
const file = parse(text, { merge: true }) as { [key: string]: unknown; services: { [name: string]: Service } };
const services = Object.entries(file.services);
const dockerfile = readFileSync('Dockerfile', 'utf8');

/** Of the compose specification, what this file uses, in the one form it is used in. The slow tests have it read by compose itself. */
const SERVICE_KEYS: { [key: string]: (value: unknown) => boolean } = {
  image: isText,
  build: isText,
  environment: (value) => isMap(value) && Object.values(value).every(isText),
  env_file: isListOf((entry) => isMap(entry) && isText(entry.path) && typeof entry.required === 'boolean'),
  depends_on: (value) => isMap(value) && Object.values(value).every((entry) => isMap(entry) && isText(entry.condition)),
  healthcheck: (value) =>
    isMap(value) &&
    Object.entries(value).every(([key, part]) =>
      key === 'test'
        ? isListOf(isText)(part) && ['CMD', 'CMD-SHELL', 'NONE'].includes((part as string[])[0] ?? '')
        : key === 'retries'
          ? Number.isInteger(part)
          : key === 'disable'
            ? part === true
            : ['interval', 'timeout', 'start_period'].includes(key) && isSpan(part),
    ),
  volumes: isListOf((entry) => isText(entry) && /^[a-z0-9-]+:\/\S+$/.test(entry)),
  configs: isListOf((entry) => isMap(entry) && isText(entry.source) && isText(entry.target)),
  ports: isListOf((entry) => isText(entry) && /^127\.0\.0\.1:\d+:\d+$/.test(entry)),
  entrypoint: isListOf(isText),
  command: isListOf(isText),
  deploy: (value) => isMap(value) && Object.keys(value).every((key) => ['replicas', 'resources'].includes(key)),
  stop_grace_period: isSpan,
  read_only: (value) => value === true,
  tmpfs: isListOf(isText),
  cap_drop: isListOf(isText),
  security_opt: isListOf(isText),
  profiles: isListOf(isText),
  restart: (value) => isText(value) && ['no', 'always', 'on-failure', 'unless-stopped'].includes(value),
};

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
function isSpan(value: unknown): boolean {
  return isText(value) && /^(\d+(ms|s|m|h))+$/.test(value);
}
function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function isListOf(check: (entry: unknown) => boolean): (value: unknown) => boolean {
  return (value) => Array.isArray(value) && value.every(check);
}

describe('docker-compose.yml', () => {
  test('has keys that compose knows only, each with a value of its form', () => {
    const own = Object.keys(file).filter((key) => !key.startsWith('x-'));
    expect(own.sort()).toEqual(['configs', 'name', 'services', 'volumes']);
    const faults = services.flatMap(([name, service]) =>
      Object.entries(service).flatMap(([key, value]) => (SERVICE_KEYS[key]?.(value) ? [] : [`${name}.${key}`])),
    );
    expect(faults).toEqual([]);
  });

  test('names services, volumes and configurations that are there', () => {
    const volumes = Object.keys(file.volumes as object);
    const configs = Object.keys(file.configs as object);
    for (const [, { depends_on = {}, volumes: mounts = [], configs: mounted = [] }] of services) {
      expect(Object.keys(depends_on).filter((other) => file.services[other] === undefined)).toEqual([]);
      expect(mounts.filter((mount) => !volumes.includes(mount.split(':')[0] ?? ''))).toEqual([]);
      expect(mounted.filter(({ source }) => !configs.includes(source))).toEqual([]);
    }
  });

  test('waits for what a service needs: its health where it stays up, its end where it ends', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const needed = file.services[other] as Service;
        const staysUp = needed.healthcheck?.test !== undefined;
        expect([name, other, condition]).toEqual([
          name,
          other,
          staysUp ? 'service_healthy' : 'service_completed_successfully',
        ]);
      }
    }
  });

  test.each(services)('pins the image of %s', (_, { image }) => {
    expect(image).toMatch(/^[a-z0-9/.-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?$/);
  });

  test('runs the version of Temporal that the slow tests run', () => {
    const version = versionOf(PARTS['temporal-server'].source);
    expect(file.services.temporal?.image).toBe(`temporalio/server:${version}`);
    for (const name of ['temporal-schema', 'temporal-setup']) {
      expect(file.services[name]?.image).toMatch(`temporalio/admin-tools:${version}-`);
    }
  });

  test('runs workers of this version, with the health check of the image', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(file.services.worker).toMatchObject({ image: `arena:${version}`, build: '.' });
    expect(file.services.worker?.healthcheck).toBeUndefined();
    expect(dockerfile).toContain('HEALTHCHECK');
  });

  test('sets only variables that Arena, Temporal and AWS read', () => {
    const given = { ...file.services.worker?.environment };
    const read = new Set<string>();
    readEnv(
      new Proxy(given, {
        get: (target, name) => {
          read.add(String(name));
          return target[String(name)];
        },
      }),
    );
    const standard = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
    expect(Object.keys(given).filter((name) => !read.has(name) && !standard.includes(name))).toEqual([]);
    expect(file.services.arena?.environment).toEqual(given);
  });

  test('holds no secret: what is secret comes from .env, and is asked for where it is missing', () => {
    const secret = /PASSWORD|PWD|SECRET|_KEY(_ID)?$/;
    const values = services.flatMap(([, { environment = {} }]) =>
      Object.entries(environment).flatMap(([name, value]) => (secret.test(name) ? [value] : [])),
    );
    expect(values.length).toBeGreaterThan(4);
    expect(values.filter((value) => !/^\$\{[A-Z0-9_]+:\?.+\}$/.test(value))).toEqual([]);
    const asked = new Set([...text.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name));
    const example = readFileSync('.env.example', 'utf8');
    expect([...example.matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [name, value])).toEqual(
      [...asked].map((name) => [name, '']),
    );
  });

  test('registers the search attributes that runs carry', () => {
    const names = (file.services['temporal-setup']?.command ?? []).join('\n').match(/--name (\w+) --type Keyword/g);
    expect(names).toEqual(ARENA_SEARCH_ATTRIBUTES.map((name) => `--name ${name} --type Keyword`));
  });

  test('gets its secrets from a script that writes fresh ones once, for the owner only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'arena-compose-'));
    const write = (name: string): string => {
      execFileSync(process.execPath, ['scripts/write-compose-env.mjs', join(folder, name)], { stdio: 'ignore' });
      return readFileSync(join(folder, name), 'utf8');
    };
    const first = write('a');
    expect(first).toMatch(/^POSTGRES_PASSWORD=[0-9a-f]{48}\nS3_ACCESS_KEY=[0-9a-f]{48}\nS3_SECRET_KEY=[0-9a-f]{48}\n$/);
    expect(new Set(first.match(/[0-9a-f]{48}/g)).size).toBe(3);
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o600);
    expect(write('a')).toBe(first);
    expect(write('b')).not.toBe(first);
    rmSync(folder, { recursive: true });
  });
});
