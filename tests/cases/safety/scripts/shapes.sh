## what may hold flags is never read
kubectl get pods $FLAGS
kubectl get pods $EXTRA_ARGS -n web
kubectl get "${args[@]}"
kubectl get pods "$@"
kubectl logs $OPTS web
kubectl apply $KUBECTL_OPTS -f x.yaml
kubectl get pods $X1 "$KUBECTL_FLAGS"
#= unclear unclear unclear unclear unclear unclear unclear

## what is destructive stays so whatever else it may hold
kubectl delete pod web $FLAGS
kubectl delete ns shop "$@"
kubectl drain node-1 "${args[@]}"
kubectl delete nodes $SELECTOR_ARGS
#= destructive destructive destructive destructive

## any command
kubectl "$@"
kubectl $CMD pod web
kubectl $@
kubectl rollout $ACTION deploy/web
"kubectl" "${cmd[@]}"
#= unclear unclear unclear unclear unclear

## the command is one of those that the script names
for verb in get delete; do kubectl $verb pod web; done
ACTION=get
kubectl $ACTION pods
#= destructive read

## never forbidden because of something unknown
kubectl delete pod web -n "$NS"
kubectl patch deploy web -p "$PATCH"
kubectl scale deploy "$NAME" --replicas=0
kubectl create clusterrolebinding x --clusterrole="$ROLE" --user=bob
kubectl scale deploy web --replicas=$N
kubectl cordon $(kubectl get nodes -o name)
#= destructive destructive destructive destructive destructive destructive read

## forbidden whatever the rest is
kubectl delete ns kube-system --context "$CTX"
kubectl delete pod "$POD" -n kube-system
NS=kube-system
kubectl delete pod web -n "$NS"
kubectl create clusterrolebinding x --clusterrole=cluster-admin --user="$USER"
#= forbidden forbidden forbidden forbidden

## one of the values is a system namespace
for ns in web kube-system; do kubectl delete pod x -n "$ns"; done
for ns in web kube-system; do kubectl rollout restart deploy/x -n "$ns"; done
for ns in web shop; do kubectl rollout restart deploy/x -n "$ns"; done
#= destructive destructive write

## all namespaces and all nodes in turn
for ns in $(kubectl get ns -o name); do kubectl set image deploy/web web=x:1 -n "${ns#*/}"; done
for n in $(kubectl get nodes -o name); do kubectl cordon "$n"; done
NODES=$(kubectl get nodes -l pool=old -o name)
for n in $NODES; do kubectl cordon "$n"; done
#= read destructive read destructive read write

## unknown kinds, programs and taints
kubectl get "$KIND" -o yaml
kubectl get "$KIND"
kubectl get "$KIND/$NAME" -o json
kubectl get "pod/$NAME" -o json
kubectl exec web -- "$PROGRAM"
kubectl exec web -- sh -c "$SCRIPT"
kubectl exec web -- cat "$FILE"
kubectl taint nodes n1 "$TAINT"
kubectl taint nodes n1 "a=b:$EFFECT"
#= write read write read destructive destructive write destructive destructive

## labels that only the running shell knows
kubectl label nodes "$NODE" "$LABEL" --overwrite
kubectl annotate pods -l app=web $NOTE_KEY
kubectl label pod/web "$LABEL"
kubectl set env deploy/web "$SETTING"
kubectl set env deploy "$NAME" --list
kubectl label pod "$POD" --list
kubectl label pod "$POD" "$KEY=x"
#= write write write write read read write

## the environment before the command
KUBECONFIG=x kubectl get pods
env KUBECONFIG=x kubectl get pods
sudo KUBECONFIG=x kubectl get pods
FOO=bar kubectl get pods
KUBECTL_EXTERNAL_DIFF=./x kubectl diff -f a.yaml
KUBECTL_EXTERNAL_DIFF="diff -u" kubectl diff -f a.yaml
https_proxy=http://x kubectl get pods
KUBECTL_KUBERC=false kubectl get pods
KUBECONFIG=x kubectl delete ns shop
#= write write write read destructive read write read destructive

## wrappers with their options
sudo -u root -E kubectl delete pod x
timeout --kill-after=5 -s INT 10 kubectl delete pod x
time -p kubectl delete pod x
nice -n 5 ionice -c3 kubectl delete pod x
exec -a name kubectl delete pod x
command kubectl delete pod x
/usr/local/bin/kubectl delete pod x
./kubectl delete pod x
stdbuf -oL kubectl delete pod x
find . -name '*.yaml' -exec kubectl delete -f {} \;
aws-vault exec prod -- kubectl delete pod x
flock /tmp/lock kubectl delete pod x
setsid nohup kubectl delete pod x &
$SUDO kubectl delete pod x
! kubectl delete pod x
#= destructive destructive destructive destructive destructive destructive destructive destructive destructive destructive destructive destructive destructive destructive destructive

## spelled so that it is not seen
ku\bectl delete pod x
kubectl d"ele"te pod x
'kubectl' 'delete' pod x
$'\x6bubectl' $'delete' pod x
kube""ctl delete po\d x
#= destructive destructive destructive destructive destructive

## in a container, and out of an array
docker run --rm -v ~/.kube:/kube bitnami/kubectl:latest delete pod x
podman exec -it box kubectl get pods
docker pull bitnami/kubectl:latest
cmd=(kubectl delete pods)
cmd+=(--all)
"${cmd[@]}"
echo "${cmd[@]}"
#= destructive read unclear

## code given as text
bash -c 'kubectl delete ns a'
sh -euxc "kubectl delete ns b"
eval 'kubectl delete ns c'
eval kubectl delete ns d
ssh host 'cd /x && kubectl delete ns e'
trap "kubectl delete ns f" EXIT INT
xargs -I{} sh -c 'kubectl delete ns {}' < list
su - admin -c 'kubectl delete ns g'
ssh host bash -s <<'EOF'
kubectl delete ns h
EOF
bash <<EOF
kubectl delete ns i
EOF
#= destructive destructive destructive destructive destructive destructive destructive destructive destructive destructive

## code that is put together
bash -c "kubectl delete \"$NS\""
eval "kubectl \$x"
CMD="kubectl delete ns x"
eval "$CMD"
$CMD
#= unclear unclear destructive destructive

## into a shell
kubectl get cm x -o jsonpath='{.data.run}' | bash
kubectl get cm x -o jsonpath='{.data.run}' | sudo sh -s
kubectl get pods -o json | python3 -c 'import sys'
kubectl get pods | tee pods.txt | grep x
#= destructive destructive read read

## groups, subshells, nesting
( cd x && { kubectl delete pod a; } )
if kubectl get ns x; then kubectl get pods; elif ! kubectl get ns y; then kubectl delete ns z; else kubectl top nodes; fi
while ! kubectl get x; do until kubectl get y; do kubectl get z; done; done
x=`kubectl get pods \`kubectl get ns\``
echo "$(echo "$(kubectl delete pod "$(kubectl get pod -o name)")")"
[[ -n $(kubectl get pods) ]] && (( $(kubectl get pods | wc -l) > 3 ))
diff <(kubectl get a) <(kubectl get b)
select s in $(kubectl get svc -o name); do kubectl describe "$s"; break; done
coproc kubectl get pods -w
function f() { kubectl get pods; }
g () ( kubectl delete pod x )
#= destructive read read read destructive read read read read read read destructive read read read read read read read read read destructive

## redirections anywhere
>out kubectl get pods 2>&1
kubectl >out get pods -n web
kubectl get pods &>out
kubectl get pods <<< "x" -n web
kubectl delete >log pod 2>/dev/null x
#= read read read read destructive

## here-documents with tabs, quotes and substitutions
cat <<-"EOF" | kubectl apply -f - -n web
	it's
	EOF
cat <<A <<B | kubectl create -f -
kubectl delete a
A
$(kubectl delete pod inside)
B
kubectl get pods
#= write write destructive read

## a here-document that never ends
cat <<EOF
kubectl delete pod x
#= destructive

## a quote that is never closed loses nothing
kubectl get pods
echo "oops
kubectl delete pod a
kubectl get "b"
kubectl delete pod 'c d'
#= read destructive read destructive

## a parenthesis that is never closed loses nothing
kubectl get pods
x=$(kubectl get ns
kubectl delete pod a
kubectl top nodes
#= read read destructive read

## other syntax errors
fi
kubectl get a; done; )
then kubectl delete pod b
if [ x ; then (
kubectl get c
&& || ;; kubectl get d
} } esac kubectl get e
#= read destructive read read read

## templates of workflow files and charts
kubectl get pods -n ${{ inputs.namespace }} -l app={{ .Values.name }}
kubectl delete pod ${{ matrix.pod }}
#= read destructive

## findings in scripts
kubectl get pods --namspace web
kubectl gett pods
kubectl neat get pods
kubectl get pods -o
#= unclear write write unclear

## other names for kubectl
KUBECTL=kubectl
"$KUBECTL" delete pod a
KC="kubectl -n kube-system"
$KC delete pod b
alias k='kubectl' kd='kubectl delete'
k delete pod c
kd pod d
kn() { kubectl -n "$NS" "$@"; }
kn delete pod e
kubectl() { command kubectl --context=dev "$@"; }
kubectl delete pod f
oc get pods
#= destructive forbidden destructive destructive unclear destructive unclear destructive

## a stand-in for tests
kubectl() { echo "kubectl $*"; }
kubectl delete pod f
#= unclear

## spans of words with other characters
echo "é😀"	&& kubectl delete pod "naïve-😀" # ü
#= destructive

## what is not run
grep -r "kubectl delete" .
echo kubectl delete pod x
git commit -m 'kubectl delete pod x'
msg="kubectl delete pod x"
: kubectl
docker build -t kubectl .
#=
