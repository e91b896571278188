"""The manifests as kustomize makes them: sound by Kubernetes' own schemas (every field known, every type
right), and what each pod must have.

`./flops-fit.sh manifests` installs what this needs into .deps/: the Python package kubernetes-validate,
which carries the schemas. kubectl (or kustomize) must be there.
"""

import os
import shutil
import subprocess
import sys

SKIPPED = 77
FOLDERS = ("base", "overlays/gpu", "overlays/job")
# Since podFailurePolicy (1.26) and ReadWriteOncePod (1.27).
VERSIONS = ("1.29", "1.31", "1.37")


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def check(condition, message):
    if not condition:
        print(f"FAILED: {message}")
        sys.exit(1)


def find_python(source):
    """A Python that has kubernetes-validate."""
    for python in (os.path.join(source, ".deps", "k8s-venv", "bin", "python"), sys.executable):
        if os.path.exists(python) and subprocess.run(
                [python, "-c", "import kubernetes_validate, yaml"], capture_output=True).returncode == 0:
            return python
    return None


def render(folder):
    command = ["kubectl", "kustomize"] if shutil.which("kubectl") else ["kustomize", "build"]
    done = subprocess.run([*command, folder], capture_output=True, text=True)
    check(done.returncode == 0, f"{folder}: {done.stderr}")
    return done.stdout


VALIDATE = """
import sys, yaml, kubernetes_validate
versions, texts = sys.argv[1].split(","), sys.stdin.read()
for resource in yaml.safe_load_all(texts):
    for version in versions:
        try:
            kubernetes_validate.validate(resource, version, strict=True)
        except Exception as error:
            print(f"{resource['kind']}/{resource['metadata']['name']}, {version}: {error}")
            sys.exit(1)
print(len(list(yaml.safe_load_all(texts))))
"""


def validate(python, text):
    return subprocess.run([python, "-c", VALIDATE, ",".join(VERSIONS)], input=text, capture_output=True, text=True)


def pods(python, text):
    """Pod specs by the name of what makes them."""
    program = ("import sys, yaml, json; json.dump([r for r in yaml.safe_load_all(sys.stdin)], sys.stdout)")
    done = subprocess.run([python, "-c", program], input=text, capture_output=True, text=True, check=True)
    import json
    return {r["kind"]: r["spec"]["template"]["spec"] for r in json.loads(done.stdout)
            if r["kind"] in ("StatefulSet", "Deployment", "Job")}


def check_pod(where, kind, pod):
    name = f"{where}: {kind}"
    check(pod["securityContext"]["runAsNonRoot"] is True, f"{name} may run as root")
    check(pod["automountServiceAccountToken"] is False, f"{name} gets a token of the cluster's API")
    grace = pod["terminationGracePeriodSeconds"]
    # Trainers' stop_seconds (20), checkpoints to the coordinator (60), farewell (5).
    check(grace >= (60 if kind == "StatefulSet" else 90), f"{name} has {grace} s to leave")
    for container in pod["containers"] + pod.get("initContainers", []):
        context = container["securityContext"]
        check(context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"], f"{name}: {container}")
        check(context["capabilities"]["drop"] == ["ALL"], f"{name}: {container}")
        check("memory" in container["resources"]["limits"], f"{name}: no bound of memory")
    if kind == "StatefulSet":
        probes = pod["containers"][0]
        check(all(p in probes for p in ("startupProbe", "livenessProbe", "readinessProbe")), f"{name}: probes")


def main():
    source = sys.argv[1]
    if not shutil.which("kubectl") and not shutil.which("kustomize"):
        skip("there is neither kubectl nor kustomize")
    python = find_python(source)
    if python is None:
        skip("the schemas are missing: ./flops-fit.sh manifests installs kubernetes-validate into .deps/")
    for folder in FOLDERS:
        text = render(os.path.join(source, "deploy", "kubernetes", folder))
        done = validate(python, text)
        check(done.returncode == 0, f"{folder}: {done.stdout}{done.stderr}")
        for kind, pod in pods(python, text).items():
            check_pod(folder, kind, pod)
        print(f"{folder}: {done.stdout.strip()} resources sound by the schemas of {', '.join(VERSIONS)}")
        if folder == "overlays/gpu":
            limits = pods(python, text)["Deployment"]["containers"][0]["resources"]["limits"]
            check(limits["nvidia.com/gpu"] == "1", f"no GPU is asked for: {limits}")
        if folder == "overlays/job":
            check("Deployment" not in pods(python, text), "the job's workers stay as a Deployment too")
    # The schemas would notice.
    broken = text.replace("terminationGracePeriodSeconds", "terminationGraceSeconds")
    check(validate(python, broken).returncode != 0, "a field that does not exist was not noticed")


main()
