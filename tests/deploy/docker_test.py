"""The Dockerfile, the compose file and the health check, as far as that can be seen without a registry:
every stage that is named exists, nothing runs as root, roots are read-only, and the health check tells a
coordinator that is well from one that is not.
"""

import http.server
import os
import re
import socket
import subprocess
import sys
import threading


def check(condition, message):
    if not condition:
        print(f"FAILED: {message}")
        sys.exit(1)


def check_dockerfile(source):
    with open(os.path.join(source, "deploy", "docker", "Dockerfile")) as file:
        text = file.read()
    stages, users, bases = [], {}, {}
    for line in text.replace("\\\n", " ").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "FROM":
            check(words[2] == "AS", f"a stage without a name: {line}")
            stages.append(words[3])
            bases[words[3]] = words[1]
        if words[0] == "USER":
            users[stages[-1]] = words[1]
        if words[0] == "COPY":
            for copied in [w for w in words[1:-1] if not w.startswith("--")]:
                inside = copied if not any(w.startswith("--from") for w in words) else None
                check(inside is None or os.path.exists(os.path.join(source, inside)), f"{line}: no such file")
        for other in re.findall(r"from=(\w+)", line):
            check(other in stages, f"{line}: there is no stage {other}")
        if "apt-get install" in line:
            check("--no-install-recommends" in line and "rm -rf /var/lib/apt/lists" in line, line)
    check(len(stages) >= 5, f"not a multi-stage file: {stages}")
    for target in ("coordinator", "worker", "client"):
        check(users.get(target) == "10001:10001", f"{target} runs as {users.get(target, 'root')}")
        check(bases[target] == "runtime", f"{target} is based on {bases[target]}")
    check("HEALTHCHECK" in text, "no HEALTHCHECK")


def check_compose(source):
    try:
        import yaml
    except ImportError:
        print("the compose file was not read: there is no PyYAML")
        return
    with open(os.path.join(source, "deploy", "docker", "compose.yaml")) as file:
        compose = yaml.safe_load(file)
    for name, service in compose["services"].items():
        check(service["read_only"] is True, f"{name}: its root can be written")
        check(service["user"] == "10001:10001", f"{name} runs as {service.get('user')}")
        check(service["cap_drop"] == ["ALL"], f"{name} keeps capabilities")
        check("insecure" not in str(service), f"{name} is open to everybody")
        for volume in service["volumes"]:
            check(volume.split(":")[0] in compose["volumes"], f"{name}: no volume {volume}")


class Answer(http.server.BaseHTTPRequestHandler):
    code = 200

    def do_GET(self):
        self.send_response(self.code if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


def check_health(source):
    script = os.path.join(source, "deploy", "docker", "healthcheck")

    def health(port):
        return subprocess.run([script], env=dict(os.environ, FF_HTTP_PORT=str(port)),
                              capture_output=True, timeout=20).returncode

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    check(health(server.server_port) == 0, "one that is well was called ill")
    Answer.code = 503
    check(health(server.server_port) != 0, "one that is ill was called well")
    server.shutdown()
    server.server_close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    check(health(port) != 0, "one that is not there was called well")


def main():
    source = sys.argv[1]
    check_dockerfile(source)
    check_compose(source)
    check_health(source)
    print("Dockerfile, compose file and health check are sound")


main()
