/**
 * Ids of models on Amazon Bedrock. Source: Anthropic, "Claude on Amazon Bedrock"; Amazon Bedrock user guide, "Supported
 * foundation models" and "Supported Regions and models for inference profiles".
 */
import { datedClaude } from './claude-names.js';

/** Where requests of an inference profile may be answered; the id of the profile begins with it. */
type Area = 'us' | 'eu' | 'apac' | 'jp' | 'au' | 'global';

interface HostedModel {
  id: string;
  /** Its profiles. None: it is called by its own id, at least in some regions. */
  areas: readonly Area[];
}

const model = (id: string, ...areas: Area[]): HostedModel => ({ id, areas });

const MODELS: ReadonlyMap<string, HostedModel> = new Map([
  ['claude-2.0', model('anthropic.claude-v2')],
  ['claude-2.1', model('anthropic.claude-v2:1')],
  ['claude-instant-1.2', model('anthropic.claude-instant-v1')],
  ['claude-3-haiku-20240307', model('anthropic.claude-3-haiku-20240307-v1:0')],
  ['claude-3-sonnet-20240229', model('anthropic.claude-3-sonnet-20240229-v1:0')],
  ['claude-3-opus-20240229', model('anthropic.claude-3-opus-20240229-v1:0')],
  ['claude-3-5-sonnet-20240620', model('anthropic.claude-3-5-sonnet-20240620-v1:0')],
  ['claude-3-5-sonnet-20241022', model('anthropic.claude-3-5-sonnet-20241022-v2:0')],
  ['claude-3-5-haiku-20241022', model('anthropic.claude-3-5-haiku-20241022-v1:0')],
  ['claude-3-7-sonnet-20250219', model('anthropic.claude-3-7-sonnet-20250219-v1:0', 'us', 'eu', 'apac')],
  ['claude-sonnet-4-20250514', model('anthropic.claude-sonnet-4-20250514-v1:0', 'us', 'eu', 'apac', 'global')],
  ['claude-opus-4-20250514', model('anthropic.claude-opus-4-20250514-v1:0', 'us')],
  ['claude-opus-4-1-20250805', model('anthropic.claude-opus-4-1-20250805-v1:0', 'us')],
  ['claude-sonnet-4-5-20250929', model('anthropic.claude-sonnet-4-5-20250929-v1:0', 'us', 'eu', 'jp', 'au', 'global')],
  ['claude-haiku-4-5-20251001', model('anthropic.claude-haiku-4-5-20251001-v1:0', 'us', 'eu', 'jp', 'au', 'global')],
  ['claude-opus-4-5-20251101', model('anthropic.claude-opus-4-5-20251101-v1:0', 'us', 'eu', 'global')],
  ['claude-opus-4-6', model('anthropic.claude-opus-4-6-v1', 'us', 'eu', 'jp', 'apac', 'global')],
  ['claude-sonnet-4-6', model('anthropic.claude-sonnet-4-6', 'us', 'eu', 'jp', 'global')],
  ['gpt-oss-20b', model('openai.gpt-oss-20b-1:0')],
  ['gpt-oss-120b', model('openai.gpt-oss-120b-1:0')],
]);

/** `anthropic.claude-…`, `us.anthropic.claude-…`, `amazon.nova-pro-v1:0`: a vendor and a dot come first. */
const LIKE_AN_ID = /^[a-z][a-z0-9-]*[a-z]\.[a-z]/;

/**
 * The id by which Bedrock knows a model. What looks like an id or an ARN stays; newer models of Anthropic that are not
 * known here follow the rule of their predecessors.
 */
export function bedrockModelId(written: string, region: string): string {
  if (written.startsWith('arn:') || LIKE_AN_ID.test(written)) return written;
  const name = datedClaude(written);
  const known = MODELS.get(name) ?? unknownClaude(name);
  if (known === undefined) return written;
  const [first] = known.areas;
  if (first === undefined) return known.id;
  return `${areaOf(region, known.areas) ?? first}.${known.id}`;
}

function unknownClaude(name: string): HostedModel | undefined {
  if (!name.startsWith('claude-')) return undefined;
  const id = /-\d{8}$/.test(name) ? `anthropic.${name}-v1:0` : `anthropic.${name}`;
  return model(id, 'us', 'eu', 'jp', 'au', 'global');
}

/** The profile that stays nearest to a region. */
function areaOf(region: string, areas: readonly Area[]): string | undefined {
  if (region.startsWith('us-gov-')) return 'us-gov';
  const near = AREAS.find(([start]) => region.startsWith(start))?.[1] ?? [];
  return [...near, 'global' as const].find((area) => areas.includes(area));
}

const AREAS: readonly (readonly [start: string, areas: readonly Area[]])[] = [
  ['us-', ['us']],
  ['ca-', ['us']],
  ['eu-', ['eu']],
  ['ap-northeast-1', ['jp', 'apac']],
  ['ap-northeast-3', ['jp', 'apac']],
  ['ap-southeast-2', ['au', 'apac']],
  ['ap-southeast-4', ['au', 'apac']],
  ['ap-', ['apac']],
];
