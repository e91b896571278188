"""Attempts on the wire: frames that are too large, broken or slow, and calls that come too often."""

import http.client
import socket
import ssl
import threading
import time

import grpc_wire as wire
from attacker_target import REQUEST_SECONDS, RESOURCE_EXHAUSTED, attempt, short
from stack import check


def the_wire(t):
    try:
        with socket.create_connection(("127.0.0.1", t.http_port), timeout=10) as plain:
            plain.sendall(b"GET /api/v1/sweeps HTTP/1.1\r\nHost: localhost\r\n\r\n")
            reply = plain.recv(4096)
        answer = short(reply) or "closed"
    except OSError as error:
        reply, answer = b"", short(error)
    attempt("plain HTTP at the TLS port", answer, b"200" not in reply)
    try:
        connection = wire.Wire(t.grpc_port, plain=True)
        connection.greet()
        connection.request("/ff.v1.SweepService/ListSweeps", t.admin)
        connection.send(wire.frame(wire.DATA, wire.END_STREAM, 1, wire.message_frame(b"")))
        code, message, _ = connection.answer()
        attempt("plain gRPC at the TLS port", f"{code} {message}", code != 0)
    except (OSError, EOFError) as error:
        attempt("plain gRPC at the TLS port", short(error) or "closed", True)
    for port, door in ((t.http_port, "HTTP"), (t.grpc_port, "gRPC")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(t.ca)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
                with context.wrap_socket(plain, server_hostname="localhost") as stream:
                    attempt(f"TLS 1.1 at {door}", stream.version(), False)
        except (OSError, ssl.SSLError) as error:
            attempt(f"TLS 1.1 at {door}", short(error), True)


def bad_frames(t):
    operator = t.tokens["operator"]
    for what, data, statuses in (
            ("a body said to be 17 MiB", b"Content-Length: 17825792\r\n\r\n", (b"413",)),
            ("a negative Content-Length", b"Content-Length: -1\r\n\r\n", (b"411", b"400")),
            ("a chunked body", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", (b"411",)),
            ("a compressed body", b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", (b"415",)),
            ("a header of 100 KiB", b"X-Long: " + b"a" * 100000 + b"\r\n\r\n", (b"400", b"431", b""))):
        reply = t.raw_http(b"POST /api/v1/sweeps HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                           b"Authorization: Bearer " + operator.encode() + b"\r\n" + data)
        status = reply[9:12]
        attempt(what, short(reply.split(b"\r\n")[0]) or "closed", status in statuses)
    for what, data in (("no HTTP at all", b"\x00\xff\x16\x03\x01 nonsense\r\n\r\n"), ("a method that is none", b"PWN / HTTP/1.1\r\nHost: localhost\r\n\r\n")):
        reply = t.raw_http(data)
        attempt(what, short(reply.split(b"\r\n")[0]) or "closed", b" 200 " not in reply[:20])
    status, text, _ = t.http("POST", "/api/v1/sweeps", token=operator, body="{" * 20000)
    attempt("JSON 20,000 levels deep", f"{status} {short(text)}", status == 400)

    def raw_call(what, chunks, good=()):
        connection = wire.Wire(t.grpc_port, t.ca, timeout=REQUEST_SECONDS + 10)
        try:
            for chunk in chunks:
                chunk(connection)
            code, message, _ = connection.answer()
            attempt(what, f"{code} {short(message)}", code != 0 and (not good or code in good))
        except (OSError, EOFError) as error:
            attempt(what, short(error) or "closed", True)
        finally:
            connection.close()

    greet = lambda c: c.greet()  # noqa: E731
    ask = lambda c: c.request("/ff.v1.SweepService/GetSweep", operator)  # noqa: E731
    data = lambda body, end=True: lambda c: c.send(wire.frame(wire.DATA, wire.END_STREAM if end else 0, 1, body))  # noqa: E731
    raw_call("a gRPC message of 65 MiB", (greet, ask, lambda c: c.send_body(wire.message_frame(b"x" * (65 << 20)))), (RESOURCE_EXHAUSTED, None))
    raw_call("a gRPC message that is no protobuf", (greet, ask, data(wire.message_frame(b"\xff" * 50))))
    raw_call("a compressed gRPC message", (greet, ask, data(wire.message_frame(b"\x1f\x8b" + b"x" * 20, compressed=1))))
    raw_call("a gRPC message cut short", (greet, ask, data(wire.message_frame(b"abc", claimed=500))))
    raw_call("an HTTP/2 frame of no kind, said to be 16 MiB", (greet, lambda c: c.send(b"\xff\xff\xff\x77\x00\x00\x00\x00\x01" + b"x" * 1000)))
    raw_call("no HTTP/2 at all", (lambda c: c.send(b"GET / HTTP/1.1\r\n\r\n" * 10),))
    raw_call("a header block of 64 KiB", (greet, lambda c: c.request("/ff.v1.SweepService/GetSweep", operator, [("x-long", "a" * 12000)]), data(wire.message_frame(b""))))


def slow_clients(t):
    drips, stop = [], threading.Event()

    def drip():
        try:
            with socket.create_connection(("127.0.0.1", t.http_port), timeout=30) as plain:
                with t.tls().wrap_socket(plain, server_hostname="localhost") as stream:
                    begin = time.time()
                    for letter in b"GET /api/v1/sweeps HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"a" * 1000:
                        if stop.is_set():
                            return
                        stream.send(bytes([letter]))
                        time.sleep(0.3)
                    drips.append(time.time() - begin)
        except (OSError, ssl.SSLError):
            drips.append(time.time() - begin if "begin" in locals() else 0)

    threads = [threading.Thread(target=drip) for _ in range(40)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    # They come from the honest client's address, which is the worst case: half of the connections are left to others.
    served, begin = None, time.time()
    while served != 200 and time.time() - begin < 3 * REQUEST_SECONDS:
        try:
            served, _, _ = t.http("GET", "/healthz", timeout=10)
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
    waited = time.time() - begin
    attempt("40 clients that send a letter now and then", f"an honest one waited {waited:.1f} s", served == 200 and waited < 2 * REQUEST_SECONDS + 2)
    time.sleep(REQUEST_SECONDS + 1)
    stop.set()
    for thread in threads:
        thread.join()
    longest = max(drips, default=99)
    attempt("the longest of them lasted", f"{longest:.1f} s", len(drips) > 0 and longest < 3 * REQUEST_SECONDS)
    silent = socket.create_connection(("127.0.0.1", t.grpc_port), timeout=REQUEST_SECONDS + 10)
    begin = time.time()
    try:
        closed = silent.recv(1) == b""
    except OSError:
        closed = time.time() - begin < REQUEST_SECONDS + 9
    attempt("a gRPC client that says nothing", f"cut off after {time.time() - begin:.1f} s", closed)
    silent.close()


def flood(t):
    """One credential that never rests, and an honest one beside it."""
    answers, after, lock = {}, [], threading.Lock()

    def hammer():
        for _ in range(80):
            status, _, headers = t.http("GET", "/api/v1/session", token=t.tokens["viewer"])
            with lock:
                answers[status] = answers.get(status, 0) + 1
                if status == 429:
                    after.append(headers.get("Retry-After"))

    threads = [threading.Thread(target=hammer) for _ in range(8)]
    for thread in threads:
        thread.start()
    honest, _, _ = t.http("GET", "/api/v1/sweeps", token=t.tokens["operator"])
    for thread in threads:
        thread.join()
    # A slow machine may not manage to call too often at all.
    check(not after or set(after) == {"1"}, f"429 without when to come again: {after}")
    attempt("640 calls of one credential as fast as they go", f"{answers}, an honest caller beside them {honest}", honest == 200)


def guessing(t):
    answers = {}
    for i in range(60):
        status, _, _ = t.http("GET", "/api/v1/sweeps", token="ff_" + f"{i:043d}")
        answers[status] = answers.get(status, 0) + 1
    honest, _, _ = t.http("GET", "/api/v1/sweeps", token=t.tokens["operator"])
    attempt("60 guessed tokens one after another", f"{answers}, an honest caller beside them {honest}", 200 not in answers and honest == 200)
