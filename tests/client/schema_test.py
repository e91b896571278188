"""What ffctl prints with -o json is what `ffctl schema` says, key by key, against a real coordinator and
worker; and the schema still has all that docs/ffctl-output.schema.json promises.

    python3 schema_test.py BIN_FOLDER SYNTHETIC_YAML SCHEMA_FILE
"""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "end_to_end"))
from stack import Stack, check  # noqa: E402

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_a(value, name):
    if name in ("number", "integer"):
        return isinstance(value, (int, float) if name == "number" else int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def faults(value, schema, document, where="$"):
    """What of the value the schema does not allow; of JSON Schema what schema.cc uses."""
    if "$ref" in schema:
        return faults(value, document["$defs"][schema["$ref"].rsplit("/", 1)[1]], document, where)
    if "anyOf" in schema:
        each = [faults(value, one, document, where) for one in schema["anyOf"]]
        return [] if any(not one for one in each) else each[0]
    if "const" in schema:
        return [] if value == schema["const"] else [f"{where}: {value!r} is not {schema['const']!r}"]
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(is_a(value, name) for name in names):
        return [f"{where}: {value!r} is no {names}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of {schema['enum']}"]
    found = []
    if isinstance(value, list):
        for i, one in enumerate(value):
            found += faults(one, schema.get("items", {}), document, f"{where}[{i}]")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{where}: {key} is missing" for key in schema.get("required", []) if key not in value]
        if schema.get("additionalProperties") is False:
            found += [f"{where}: {key} is unknown" for key in value if key not in known]
        for key, one in known.items():
            if key in value:
                found += faults(value[key], one, document, f"{where}.{key}")
    return found


def kept(promised, now, where="schema"):
    """What was promised and is there no more: keys may be added, never changed."""
    lost = []
    for key, one in promised.items():
        if key not in now:
            lost.append(f"{where}.{key} is gone")
        elif isinstance(one, dict) and isinstance(now[key], dict):
            lost += kept(one, now[key], f"{where}.{key}")
        elif key == "required" or key == "enum":
            lost += [f"{where}.{key}: {word} is gone" for word in one if word not in now[key]]
        elif one != now[key]:
            lost.append(f"{where}.{key} was {one!r}")
    return lost


def main():
    bin_dir, yaml, published = (os.path.abspath(path) for path in sys.argv[1:])
    stack = Stack(bin_dir, "schema")
    stack.start_coordinator()
    stack.start_worker()
    stack.wait_ready()

    def ffctl(*words, code=0):
        ran = subprocess.run([f"{bin_dir}/ffctl", *words, "--coordinator", stack.socket], cwd=stack.dir,
                             env={**os.environ, "HOME": stack.dir}, capture_output=True, text=True, timeout=100, check=False)
        check(ran.returncode == code, f"{words}: {ran.returncode} {ran.stderr}")
        return ran.stdout

    schema = json.loads(ffctl("schema"))
    with open(published, encoding="utf-8") as file:
        lost = kept(json.load(file), schema)
    check(not lost, f"within ff/v1 nothing is taken away: {lost[:5]}")

    seen = set()

    def valid(command, *words):
        answer = json.loads(ffctl(*command.split(), *words, "-o", "json"))
        found = faults(answer, schema["properties"][command], schema)
        check(not found, f"ffctl {command}: {found[:5]}")
        if command.endswith("list"):
            for line in ffctl(*command.split(), *words, "-o", "jsonl").splitlines():
                json.loads(line)
        seen.add(command)
        return answer

    valid("plan", "--preset", yaml)
    sweep = valid("sweep create", "--preset", yaml, "--name", "one")["id"]
    valid("sweep wait", sweep)
    valid("sweep list")
    valid("sweep get", sweep)
    valid("sweep events", sweep)
    one = valid("experiment list", sweep)["experiments"][0]["id"]
    valid("experiment get", one)
    valid("experiment wait", one)
    valid("experiment retry", "--failed")
    valid("sweep set", sweep, "priority=2")
    valid("worker list")
    worker = json.loads(ffctl("worker", "-o", "json"))["workers"][0]["id"]
    for verb in ("quarantine", "uncordon", "drain"):
        valid(f"worker {verb}", worker)
    ffctl("analyze", sweep)
    valid("predict", "1e17")
    valid("experiment delete", one, "--sweep", sweep, "--dry-run")
    valid("sweep delete", sweep, "--dry-run")
    missing = set(schema["properties"]) - seen
    print(f"{len(seen)} commands are as the schema says; not run here: {sorted(missing)}")


main()
