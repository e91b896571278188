"""What the attacker attacks: a coordinator on loopback with TLS and authentication, and who holds which secret."""

import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import time

import grpc_wire as wire
from stack import Stack, check

REQUEST_SECONDS = 3
UNAUTHENTICATED, PERMISSION_DENIED, INVALID_ARGUMENT, RESOURCE_EXHAUSTED, NOT_FOUND = 16, 7, 3, 8, 5
FORGED = "2026-01-01T00:00:00.000Z info coordinator: all is well"
BOMB = "\n".join(["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"] + [
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)])
YAML = """
planner: {compute: {min_flops: 1e12, max_flops: 1e13, num_budgets: 2, num_model_sizes: 3},
          model: {min_size: 1e3, max_size: 1e6}}
trainer: {mode: synthetic, model: {vocab_size: 256}, dataset: {seq_len: 64}}
"""

attempts = []


def attempt(what, answer, refused):
    attempts.append((what, answer, refused))
    print(f"{'refused' if refused else 'SUCCEEDED'}  {what}: {answer}", flush=True)


def short(text, most=110):
    line = " ".join(str(text).split())
    return line if len(line) <= most else line[:most] + "..."


class Target:
    """The coordinator, its files and who knows which secret."""

    def __init__(self, bin_dir):
        self.stack = Stack(bin_dir, "attacker")
        self.dir = self.stack.dir
        for words in (["ca", "init"], ["ca", "issue", "server", "localhost", "127.0.0.1"], ["ca", "issue", "worker", "node7"],
                      ["ca", "init", "--folder", "other"], ["ca", "issue", "worker", "node7", "--folder", "other"]):
            done = subprocess.run([f"{self.stack.bin}/ffctl", *words], cwd=self.dir, capture_output=True, text=True)
            check(done.returncode == 0, f"ffctl {words}: {done.stderr}")
        self.ca = f"{self.dir}/ca/ca.pem"
        self.stack.socket = "127.0.0.1:0"
        self.log = f"{self.dir}/coordinator.log"
        self.stack.start_coordinator(
            "listen.http=127.0.0.1:0", "access.authentication=required", f"tls.certificate={self.dir}/ca/localhost.pem",
            f"tls.key={self.dir}/ca/localhost.key", f"tls.client_ca={self.ca}", f"limits.request_seconds={REQUEST_SECONDS}",
            "limits.requests_per_second=200", "limits.burst=400", "limits.http_connections=32")
        self.grpc_port = self.port_after("gRPC on 127.0.0.1:")
        self.http_port = self.port_after("dashboard on https://127.0.0.1:")
        with open(f"{self.dir}/admin.token") as file:
            self.admin = file.read().strip()
        check(os.stat(f"{self.dir}/admin.token").st_mode & 0o777 == 0o600, "admin.token is not 0600")
        self.tokens = {role: self.make_token(f"the-{role}", role) for role in ("viewer", "operator", "worker")}
        self.tokens["other worker"] = self.make_token("another-worker", "worker")

    def port_after(self, words):
        deadline = time.time() + 60
        while time.time() < deadline:
            found = re.search(re.escape(words) + r"(\d+)", self.read_log())
            if found:
                return int(found.group(1))
            check(self.stack.processes["coordinator"].poll() is None, f"the coordinator ended:\n{self.read_log()}")
            time.sleep(0.05)
        check(False, f"no '{words}' in the log:\n{self.read_log()}")

    def read_log(self):
        try:
            with open(self.log, encoding="utf-8", errors="surrogateescape") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def make_token(self, name, role, lifetime=0):
        status, text, _ = self.http("POST", "/api/v1/tokens", token=self.admin,
                                    body={"name": name, "role": role, "lifetime_seconds": lifetime})
        check(status == 200, f"no token for {name}: {status} {text}")
        return json.loads(text)["token"]

    def tls(self):
        return ssl.create_default_context(cafile=self.ca)

    def http(self, method, path, token=None, body=None, headers=None, timeout=15):
        connection = http.client.HTTPSConnection("localhost", self.http_port, context=self.tls(), timeout=timeout)
        sent = {"Content-Type": "application/json", **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if method == "POST" and body is None:
            body = {}
        data = body if isinstance(body, (bytes, str)) or body is None else json.dumps(body)
        connection.request(method, path, body=data, headers=sent)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        connection.close()
        return response.status, text, dict(response.getheaders())

    def raw_http(self, data, timeout=15):
        """What comes back to these bytes until the connection ends."""
        with socket.create_connection(("127.0.0.1", self.http_port), timeout=timeout) as plain:
            with self.tls().wrap_socket(plain, server_hostname="localhost") as stream:
                stream.sendall(data)
                reply = b""
                try:
                    while piece := stream.recv(65536):
                        reply += piece
                except (OSError, ssl.SSLError):
                    pass
                return reply

    def call(self, rpc, message=b"", token=None, **dialing):
        """(code, message, bytes) of a unary call; rpc: "SweepService/ListSweeps"."""
        connection = wire.Wire(self.grpc_port, self.ca, **dialing)
        try:
            connection.greet()
            connection.request(rpc if rpc[0] == "/" else f"/ff.v1.{rpc}", token)
            connection.send(wire.frame(wire.DATA, wire.END_STREAM, 1, wire.message_frame(message)))
            return connection.answer()
        finally:
            connection.close()

    def synchronize(self, worker, token, attempts=(), free=0, incarnation="i1", name="honest", **dialing):
        device = (wire.field(1, "cpu") + wire.field(2, "cpu") + wire.field(4, 1e12) + wire.field(5, 4) +
                  wire.field(6, free) + wire.field(7, 1e12))
        request = (wire.field(1, worker) + wire.field(2, incarnation) + wire.field(3, name) + wire.field(7, device) +
                   wire.field(8, free) + b"".join(wire.field(9, one) for one in attempts))
        code, message, body = self.call("WorkerService/Synchronize", request, token, **dialing)
        leases = [dict(wire.fields(value)) for number, value in wire.fields(body) if number == 1] if code == 0 else []
        return code, message, leases

    def sweep_id(self):
        _, text, _ = self.http("POST", "/api/v1/spec", token=self.tokens["operator"], body={"yaml": YAML})
        spec = json.loads(text)
        check("spec" in spec, f"the sweep's YAML was not read: {text}")
        status, text, _ = self.http("POST", "/api/v1/sweeps", token=self.tokens["operator"],
                                    body={"name": "target", "spec": spec["spec"]})
        check(status == 200, f"no sweep: {text}")
        return json.loads(text)["sweep"]["id"]

    def experiment(self, sweep, experiment):
        _, text, _ = self.http("GET", f"/api/v1/sweeps/{sweep}/experiments/{experiment}", token=self.tokens["viewer"])
        return json.loads(text)
