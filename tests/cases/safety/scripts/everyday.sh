## wait until a pod runs
until [ "$(kubectl get pod "$POD" -o jsonpath='{.status.phase}')" = Running ]; do
  sleep 2
done
#= read

## the name of a pod, then its logs
POD=$(kubectl get pods -n "$NS" -l app=web -o jsonpath='{.items[0].metadata.name}')
kubectl logs -f "$POD" -n $NS --tail=100
#= read read

## a deploy job
set -euo pipefail
IMAGE="registry.example.com/web:${GITHUB_SHA}"
kubectl set image deployment/web web="$IMAGE" -n "$NAMESPACE"
kubectl rollout status deployment/web -n "$NAMESPACE" --timeout=300s
#= write read

## go back where a rollout fails
if ! kubectl rollout status deploy/api -n prod --timeout=120s; then
  kubectl rollout undo deploy/api -n prod
  exit 1
fi
#= read write

## everything in a folder
for f in k8s/*.yaml; do
  kubectl apply -f "$f" -n ${NAMESPACE:-default}
done
#= write

## create a namespace unless it is there
kubectl get namespace "$NS" >/dev/null 2>&1 || kubectl create namespace "$NS"
#= read write

## create a namespace in a way that can be repeated
kubectl create namespace monitoring --dry-run=client -o yaml | kubectl apply -f -
#= write

## a secret from the environment of a workflow
kubectl create secret generic db \
  --from-literal=password="${{ secrets.DB_PASSWORD }}" \
  --dry-run=client -o yaml | kubectl apply -n web -f -
#= write

## drain a node for maintenance
NODE="$1"
kubectl cordon "$NODE"
kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data --timeout=300s
ssh "$NODE" sudo apt-get -y upgrade
kubectl uncordon "$NODE"
#= write destructive write

## all nodes ready
while [ "$(kubectl get nodes --no-headers | grep -vc ' Ready')" -gt 0 ]; do sleep 5; done
#= read

## dump a database
kubectl exec -n db "$POD" -- pg_dump -U "$PGUSER" "$DB" | gzip > "backup-$(date +%F).sql.gz"
#= write

## all objects of all kinds into files
for kind in deployments services configmaps; do
  kubectl get "$kind" -n "$NS" -o yaml > "$OUT/$kind.yaml"
done
#= read

## all objects of kinds that may be secrets
for kind in deployments secrets; do
  kubectl get "$kind" -n "$NS" -o yaml > "$OUT/$kind.yaml"
done
#= write

## evicted pods
kubectl get pods -A --field-selector=status.phase=Failed -o name | xargs -r kubectl delete
#= destructive

## restart everything in one namespace
for d in $(kubectl get deploy -n web -o name); do
  kubectl rollout restart "$d" -n web
done
#= read write

## a port into the cluster while tests run
kubectl port-forward svc/web 8080:80 -n "$NS" &
PF=$!
trap 'kill $PF' EXIT
sleep 3
npm test
#= write

## clean up at the end
trap 'kubectl delete pod "$TMP_POD" --ignore-not-found' EXIT
kubectl run "$TMP_POD" --image=busybox --restart=Never -- sleep 3600
#= destructive write

## a manifest out of the script
cat <<EOF | kubectl apply -f -
apiVersion: v1
kind: ConfigMap
metadata:
  name: $NAME
EOF
#= write

## the same with a redirection
kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Namespace
metadata: {name: it's}
EOF
kubectl get ns
#= write read

## templates put in by sed
sed "s/IMAGE_TAG/$TAG/g" deploy.yaml | kubectl apply -f -
#= write

## envsubst
envsubst < deploy.tmpl.yaml | kubectl apply -n "$NS" -f -
#= write

## kustomize in a pipeline
kubectl kustomize overlays/prod | kubectl apply -f -
#= write

## kustomize, diffed and applied
kubectl diff -k overlays/prod || true
kubectl apply -k overlays/prod
#= read write

## a job, waited for
kubectl delete job migrate --ignore-not-found -n "$NS"
kubectl apply -f migrate-job.yaml -n "$NS"
kubectl wait --for=condition=complete job/migrate -n "$NS" --timeout=600s
kubectl logs job/migrate -n "$NS"
#= destructive write read read

## names of variables in braces
kubectl --context "${CLUSTER}" -n "${NAMESPACE}" get pods -l "app=${APP}" -o wide
#= read

## counting
count=$(kubectl get pods -n $NS --no-headers 2>/dev/null | wc -l | tr -d ' ')
echo "there are $count pods"
#= read

## a function with a parameter
logs_of() {
  local app=$1
  kubectl logs -l "app=$app" -n "${2:-default}" --tail=50
}
logs_of web
#= read

## a short name for kubectl
alias k=kubectl
k get pods
k describe pod "$POD"
#= read read

## a variable for kubectl
KUBECTL=${KUBECTL:-kubectl}
$KUBECTL version --client
${KUBECTL} apply -f crds/
#= read write

## a variable with flags
KUBECTL="kubectl --context=staging -n web"
$KUBECTL get deploy
$KUBECTL scale deploy/web --replicas=3
#= read write

## kubectl looked up
KUBECTL="$(command -v kubectl)"
"$KUBECTL" get nodes
#= read

## scaling to what a parameter says
kubectl scale deploy/web --replicas="$REPLICAS" -n web
#= destructive

## scaling down at night
kubectl scale deployment --all --replicas=0 -n dev
#= destructive

## the kubeconfig of a workflow
mkdir -p ~/.kube
echo "$KUBE_CONFIG" | base64 -d > ~/.kube/config
export KUBECONFIG=~/.kube/config
kubectl cluster-info
kubectl config use-context prod
#= read write

## the context that is current
if [[ "$(kubectl config current-context)" != "prod" ]]; then echo wrong; exit 1; fi
#= read

## a password out of a secret
PASSWORD=$(kubectl get secret db -n web -o jsonpath='{.data.password}' | base64 --decode)
#= write

## copying a dump out of a pod
kubectl cp "$NS/$POD:/tmp/dump.sql" ./dump.sql
#= write

## labels on nodes
for node in node-1 node-2 node-3; do
  kubectl label node "$node" pool=batch --overwrite
done
#= write

## a taint on nodes
kubectl taint nodes "$NODE" dedicated=gpu:NoSchedule --overwrite
#= write

## the version of the server
SERVER=$(kubectl version -o json | jq -r .serverVersion.gitVersion)
#= read

## a patch with a date
kubectl patch deployment web -n "$NS" -p \
  "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"restarted\":\"$(date +%s)\"}}}}}"
#= write

## the image that runs
kubectl get deploy web -n web -o=jsonpath='{$.spec.template.spec.containers[0].image}'
#= read

## names read line by line
kubectl get pods -n "$NS" -o name | while read -r pod; do
  echo "== $pod"
  kubectl logs "$pod" -n "$NS" --tail=20
done
#= read read

## names from a process substitution
while read -r name; do kubectl describe pod "$name"; done < <(kubectl get pods -o name)
#= read read

## names into an array
mapfile -t PODS < <(kubectl get pods -o name)
for p in "${PODS[@]}"; do kubectl get "$p" -o wide; done
#= read read

## helm first, then kubectl
helm upgrade --install web ./chart -n "$NS" --set image.tag="$TAG" --wait
kubectl get pods -n "$NS" -l app.kubernetes.io/instance=web
#= read

## manifests out of helm
helm template web ./chart --set image.tag="$TAG" | kubectl apply --server-side -f -
#= write

## custom resources before the rest
kubectl apply -f https://example.com/crds.yaml
kubectl wait --for condition=established --timeout=60s crd/widgets.example.com
#= write read

## checks of rights
kubectl auth can-i create deployments -n "$NS" --as "system:serviceaccount:$NS:deployer"
#= read

## a case
case "$1" in
  start) kubectl scale deploy web --replicas=1 ;;
  stop) kubectl scale deploy web --replicas=0 ;;
  status|kubectl) kubectl get deploy web ;;
  *) echo "usage: $0 {start|stop|status}"; exit 1 ;;
esac
#= write destructive read

## what is only said is not run
echo "run kubectl delete ns prod to clean up"
printf 'kubectl delete pod %s\n' "$POD"
# kubectl delete pod old
log "kubectl apply failed"
cat <<'USAGE'
kubectl delete everything
USAGE
#=

## installing kubectl
curl -LO "https://dl.k8s.io/release/$(curl -Ls https://dl.k8s.io/release/stable.txt)/bin/linux/amd64/kubectl"
chmod +x kubectl
sudo install -o root -g root -m 0755 kubectl /usr/local/bin/kubectl
which kubectl
command -v kubectl >/dev/null || exit 1
#=

## completion
source <(kubectl completion bash)
eval "$(kubectl completion zsh)"
kubectl completion bash | sudo tee /etc/bash_completion.d/kubectl > /dev/null
#= read read read

## another user, a time limit
sudo -u deploy -H timeout -k 5 60 kubectl get nodes
sudo kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes
#= read write

## k3s
sudo k3s kubectl get nodes
microk8s kubectl get pods -A
minikube kubectl -- get pods
#= read read read

## watching
watch -n 2 kubectl get pods -n web
watch -d 'kubectl get pods -n web | grep -v Running'
#= read read

## retried
retry() { local n=0; until "$@"; do n=$((n+1)); [ $n -ge 5 ] && return 1; sleep 2; done; }
retry kubectl apply -f ingress.yaml
retry kubectl get ingress web
#= write read

## with a time limit around a loop
timeout 300 bash -c 'until kubectl get crd widgets.example.com; do sleep 5; done'
#= read

## on another machine
ssh "$BASTION" "kubectl get pods -n web"
ssh -i key.pem admin@10.0.0.1 'sudo kubectl get nodes'
ssh control kubectl top nodes
#= read read read

## a heading between commands
kubectl get pods; echo ---; kubectl get svc && kubectl get ingress || true
#= read read read

## dry runs before the change
kubectl apply --dry-run=server -f manifests/ && kubectl apply -f manifests/
#= read write

## a flag that may be there
DRY_RUN=""
if [ "${CI:-}" != true ]; then DRY_RUN="--dry-run=client"; fi
kubectl apply $DRY_RUN -f manifests/
#= write

## flags chosen by the script
OUTPUT="-o wide"
[ -n "$1" ] && OUTPUT="-o name"
kubectl get pods $OUTPUT
#= read

## a namespace if there is one
kubectl get pods ${NS:+-n "$NS"}
#= read

## in the background, then waited for
kubectl rollout status deploy/a & kubectl rollout status deploy/b & wait
#= read read

## old replica sets
kubectl get rs -o json | jq -r '.items[] | select(.spec.replicas==0) | .metadata.name' | xargs -r -I{} kubectl delete rs {}
#= destructive

## certificates
openssl x509 -in <(kubectl get cm ca -o jsonpath='{.data.ca\.crt}') -noout -enddate
kubectl certificate approve "$CSR"
#= read write

## a debugging pod
kubectl run -it --rm debug-$RANDOM --image=nicolaka/netshoot -n "$NS" -- bash
#= write

## old completed jobs
kubectl delete jobs -n batch --field-selector status.successful=1
#= destructive

## annotations for a release
kubectl annotate deploy/web kubernetes.io/change-cause="release $VERSION" --overwrite -n "$NS"
#= write

## events of the last minutes
kubectl get events -n "$NS" --sort-by=.lastTimestamp | tail -n 20 >&2
#= read

## what is wrong, for a ticket
{
  kubectl get all -n "$NS"
  kubectl describe pods -n "$NS"
  kubectl logs --all-containers -l app=web --since=1h
} > report.txt 2>&1
#= read read read

## the number of ready replicas
READY=$(kubectl get deploy "$NAME" -n "$NS" -o jsonpath='{.status.readyReplicas}' || echo 0)
[[ ${READY:-0} -ge 2 ]]
#= read

## any kind, any name, its status
kubectl get "$1" "$2" -n "$3" -o jsonpath='{.status.phase}'
#= read

## continued lines with comments between
kubectl create configmap app \
  --from-file=app.conf \
  --from-literal=env=prod \
  -o yaml --dry-run=client > cm.yaml # not applied
#= read

## pods that crash
kubectl get pods -A | awk '$4=="CrashLoopBackOff" {print $2 " -n " $1}' | xargs -L1 kubectl delete pod
#= destructive

## tolerated failures
kubectl delete -f old.yaml || true
kubectl delete ns "$PREVIEW_NS" --wait=false
#= destructive destructive
