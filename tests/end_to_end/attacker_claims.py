"""Attempts to be somebody else, or to have names, files and pages do what they should not."""

import json
import os
import re
import ssl
import subprocess
import time
from urllib.parse import quote

import grpc_wire as wire
from attacker_target import BOMB, FORGED, INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, UNAUTHENTICATED, YAML, attempt, short
from stack import check


def without_credentials(t):
    for path in ("/api/v1/sweeps", "/api/v1/workers", "/api/v1/info", "/api/v1/audit", "/metrics", "/api/v1/openapi.json"):
        status, text, _ = t.http("GET", path)
        attempt(f"GET {path} without a token", f"{status} {short(text)}", status == 401)
    for rpc in ("SweepService/ListSweeps", "BackupService/Backup", "AccessService/ListTokens", "WorkerService/Synchronize"):
        code, message, _ = t.call(rpc)
        attempt(f"{rpc} without a token", f"{code} {short(message)}", code == UNAUTHENTICATED)
    status, text, _ = t.http("GET", f"/api/v1/sweeps?token={t.admin}&access_token={t.admin}")
    attempt("an admin's token in the address", f"{status} {short(text)}", status == 401)
    status, text, _ = t.http("GET", "/api/v1/sweeps", headers={"Cookie": f"__Host-ff_session={t.admin}; ff_session={t.admin}"})
    attempt("an admin's token as a session cookie", f"{status} {short(text)}", status == 401)
    expired = t.make_token("brief", "admin", 1)
    time.sleep(1.2)
    status, text, _ = t.http("GET", "/api/v1/tokens", token=expired)
    attempt("an expired token", f"{status} {short(text)}", status == 401)
    t.http("POST", "/api/v1/tokens/the-revoked:revoke", token=t.admin)
    gone = t.make_token("the-revoked", "admin")
    t.http("POST", "/api/v1/tokens/the-revoked:revoke", token=t.admin)
    status, text, _ = t.http("GET", "/api/v1/tokens", token=gone)
    attempt("a revoked token", f"{status} {short(text)}", status == 401)


def beyond_the_role(t, sweep):
    viewer, operator, worker = t.tokens["viewer"], t.tokens["operator"], t.tokens["worker"]
    for what, method, path, token in (
            ("a viewer pauses a sweep", "POST", f"/api/v1/sweeps/{sweep}:pause", viewer),
            ("a viewer reads a file of the host by ReadSpec", "POST", "/api/v1/spec", viewer),
            ("a viewer reads the audit log", "GET", "/api/v1/audit", viewer),
            ("an operator makes himself an admin's token", "POST", "/api/v1/tokens", operator),
            ("an operator lists tokens", "GET", "/api/v1/tokens", operator),
            ("a worker reads sweeps", "GET", "/api/v1/sweeps", worker),
            ("a worker cancels a sweep", "POST", f"/api/v1/sweeps/{sweep}:cancel", worker)):
        body = {"name": "me", "role": "admin"} if path.endswith("tokens") and method == "POST" else None
        status, text, _ = t.http(method, path, token=token, body=body)
        attempt(what, f"{status} {short(text)}", status == 403)
    for what, rpc, token in (("an operator takes a backup", "BackupService/Backup", operator),
                             ("a worker reads logs", "ExperimentService/GetLogs", worker),
                             ("an admin plays a worker", "WorkerService/Synchronize", t.admin)):
        code, message, _ = t.call(rpc, b"", token)
        attempt(what, f"{code} {short(message)}", code == PERMISSION_DENIED)
    status, text, _ = t.http("POST", "/api/v1/session", body={"token": worker})
    attempt("a worker's token logs a browser in", f"{status} {short(text)}", status == 403)


def forged_workers(t, sweep):
    token, other = t.tokens["worker"], t.tokens["other worker"]
    code, message, leases = t.synchronize("w1", token, free=1)
    check(code == 0 and len(leases) == 1, f"the honest worker got no lease: {code} {message}")
    lease = leases[0]
    experiment = lease[4].decode()

    def report(state, epoch=None, extra=b""):
        return (wire.field(1, lease[1]) + wire.field(2, lease[2] if epoch is None else epoch) + wire.field(3, state) + extra)

    result = wire.field(9, wire.field(1, 0.1) + wire.field(2, 0.1))
    code, message, _ = t.synchronize("w1", other, [report("finished", extra=result)])
    attempt("another worker's token calls under this worker's id", f"{code} {short(message)}", code == PERMISSION_DENIED)
    state = lambda: t.experiment(sweep, experiment).get("state", "")  # noqa: E731
    t.synchronize("w2", other, [report("finished", extra=result)])
    attempt("another worker reports this worker's attempt as finished", state(), "FINISHED" not in state())
    t.synchronize("w2", other, [report("failed", extra=wire.field(10, wire.field(1, "bad_plan") + wire.field(2, "x")))])
    attempt("another worker reports this worker's attempt as failed", state(), "FAILED" not in state())
    t.synchronize("w1", token, [report("finished", epoch=lease[2] + 7, extra=result), report("running", epoch=lease[2] + 7)])
    attempt("a lease of an epoch that never was", state(), "FINISHED" not in state())

    for what, certificate in (("a certificate of another authority", "other/node7"), ("the server's own certificate as a client's", "ca/localhost")):
        try:
            code, message, _ = t.synchronize("w9", None, certificate=f"{t.dir}/{certificate}.pem", key=f"{t.dir}/{certificate}.key")
            attempt(what, f"{code} {short(message)}", code != 0)
        except (OSError, EOFError, ssl.SSLError) as error:
            attempt(what, short(error) or "closed", True)
    mine = {"certificate": f"{t.dir}/ca/node7.pem", "key": f"{t.dir}/ca/node7.key"}
    code, message, _ = t.synchronize("w3", None, name="somebody-else", **mine)
    check(code == 0, f"a worker's own certificate was refused: {code} {message}")
    _, text, _ = t.http("GET", "/api/v1/workers", token=t.tokens["viewer"])
    names = {one["id"]: one.get("name") for one in json.loads(text)["workers"]}
    attempt("a worker with node7's certificate calls itself somebody-else", f"listed as {names['w3']}", names["w3"] == "node7")
    code, message, _ = t.synchronize("w1", None, **mine)
    attempt("node7's certificate calls under another worker's id", f"{code} {short(message)}", code == PERMISSION_DENIED)
    for name, sha in (("../../escape", "a" * 64), ("state.pt", "../../../etc/passwd"), ("..", "a" * 64)):
        stored = wire.field(13, wire.field(1, 5) + wire.field(2, wire.field(1, name) + wire.field(2, sha) + wire.field(3, 1)))
        code, message, _ = t.synchronize("w1", token, [report("running", extra=stored)])
        attempt(f"a checkpoint's file {name} of hash {sha[:12]} for other workers", f"{code} {short(message)}", code == INVALID_ARGUMENT)
    replay(t, sweep, token, lease, experiment, report)


def replay(t, sweep, token, lease, experiment, report):
    measurement = wire.field(8, wire.field(1, "train") + wire.field(2, 1) + wire.field(5, 3.0))
    said = report("running", extra=measurement)
    for _ in range(3):
        t.synchronize("w1", token, [said])
    _, text, _ = t.http("GET", f"/api/v1/sweeps/{sweep}/experiments/{experiment}/measurements", token=t.tokens["viewer"])
    count = len(json.loads(text).get("measurements", []))
    attempt("the same measurement three times", f"kept {count} times", count <= 1)
    t.http("POST", f"/api/v1/sweeps/{sweep}:cancel", token=t.tokens["operator"])
    t.synchronize("w1", token, [said])
    after = t.experiment(sweep, experiment)["state"]
    attempt("a report of before, again after the sweep was cancelled", after, "RUNNING" not in after)


def paths(t, sweep):
    for path in ("/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/../../etc/passwd", "/vendor/..%2f..%2fapp.js%00.png",
                 "/.git/config", "//etc/passwd", "/%5c..%5cetc"):
        reply = t.raw_http(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        attempt(f"GET {path}", short(reply.split(b"\r\n")[0]), b"root:" not in reply and b" 200 " not in reply[:20])
    for sha in ("../../../../etc/passwd", "..%2f..%2f", "A" * 64, "/etc/passwd"):
        code, message, _ = t.call("FileService/Download", wire.field(1, sha), t.tokens["worker"])
        attempt(f"download of {sha[:24]}", f"{code} {short(message)}", code in (INVALID_ARGUMENT, NOT_FOUND))
        code, message, _ = t.call("FileService/Upload", wire.field(1, sha) + wire.field(3, 5) + wire.field(4, "hello"), t.tokens["worker"])
        attempt(f"upload as {sha[:24]}", f"{code} {short(message)}", code == INVALID_ARGUMENT)
    for preset in ("../../../../etc/passwd", "/etc/passwd"):
        status, text, _ = t.http("POST", "/api/v1/spec", token=t.tokens["operator"], body={"preset": preset, "yaml": YAML})
        attempt(f"preset {preset}", f"{status} {short(text)}", status == 400 and "root:" not in text)


def bombs(t):
    for what, yaml in (("YAML aliases that become a thousand million", BOMB), ("YAML 5,000 levels deep", "a: " + "[" * 5000 + "]" * 5000),
                       ("YAML of 2 MiB", "a: " + "b" * (2 << 20)),
                       ("a sweep that names a trainer's program", YAML.replace("mode: synthetic", "mode: /bin/sh"))):
        begin = time.time()
        status, text, _ = t.http("POST", "/api/v1/spec", token=t.tokens["operator"], body={"yaml": yaml})
        attempt(what, f"{status} after {time.time() - begin:.2f} s, {short(text)}", status == 400 and time.time() - begin < 5)
    yaml = YAML + "worker: {trainers: {command: [/bin/sh, -c, id]}}\n"
    status, text, _ = t.http("POST", "/api/v1/spec", token=t.tokens["operator"], body={"yaml": yaml})
    spec = json.loads(text).get("spec", {})
    attempt("a sweep that names the worker's command", f"{status}, a spec of {', '.join(spec)}",
            "worker" not in spec and "/bin/sh" not in json.dumps(spec))


def browsers(t, sweep):
    _, text, headers = t.http("POST", "/api/v1/session", body={"token": t.tokens["operator"]})
    csrf = json.loads(text)["csrf"]
    setting = headers["Set-Cookie"]
    for word in ("HttpOnly", "SameSite=Strict", "Secure", "__Host-"):
        attempt(f"a session cookie without {word}", short(re.sub("ff_[A-Za-z0-9_-]{43}", "ff_...", setting)), word in setting)
    cookie = {"Cookie": setting.split(";")[0]}
    pause = f"/api/v1/sweeps/{sweep}:pause"
    for what, extra in (("a forged change with the cookie alone", {}), ("with a guessed fence", {"X-FF-CSRF": "ff_" + "A" * 43}),
                        ("from another origin, with everything else right", {"X-FF-CSRF": csrf, "Origin": "https://evil.example"}),
                        ("as a form would send it", {"X-FF-CSRF": csrf, "Content-Type": "application/x-www-form-urlencoded"}),
                        ("as text", {"X-FF-CSRF": csrf, "Content-Type": "text/plain"}),
                        ("under a name that resolves here (DNS rebinding)", {"X-FF-CSRF": csrf, "Host": "evil.example"})):
        status, text, _ = t.http("POST", pause, headers={**cookie, **extra})
        attempt(what, f"{status} {short(text)}", status in (403, 415))
    status, _, headers = t.http("OPTIONS", pause, headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
    attempt("a preflight from another origin", f"{status}, allows {headers.get('Access-Control-Allow-Origin')}",
            "Access-Control-Allow-Origin" not in headers)
    check(t.http("GET", "/api/v1/sweeps", headers=cookie)[0] == 200, "the session does not read")
    t.http("POST", "/api/v1/session:end", headers=cookie)
    status, text, _ = t.http("GET", "/api/v1/sweeps", headers=cookie)
    attempt("the cookie again after logging out", f"{status} {short(text)}", status == 401)


def names_and_logs(t):
    script = "<script>alert(1)</script>"
    _, text, _ = t.http("POST", "/api/v1/spec", token=t.tokens["operator"], body={"yaml": YAML})
    spec = json.loads(text)["spec"]
    name = script + "\r\nSet-Cookie: a=b\r\n\n" + FORGED + "\x1b[2J"
    t.http("POST", "/api/v1/sweeps", token=t.tokens["operator"], body={"name": name, "spec": spec})
    status, _, headers = t.http("GET", "/api/v1/sweeps", token=t.tokens["viewer"])
    kind = headers["Content-Type"]
    attempt("a sweep's name with a script, as JSON", f"{kind}, {headers.get('X-Content-Type-Options')}",
            kind.startswith("application/json") and headers.get("X-Content-Type-Options") == "nosniff")
    policy = headers.get("Content-Security-Policy", "")
    attempt("a script within the page", short(policy), "script-src 'self'" in policy and "'unsafe-inline'" not in policy.split("style-src")[0])
    status, text, headers = t.http("GET", f"/{script}".replace("<", "%3C").replace(">", "%3E"))
    attempt("a script in an address", f"{status} {headers['Content-Type']}", headers["Content-Type"].startswith("application/json"))
    status, text, headers = t.http("GET", f"/api/v1/sweeps/{quote(name, safe='')}/export?format=sweep_json", token=t.tokens["viewer"])
    disposition = headers.get("Content-Disposition", "none")
    attempt("a sweep's name in a file's name", f"{status} {short(disposition)}", "<" not in disposition and "Set-Cookie" not in headers)
    t.http("POST", f"/api/v1/sweeps/{quote('x' + chr(10) + FORGED + chr(27) + '[2J', safe='')}:pause", token=t.tokens["operator"])
    t.synchronize("w5", t.tokens["worker"], name="n\n" + FORGED)
    time.sleep(0.2)
    log = t.read_log()
    lines = [line for line in log.split("\n") if line.startswith(FORGED)]
    attempt("an entry of one's own in the coordinator's log", f"{len(lines)} such lines", not lines and "all is well" in log)
    attempt("an escape sequence in the coordinator's log", "shown as \\x1b" if "\\x1b" in log else "none", "\x1b" not in log)


def secrets(t):
    with open(f"{t.dir}/coordinator.db", "rb") as file:
        stored = file.read()
    for extra in ("-wal",):
        try:
            with open(f"{t.dir}/coordinator.db{extra}", "rb") as file:
                stored += file.read()
        except FileNotFoundError:
            pass
    log = t.read_log()
    all_tokens = [t.admin, *t.tokens.values()]
    attempt("a token in the database's file", f"{sum(token.encode() in stored for token in all_tokens)} of {len(all_tokens)}",
            not any(token.encode() in stored for token in all_tokens))
    attempt("a token in the coordinator's log", f"{sum(token in log for token in all_tokens)} of {len(all_tokens)}",
            not any(token in log for token in all_tokens))
    os.chmod(f"{t.dir}/admin.token", 0o644)
    done = subprocess.run([f"{t.stack.bin}/ffctl", "--coordinator", f"localhost:{t.grpc_port}", "--ca", t.ca, "--token-file",
                           f"{t.dir}/admin.token", "whoami"], cwd=t.dir, capture_output=True, text=True, timeout=60)
    attempt("a token file that others can read", short(done.stderr), done.returncode != 0)
    os.chmod(f"{t.dir}/admin.token", 0o600)
    done = subprocess.run([f"{t.stack.bin}/ffctl", "--coordinator", f"localhost:{t.grpc_port}", "--ca", t.ca, "--token-file",
                           f"{t.dir}/admin.token", "whoami"], cwd=t.dir, capture_output=True, text=True, timeout=60)
    check(done.returncode == 0, f"ffctl whoami with the admin's token: {done.stderr}")
    done = subprocess.run([f"{t.stack.bin}/ff-coordinator", "listen.grpc=0.0.0.0:0", "listen.http=", f"database.path={t.dir}/x.db"],
                          cwd=t.dir, capture_output=True, text=True, timeout=60)
    attempt("a coordinator for everybody without TLS", short(done.stderr), done.returncode == 2)
