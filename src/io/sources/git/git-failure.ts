/** What git says when it fails, as a failure of ours. Its words come from the other side as well: bounded, on one line. */
import { ArenaError, type ErrorCode } from '../../../core/errors.js';
import { shorten } from '../../../core/shorten.js';

interface Known {
  said: RegExp;
  code: ErrorCode;
  why: string;
  hint: string;
}

/** First match wins. */
const KNOWN: readonly Known[] = [
  {
    said: /no user exists for uid/i,
    code: 'unsupported',
    why: 'ssh does not run for a user without a name',
    hint: 'give the uid of the workers an entry in /etc/passwd of their image, or use https',
  },
  {
    said: /host key verification failed|remote host identification has changed|no .* host key is known/i,
    code: 'unauthorized',
    why: 'the host does not have a key that known_hosts names',
    hint: 'check the entry known_hosts of the Secret against ssh-keyscan of the host (with its port, if it has one)',
  },
  {
    said: /permission denied \(|load key .*(invalid|error)|too many authentication failures/i,
    code: 'unauthorized',
    why: 'the host does not accept the private key',
    hint: 'check the entry identity of the Secret, and that the host knows its public key',
  },
  {
    said: /could not read (username|password)|authentication failed|invalid credentials|access denied|requested url returned error: 40[13]/i,
    code: 'unauthorized',
    why: 'the host wants other credentials, or any',
    hint: 'check username and password, or token, in the Secret that git.secretRef names',
  },
  {
    said: /requested url returned error: 429/i,
    code: 'rate_limited',
    why: 'the host asks for fewer requests',
    hint: 'wait, or make spec.interval longer',
  },
  {
    said: /couldn't find remote ref|remote ref .* not found/i,
    code: 'invalid_input',
    why: 'it has no such branch, tag or commit',
    hint: 'correct git.ref',
  },
  {
    said: /repository .*not found|repository not exported|does not appear to be a git repository|requested url returned error: 404|info\/refs not valid/i,
    code: 'invalid_input',
    why: 'there is no such repository, or these credentials do not open it',
    hint: 'check git.url, and the Secret that git.secretRef names',
  },
  {
    said: /transport '.*' not allowed|unsupported protocol|protocol .* (not|is not) (supported|allowed)/i,
    code: 'invalid_input',
    why: 'it is to be fetched by a protocol that is not open here',
    hint: 'use https, http or ssh in git.url; redirects may not lead to anything else',
  },
  {
    said: /certificate|ssl|tls|gnutls/i,
    code: 'connection_failed',
    why: 'no encrypted connection can be made',
    hint: 'check the address; name an authority of your own in NODE_EXTRA_CA_CERTS of the workers',
  },
  {
    said: /mismatched algorithms|object format|unknown repository extension/i,
    code: 'unsupported',
    why: 'it has SHA-256 commits, which are not supported',
    hint: 'fetch from a repository with SHA-1 commits',
  },
  {
    said: /could not resolve|name or service not known|temporary failure in name resolution|connection (refused|timed out|reset)|failed to connect|no route to host|network is unreachable|connection closed|early eof|hung up|unexpected disconnect|rpc failed/i,
    code: 'connection_failed',
    why: 'the host cannot be reached',
    hint: 'check git.url, and that the workers may reach the host',
  },
  {
    said: /requested url returned error: 5\d\d|internal server error/i,
    code: 'provider_unavailable',
    why: 'the host is not well',
    hint: 'look again later',
  },
];

/** Lines of git's output that say what went wrong, in front of those that say anything. */
const TELLING = /^(fatal|error|ssh|remote: (fatal|error)|.*denied|.*verification failed|Load key)/i;

/** @param said everything that git wrote, with no secret in it any more */
export function gitFailure(said: string, shownUrl: string): ArenaError {
  const lines = said
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the other side may write them to disturb terminals
    .replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling = lines.filter((line) => TELLING.test(line));
  // How long a try took differs each time, and would make one failure look like many.
  const words = shorten(
    (telling.length > 0 ? telling : lines)
      .slice(0, 3)
      .join('; ')
      .replace(/ after \d+ ms/g, ''),
    300,
  );
  if (/\bENOENT\b/.test(said) && /spawn/.test(said)) {
    const message = 'git cannot be started: it is not installed beside the worker';
    return new ArenaError({ code: 'unsupported', message, hint: 'install git 2.30 or newer on the workers' });
  }
  const known = KNOWN.find((kind) => kind.said.test(said));
  const what = `${shownUrl} cannot be fetched`;
  if (known === undefined) {
    const hint = 'try git ls-remote with this address and these credentials';
    return new ArenaError({ code: 'provider_rejected', message: `${what}: ${words || 'git gives no reason'}`, hint });
  }
  return new ArenaError({ code: known.code, message: `${what}: ${known.why} (${words})`, hint: known.hint });
}
