/** What a Secret holds for git, and the files by which git and ssh come to it: never by an argument or an address. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { ArenaError } from '../../../core/errors.js';
import type { Secrets } from '../../../core/secrets.js';

/** Entries of a Secret as text. */
export type SecretEntries = Readonly<Record<string, string>>;

/** A token goes as the password of this user, which hosts ask for or ignore. */
const TOKEN_USER = 'x-access-token';

const refused = (message: string, hint: string) => new ArenaError({ code: 'unauthorized', message, hint });

/** Writes what is needed into the folder, readable by this user alone, and says in which variables git finds it. */
export async function writeCredentials(
  url: URL,
  entries: SecretEntries | undefined,
  folder: string,
  secrets: Secrets,
): Promise<Record<string, string>> {
  for (const value of Object.values(entries ?? {})) {
    secrets.keep(value);
    // A key of many lines may be told one line at a time.
    for (const line of value.split('\n')) if (line.length >= 16 && !line.startsWith('-----')) secrets.keep(line);
  }
  if (url.protocol === 'ssh:') return sshAccess(entries, folder);
  return entries === undefined ? {} : passwordAccess(url, entries, folder, secrets);
}

async function sshAccess(entries: SecretEntries | undefined, folder: string): Promise<Record<string, string>> {
  const { identity, known_hosts } = entries ?? {};
  const hint =
    'name a Secret in git.secretRef with the private key in identity and the lines of ssh-keyscan in known_hosts';
  if (identity === undefined || identity.trim() === '') {
    throw refused('The repository is fetched by ssh, and there is no private key for it: no entry identity.', hint);
  }
  if (known_hosts === undefined || known_hosts.trim() === '') {
    throw refused('The repository is fetched by ssh, and its host cannot be told: no entry known_hosts.', hint);
  }
  if (isEncrypted(identity)) {
    throw refused(
      'The private key in identity is locked with a passphrase, which nobody is there to type.',
      'put a key without passphrase into the Secret (ssh-keygen -p -N "" -f KEY), best a deploy key that may only read',
    );
  }
  const [key, hosts] = [join(folder, 'identity'), join(folder, 'known_hosts')];
  // ssh refuses a key whose last line has no end.
  await writeSecretFile(key, `${identity.replaceAll('\r\n', '\n').trimEnd()}\n`);
  await writeSecretFile(hosts, `${known_hosts.trimEnd()}\n`);
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'PreferredAuthentications=publickey',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${quoted(hosts)}`,
    'GlobalKnownHostsFile=/dev/null',
    'UpdateHostKeys=no',
    'ControlMaster=no',
    'ControlPath=none',
    'ForwardAgent=no',
    'PermitLocalCommand=no',
    'ProxyCommand=none',
    'ConnectTimeout=15',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=2',
    'LogLevel=ERROR',
  ];
  const args = ['-F', '/dev/null', '-i', quoted(key), ...options.flatMap((option) => ['-o', option])];
  return { GIT_SSH_COMMAND: `ssh ${args.join(' ')}`, GIT_SSH_VARIANT: 'ssh' };
}

/** In a command that a shell reads; `folder` is ours and holds no quote. */
const quoted = (path: string): string => `'${path}'`;

/** True for a private key that needs a passphrase, in PEM or in the format of OpenSSH. */
function isEncrypted(key: string): boolean {
  if (/ENCRYPTED/.test(key)) return true;
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(key) ?? [];
  if (body === undefined) return false;
  const bytes = Buffer.from(body, 'base64');
  const magic = 'openssh-key-v1\0';
  if (bytes.subarray(0, magic.length).toString('latin1') !== magic || bytes.length < magic.length + 4) return false;
  const length = bytes.readUInt32BE(magic.length);
  return bytes.subarray(magic.length + 4, magic.length + 4 + length).toString('latin1') !== 'none';
}

async function passwordAccess(
  url: URL,
  entries: SecretEntries,
  folder: string,
  secrets: Secrets,
): Promise<Record<string, string>> {
  const password = entries.password ?? entries.token;
  const usual = entries.password === undefined ? TOKEN_USER : '';
  const username = entries.username ?? (decodeURIComponent(url.username) || usual);
  if (password === undefined || password.trim() === '' || username.trim() === '') {
    throw refused(
      'The Secret of the repository holds neither username and password nor a token.',
      'add the entries username and password (a token is a password), or the entry token alone',
    );
  }
  const [user, pass] = [username.trim(), password.trim()];
  if (/[\0\n]/.test(user + pass)) throw refused('The user or password has several lines.', 'write one line each');
  // As git sends it, in case that somebody tells it.
  secrets.keep(Buffer.from(`${user}:${pass}`).toString('base64'));
  secrets.keep(encodeURIComponent(pass));
  await writeSecretFile(join(folder, 'username'), user);
  await writeSecretFile(join(folder, 'password'), pass);
  const askpass = join(folder, 'askpass');
  await writeFile(askpass, askpassScript(folder, url), { mode: 0o700, flag: 'wx' });
  return { GIT_ASKPASS: askpass };
}

/**
 * Answers for the host of the address alone: after a redirect git asks for whichever host it was sent to. A user in the
 * question is percent-encoded, so that nothing but a host can stand at its end.
 */
function askpassScript(folder: string, { protocol, host }: URL): string {
  return `#!/bin/sh
case "$1" in
  "Username for '${protocol}//${host}': ") exec cat '${folder}/username' ;;
  "Password for '${protocol}//"*"@${host}': ") exec cat '${folder}/password' ;;
esac
exit 1
`;
}

async function writeSecretFile(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  // Whatever the mask of the process is.
  await chmod(path, 0o600);
}

/**
 * Node adds the authorities of NODE_EXTRA_CA_CERTS to its own, git knows only one file: both together, so that one
 * setting holds for all. Undefined where neither that variable nor git's own is set.
 */
export async function writeAuthorities(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Promise<string | undefined> {
  const { NODE_EXTRA_CA_CERTS: extra = '', GIT_SSL_CAINFO: own = '' } = env;
  if (extra === '') return own === '' ? undefined : own;
  const path = join(folder, 'authorities.pem');
  const usual = own === '' ? rootCertificates.join('\n') : await readFile(own, 'utf8').catch(() => '');
  const added = await readFile(extra, 'utf8').catch(() => '');
  await writeFile(path, `${usual.trim()}\n${added.trim()}\n`, { flag: 'wx' });
  return path;
}
