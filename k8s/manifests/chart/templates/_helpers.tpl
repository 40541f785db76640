{{- define "arena.labels" -}}
app.kubernetes.io/name: {{ . | quote }}
app.kubernetes.io/part-of: arena
{{- end }}

{{- define "arena.releaseLabels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "arena.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* Namespaces in which jobs run, as YAML. */ -}}
{{- define "arena.tenants" -}}
{{ concat .Values.namespaces .Values.tenants | uniq | sortAlpha | toYaml }}
{{- end }}

{{- /* The head of a pod's spec: (dict "root" $ "of" values "account" name). */ -}}
{{- define "arena.pod" -}}
serviceAccountName: {{ .account }}
automountServiceAccountToken: true
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .of.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .of.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "arena.envFrom" -}}
envFrom:
  - configMapRef:
      name: arena-settings
  - secretRef:
      name: {{ .Values.temporal.secretName }}
      optional: true
  - secretRef:
      name: {{ .Values.store.secretName }}
      optional: true
{{- end }}

{{- define "arena.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  - name: tmp
    mountPath: /tmp
  - name: data
    mountPath: /var/lib/arena
{{- end }}

{{- /* (dict "root" $ "tmp" size) */ -}}
{{- define "arena.volumes" -}}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: {{ .tmp }}
  - name: data
    {{- if .root.Values.store.claimName }}
    persistentVolumeClaim:
      claimName: {{ .root.Values.store.claimName }}
    {{- else }}
    emptyDir:
      sizeLimit: 1Gi
    {{- end }}
{{- end }}

{{- /* Subjects of the shared pool or the controller: (dict "root" $ "account" name). */ -}}
{{- define "arena.subject" -}}
- kind: ServiceAccount
  name: {{ .account }}
  namespace: {{ .root.Release.Namespace }}
{{- end }}

{{- /* A binding in the cluster, or in each namespace that Arena sees: (dict "root" $ "name" name "account" account). */ -}}
{{- define "arena.binding" -}}
{{- $root := .root }}{{- $name := .name }}{{- $account := .account }}
{{- range (.root.Values.namespaces | default (list "")) }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ if . }}RoleBinding{{ else }}ClusterRoleBinding{{ end }}
metadata:
  name: {{ $name }}
  {{- if . }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "arena.labels" $account | nindent 4 }}
    {{- include "arena.releaseLabels" $root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $name }}
subjects:
  {{- include "arena.subject" (dict "root" $root "account" $account) | nindent 2 }}
{{- end }}
{{- end }}
