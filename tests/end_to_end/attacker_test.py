"""A scripted attacker against a real coordinator on loopback, with TLS and authentication.

    attacker_test.py BIN_DIR

Each attempt is printed with the answer that it got; one that succeeds fails the test.
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import attacker_claims as claims  # noqa: E402
import attacker_wire as on_the_wire  # noqa: E402
from attacker_target import Target, attempts  # noqa: E402
from stack import check  # noqa: E402


def main():
    t = Target(sys.argv[1])
    claims.without_credentials(t)
    on_the_wire.the_wire(t)
    sweep = t.sweep_id()
    claims.beyond_the_role(t, sweep)
    claims.forged_workers(t, sweep)
    on_the_wire.bad_frames(t)
    claims.paths(t, sweep)
    claims.bombs(t)
    claims.browsers(t, sweep)
    claims.names_and_logs(t)
    on_the_wire.slow_clients(t)
    on_the_wire.flood(t)
    on_the_wire.guessing(t)
    claims.secrets(t)
    check(t.http("GET", "/readyz")[0] == 200, "the coordinator does not answer after all this")
    check(t.stack.processes["coordinator"].poll() is None, "the coordinator ended")
    audit = json.loads(t.http("GET", "/api/v1/audit?who=the-operator", token=t.admin)[1])["entries"]
    check(any(one["action"] == "SweepService.CancelSweep" for one in audit), "the cancelled sweep is not in the audit log")
    succeeded = [what for what, _, refused in attempts if not refused]
    print(f"{len(attempts)} attempts, {len(succeeded)} succeeded")
    check(not succeeded, f"succeeded: {succeeded}")


if __name__ == "__main__":
    main()
