/**
 * What the rules of a resource definition cannot see, because it has no type there: groups of providers and variables of
 * a job. A policy sees objects as they are. It is an addition: without it the controller refuses such a group, and a
 * change takes effect with the next run.
 */
import { clusterKinds } from '../kinds.js';
import { frozenMessage, mayStand } from './frozen-fields.js';

const UNTYPED = ['providers', 'variables'] as const;

const isListOrMap = 'type(object.spec.providers[group]) == list || type(object.spec.providers[group]) == map';

/** The policy, and the binding that puts it to work in all namespaces. */
export function admissionPolicy(): object[] {
  const { group, version, plural } = clusterKinds.ArenaJob;
  const metadata = { name: `${plural}.${group}` };
  const frozen = UNTYPED.map((field) => ({
    expression: `oldObject == null || ${mayStand(field, 'object', 'oldObject')}`,
    message: frozenMessage(`spec.${field}`),
    reason: 'Forbidden',
  }));
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            { apiGroups: [group], apiVersions: [version], operations: ['CREATE', 'UPDATE'], resources: [plural] },
          ],
        },
        validations: [
          {
            expression: `!has(object.spec.providers) || object.spec.providers.all(group, ${isListOrMap})`,
            message: 'spec.providers: a group is a list of entries, or a map from ids of providers: write one of them',
            reason: 'Invalid',
          },
          ...frozen,
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name, validationActions: ['Deny'] },
    },
  ];
}
