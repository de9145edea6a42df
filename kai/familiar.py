"""Names that scripts use all the time and kubectl's own tables do not have: plugins, custom kinds.

What a cluster or a machine adds cannot be seen from a file. A name in this table is surely meant, so
nothing is said about it; about any other the checks speak as before.

Sources: the index of krew, and the API references of the projects named beside the kinds.
"""

from __future__ import annotations

from dataclasses import replace

from kai.model import Finding, Level

_PLUGINS = """
    access-matrix advise-policy advise-psp ai argo assert aws-auth blame bulk-action calico cert-manager
    cilium ciliumcmd cnpg cnf cost count creyaml ctx datree dds debug-shell deprecations df-pv directpv
    doctor drift dtlogin duck edit-status eksporter enter evict-pod example exec-as exec-cronjob explore
    fields flux foreach fuzzy gadget get-all get-pdb graph grep gs hlf hns hub iexec images ingress-nginx
    insider-guard ipick jq karmada kc kcl ketall konfig krew kruise kubesec-scan kudo kurt kuttl kyverno
    lineage linstor liqo log2rbac mc minio mtail mtv multiforward multinet neat net-forward node-admin
    node-restart node-shell np-viewer ns nsenter oidc-login oomd open-svc openebs operator oulogin outdated
    passman permissions pgo pod-dive pod-inspect pod-lens pod-logs pod-shell podevents polaris popeye
    preflight print-env profefe promote promdump prune-unused psp-util rabbitmq rbac-lookup rbac-tool
    rbac-view realname-diff reap relay rename replay resource-capacity resource-snapshot restart roll
    rolesum rook-ceph rook router run-with-context schemahero score scout secretdata sedrobot service-tree
    shell-ctx shovel sick-pods slice sniff snap sort-manifests spark sshd ssm-secret starboard status stern
    strimzi support-bundle switch tap tekton terminate-terminating tmux-exec topology trace tree trident
    troubleshoot tunnel unused unlimited vela velero view-allocations view-cert view-kubeconfig-refs
    view-secret view-serviceaccount-kubeconfig view-utilization view-webhook virt volsync vpa-recommendation
    warp who-can whoami windows-debug yq
"""
PLUGINS = frozenset(_PLUGINS.split())
"""Plugins by the word behind `kubectl`."""

_KINDS = (
    # cert-manager
    "certificate cert certificaterequest cr issuer clusterissuer order challenge",
    # Argo CD, Workflows, Rollouts, Events
    "application app applicationset appset appproject workflow wf workflowtemplate cronworkflow cwf"
    " clusterworkflowtemplate rollout ro analysisrun analysistemplate experiment eventsource sensor eventbus",
    # Flux
    "kustomization ks helmrelease hr gitrepository gitrepo helmrepository helmrepo helmchart hc"
    " ocirepository bucket imagerepository imagepolicy imageupdateautomation receiver alert provider",
    # Gateway API
    "gateway gtw gatewayclass gc httproute grpcroute tcproute tlsroute udproute referencegrant inferencepool",
    # Istio, Linkerd, Kong, Traefik, Contour, Cilium, Calico
    "virtualservice vs destinationrule dr serviceentry se sidecar envoyfilter peerauthentication pa"
    " authorizationpolicy requestauthentication telemetry serviceprofile ingressroute middleware httpproxy"
    " ciliumnetworkpolicy cnp ciliumendpoint cep ciliumnode globalnetworkpolicy felixconfiguration ippool"
    " kongplugin kongconsumer trafficsplit",
    # Prometheus operator, Grafana, Loki, OpenTelemetry, Jaeger
    "servicemonitor podmonitor prometheusrule promrule prometheus prom alertmanager thanosruler probe"
    " scrapeconfig grafana grafanadashboard opentelemetrycollector instrumentation jaeger",
    # OpenShift
    "route project proj deploymentconfig dc buildconfig bc build imagestream is imagestreamtag machine"
    " machineset machineconfig mc machineconfigpool mcp clusteroperator co clusterversion subscription sub"
    " clusterserviceversion csv installplan ip operatorgroup og catalogsource catsrc packagemanifest"
    " securitycontextconstraints scc oauth console template",
    # Knative, Tekton, KEDA, Karpenter, Crossplane, Cluster API
    "ksvc kservice revision configuration domainmapping broker trigger pipeline pipelinerun pr task taskrun"
    " tr scaledobject so scaledjob triggerauthentication nodepool nodeclaim ec2nodeclass xrd composition"
    " claim managed composite providerconfig cluster machinedeployment md kubeadmcontrolplane kcp",
    # autoscaling and policy
    "verticalpodautoscaler vpa podmonitoring clusterpolicy cpol policyreport polr constrainttemplate"
    " configconstraint policyexception clusterpolicyreport",
    # storage, backup and data
    "volumesnapshot volumesnapshotclass volumesnapshotcontent vsc cephcluster cephblockpool cephfilesystem"
    " backup restore schedule backupstoragelocation bsl postgresql postgrescluster perconaservermongodb"
    " kafka k kafkatopic kt kafkauser kafkaconnect kctr redis elasticsearch es kibana kb mongodb"
    " mysqlcluster innodbcluster cassandradatacenter rabbitmqcluster scheduledbackup pooler",
    # secrets, virtual machines, GPUs, batch
    "sealedsecret externalsecret secretstore ss clustersecretstore css vaultauth vaultstaticsecret"
    " virtualmachine vm virtualmachineinstance vmi datavolume dv clusterqueue localqueue workload"
    " resourceflavor mpijob pytorchjob tfjob rayjob raycluster inferenceservice isvc sparkapplication",
    # networks of hosts
    "ipaddresspool l2advertisement bgppeer networkattachmentdefinition nad net-attach-def dnsendpoint"
    " ingressclassparams targetgroupbinding managedcertificate backendconfig frontendconfig",
)
KINDS = frozenset(" ".join(_KINDS).split())
"""Custom kinds in the singular, with their short names."""

_DOMAINS = (  # of groups
    "k8s.io x-k8s.io openshift.io argoproj.io cert-manager.io istio.io fluxcd.io coreos.com knative.dev"
    " tekton.dev keda.sh crossplane.io upbound.io projectcalico.org cilium.io traefik.io traefik.containo.us"
    " konghq.com velero.io rook.io strimzi.io cnpg.io kubevirt.io kyverno.io gatekeeper.sh bitnami.com"
    " external-secrets.io hashicorp.com aws nvidia.com kubeflow.org ray.io linkerd.io projectcontour.io"
    " metallb.io elastic.co grafana.com opentelemetry.io karpenter.sh gke.io azure.com"
)


def in_files(findings: tuple[Finding, ...], text: str) -> tuple[Finding, ...]:
    """What there is to say about a command that stands in a file: offsets are those of `text`.

    A custom kind may well be in the cluster and a name like `my-app` may well be one: that is a
    remark, not a warning. Nothing is said about marks that xargs, find and parallel replace.
    """
    found = (_in_file(one, text[one.start : one.end].strip("'\"")) for one in findings)
    return tuple(one for one in found if one is not None)


def _in_file(finding: Finding, word: str) -> Finding | None:
    if word in ("{}", "%", "@", "@@", "{.}", "{1}") and finding.code[:2] in ("K2", "K3"):
        return None
    match finding.code:
        case "K130":
            return None if finding.level is not Level.ERROR and word in PLUGINS else finding
        case "K202":
            return None if is_familiar(word) else replace(finding, level=Level.INFO)
        case "K203":
            return None if word.lower().endswith(tuple(_DOMAINS.split())) else finding
        case "K302":
            return replace(finding, level=Level.INFO)
        case _:
            return finding


def is_familiar(kind: str) -> bool:
    """Whether many clusters have a custom kind of that name, singular, plural or short."""
    name = kind.lower().partition("/")[0].partition(".")[0]
    if name in KINDS or name.removesuffix("s") in KINDS or name.removesuffix("es") in KINDS:
        return True
    return name.endswith("ies") and f"{name[:-3]}y" in KINDS
