/** What help shows of how a command is used. The suite that compares with the real kubectl runs a line like each. */
export const examples: ReadonlyMap<string, string> = new Map(
  Object.entries({
    annotate: `# Say what it is for, also where it says something else already; then take that away
kubectl annotate --overwrite pods foo description='my frontend running nginx'
kubectl annotate pods foo description-`,
    "api-resources": `# What a cluster knows, with the verbs of each; what belongs to no namespace
kubectl api-resources -o wide
kubectl api-resources --namespaced=false`,
    apply: `# A file; all that a kustomization makes; what comes from another program
kubectl apply -f ./pod.json
kubectl apply -k dir/
cat pod.json | kubectl apply -f -
# And delete what was applied with these labels and is in the file no more
kubectl apply --prune -f web.yaml -l app=web`,
    "apply edit-last-applied": `kubectl apply edit-last-applied deployment/web`,
    "apply set-last-applied": `# From now on this file is what was applied last, also if nothing ever was
kubectl apply set-last-applied -f web.yaml --create-annotation=true`,
    "apply view-last-applied": `kubectl apply view-last-applied deployment/web`,
    "auth can-i": `# May I? May a service account? What may I do at all?
kubectl auth can-i create pods --all-namespaces
kubectl auth can-i list pods --as=system:serviceaccount:dev:foo -n prod
kubectl auth can-i --list --namespace=foo`,
    "auth reconcile": `# Roles and bindings as the file has them, with what others added to them
kubectl auth reconcile -f rbac.yaml
# And without
kubectl auth reconcile -f rbac.yaml --remove-extra-subjects --remove-extra-permissions`,
    "auth whoami": `kubectl auth whoami`,
    "cluster-info dump": `# Everything that says what goes on in two namespaces, as files
kubectl cluster-info dump --namespaces default,kube-system --output-directory=/path/to/cluster-state`,
    completion: `# For this shell
source <(kubectl completion bash)`,
    "config get-contexts": `kubectl config get-contexts`,
    "config rename-context": `kubectl config rename-context old-name new-name`,
    "config set": `kubectl config set clusters.my-cluster.server https://1.2.3.4`,
    "config set-cluster": `kubectl config set-cluster e2e --server=https://1.2.3.4`,
    "config set-context": `# Which namespace is meant from now on
kubectl config set-context --current --namespace=web`,
    "config set-credentials": `kubectl config set-credentials cluster-admin --client-key=~/.kube/admin.key`,
    "config unset": `kubectl config unset contexts.foo.namespace`,
    "config use-context": `kubectl config use-context wherry`,
    "config view": `# With keys and tokens; only of the current context
kubectl config view --raw
kubectl config view --minify`,
    cordon: `kubectl cordon foo`,
    create: `kubectl create -f ./pod.json
cat pod.json | kubectl create -f -`,
    "create configmap": `# A file, or what stands here; a line each from a file of settings
kubectl create configmap my-config --from-file=settings.json --from-literal=key1=config1
kubectl create configmap my-config --from-env-file=settings.env`,
    "create cronjob": `kubectl create cronjob my-job --image=busybox --schedule="*/1 * * * *" -- date`,
    "create deployment": `kubectl create deployment my-dep --image=nginx --replicas=3
# Not to the cluster, but as a manifest to go on with
kubectl create deployment my-dep --image=busybox --dry-run=client -o yaml`,
    "create ingress": `kubectl create ingress simple --rule="foo.com/bar=svc1:8080,tls=my-cert"`,
    "create job": `kubectl create job my-job --image=busybox -- date
# Now, what a cron job does at its time
kubectl create job test-job --from=cronjob/a-cronjob`,
    "create role": `kubectl create role pod-reader --verb=get --verb=list --verb=watch --resource=pods`,
    "create rolebinding": `kubectl create rolebinding admin --clusterrole=admin --user=user1 --user=user2 --group=group1`,
    "create secret generic": `kubectl create secret generic my-secret --from-literal=key1=supersecret --from-literal=key2=topsecret`,
    "create secret tls": `kubectl create secret tls tls-secret --cert=tls.crt --key=tls.key`,
    "create service clusterip": `kubectl create service clusterip my-cs --tcp=5678:8080`,
    "create token": `kubectl create token myapp --duration 10m`,
    delete: `kubectl delete -f ./pod.json
kubectl delete pods,services -l name=myLabel
# Without waiting for its containers to end in peace
kubectl delete pod foo --force`,
    describe: `kubectl describe pods/nginx
kubectl describe pods -l name=myLabel`,
    diff: `# What an apply of this file would change; exit code 1 when it would
kubectl diff -f pod.json`,
    edit: `kubectl edit svc/registry
# With this editor
KUBE_EDITOR="nano" kubectl edit svc/registry`,
    events: `kubectl events --all-namespaces
kubectl events --types=Warning,Normal`,
    explain: `# What may stand in a manifest; all fields at once
kubectl explain pods.spec.containers
kubectl explain pods --recursive`,
    expose: `kubectl expose deployment nginx --port=80 --target-port=8000`,
    get: `kubectl get pods
kubectl get pods --all-namespaces
kubectl get deployments.v1.apps -o json
# Only this of it
kubectl get -o template pod/web-pod-13je7 --template={{.status.phase}}
# And go on as it changes
kubectl get pods --watch`,
    kustomize: `kubectl kustomize kustomize/base`,
    label: `kubectl label pods foo unhealthy=true
kubectl label pods foo bar-`,
    logs: `kubectl logs --tail=20 nginx
# Those of all pods with a label, as they come
kubectl logs -f -l app=nginx --all-containers=true
# Why did it end? Those of the container before
kubectl logs -p -c ruby web-1`,
    patch: `kubectl patch node k8s-node-1 -p '{"spec":{"unschedulable":true}}'
kubectl patch pod valid-pod --type='json' -p='[{"op": "replace", "path": "/spec/containers/0/image", "value":"new image"}]'`,
    "plugin list": `kubectl plugin list`,
    proxy: `# The server's API at http://127.0.0.1:8011, and files beside it
kubectl proxy --port=8011 --www=./local/www/`,
    replace: `kubectl replace -f ./pod.json
kubectl replace --force -f ./pod.json`,
    "rollout history": `kubectl rollout history deployment/abc
# When each revision was made and what it changed
kubectl rollout history deployment/abc --changes`,
    "rollout pause": `kubectl rollout pause deployment/nginx`,
    "rollout restart": `kubectl rollout restart deployment/nginx`,
    "rollout resume": `kubectl rollout resume deployment/nginx`,
    "rollout status": `kubectl rollout status deployment/nginx`,
    "rollout undo": `# What would change; then change it
kubectl rollout undo deployment/abc --diff
kubectl rollout undo deployment/abc
kubectl rollout undo daemonset/abc --to-revision=3`,
    run: `kubectl run nginx --image=nginx
kubectl run hazelcast --image=hazelcast/hazelcast --port=5701`,
    scale: `kubectl scale --replicas=3 rs/foo
kubectl scale --current-replicas=2 --replicas=3 deployment/mysql`,
    "set env": `kubectl set env deployment/registry STORAGE_DIR=/local
kubectl set env pods --all --list`,
    "set image": `kubectl set image deployment/nginx busybox=busybox nginx=nginx:1.9.1`,
    "set resources": `kubectl set resources deployment nginx --limits=cpu=200m,memory=512Mi --requests=cpu=100m,memory=256Mi`,
    "set serviceaccount": `kubectl set serviceaccount deployment nginx-deployment serviceaccount1`,
    "set subject": `kubectl set subject rolebinding admin --user=user1 --user=user2 --group=group1`,
    taint: `kubectl taint nodes foo dedicated=special-user:NoSchedule
kubectl taint nodes foo dedicated:NoSchedule-`,
    uncordon: `kubectl uncordon foo`,
    version: `kubectl version`,
    wait: `kubectl wait --for=condition=Ready pod/busybox1
kubectl wait --for=delete pod/busybox1 --timeout=60s`,
  }),
);
