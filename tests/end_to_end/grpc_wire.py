"""Just enough HTTP/2, gRPC and protobuf to say things that no honest client says.

Only the standard library. A call is one connection; nothing is checked before it is sent.
"""

import socket
import ssl
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS = 1, 4

# Names of the static table of RFC 7541 that answers use; the rest is of no interest here.
STATIC = {8: (":status", "200"), 9: (":status", "204"), 10: (":status", "206"), 11: (":status", "304"),
          12: (":status", "400"), 13: (":status", "404"), 14: (":status", "500"), 31: ("content-type", "")}


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def length(value, bits, first=0):
    """An integer of HPACK."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out = bytearray([first | most])
    value -= most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out) + bytes([value])


def header_block(headers):
    return b"".join(b"\0" + length(len(name), 7) + name.encode() + length(len(value), 7) + value.encode()
                    for name, value in headers)


def read_headers(block):
    """Without a dynamic table and Huffman codes, which the peer was told not to use."""
    found, at = {}, 0

    def integer(bits):
        nonlocal at
        most = (1 << bits) - 1
        value = block[at] & most
        at += 1
        if value < most:
            return value
        shift = 0
        while True:
            byte = block[at]
            at += 1
            value += (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def text():
        nonlocal at
        coded = block[at] & 128
        size = integer(7)
        value = block[at:at + size]
        at += size
        return f"(coded, {size} bytes)" if coded else value.decode("utf-8", "replace")

    while at < len(block):
        byte = block[at]
        if byte & 128:
            name, value = STATIC.get(integer(7), ("", ""))
        elif byte & 224 == 32:
            integer(5)
            continue
        else:
            index = integer(6) if byte & 64 else integer(4)
            name = STATIC.get(index, (f"static-{index}", ""))[0] if index else text()
            value = text()
        found[name] = value
    return found


class Wire:
    """One connection to the gRPC door."""

    def __init__(self, port, ca=None, certificate=None, key=None, timeout=10, plain=False):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        if not plain:
            context = ssl.create_default_context(cafile=ca)
            context.set_alpn_protocols(["h2"])
            if certificate:
                context.load_cert_chain(certificate, key)
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def send(self, data):
        self.socket.sendall(data)

    def greet(self):
        # No dynamic table: what comes back can be read without one.
        self.send(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 1, 0)))

    def request(self, path, token=None, extra=()):
        headers = [(":method", "POST"), (":scheme", "https"), (":path", path), (":authority", "localhost"),
                   ("content-type", "application/grpc"), ("te", "trailers")]
        if token:
            headers.append(("authorization", f"Bearer {token}"))
        self.send(frame(HEADERS, END_HEADERS, 1, header_block(headers + list(extra))))

    def send_body(self, data):
        """As fast as the peer's windows allow, until it answers or all is sent."""
        windows, initial = {0: 65535, 1: 65535}, 65535
        self.early = None
        at = 0
        while at < len(data):
            while min(windows.values()) <= 0:
                kind, flags, stream, payload = self.read_frame()
                if kind == WINDOW and stream in windows:
                    windows[stream] += struct.unpack(">I", payload)[0]
                elif kind == SETTINGS and not flags & 1:
                    for place in range(0, len(payload), 6):
                        name, value = struct.unpack(">HI", payload[place:place + 6])
                        if name == 4:
                            windows[1] += value - initial
                            initial = value
                    self.send(frame(SETTINGS, 1, 0))
                elif kind == PING and not flags & 1:
                    self.send(frame(PING, 1, 0, payload))
                elif kind in (HEADERS, RESET, GOAWAY):
                    self.early = (kind, flags, stream, payload)
                    return
            size = min(16384, len(data) - at, *windows.values())
            self.send(frame(DATA, 0, 1, data[at:at + size]))
            at += size
            windows = {stream: left - size for stream, left in windows.items()}

    def read_frame(self):
        if getattr(self, "early", None):
            early, self.early = self.early, None
            return early
        head = self.read_exactly(9)
        size = struct.unpack(">I", b"\0" + head[:3])[0]
        return head[3], head[4], struct.unpack(">I", head[5:])[0], self.read_exactly(size)

    def read_exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise EOFError("closed")
            data += piece
        return data

    def answer(self):
        """(grpc-status, grpc-message, first message)."""
        body, found = b"", {}
        while True:
            kind, flags, stream, payload = self.read_frame()
            if kind == SETTINGS and not flags & 1:
                self.send(frame(SETTINGS, 1, 0))
            elif kind == PING and not flags & 1:
                self.send(frame(PING, 1, 0, payload))
            elif kind == GOAWAY:
                return None, f"GOAWAY, error {struct.unpack('>I', payload[4:8])[0]}", b""
            elif kind == RESET:
                return None, f"stream reset, error {struct.unpack('>I', payload[:4])[0]}", b""
            elif kind == DATA:
                body += payload
                if payload:
                    self.send(frame(WINDOW, 0, 0, struct.pack(">I", len(payload))) +
                              frame(WINDOW, 0, 1, struct.pack(">I", len(payload))))
            elif kind == HEADERS:
                found.update(read_headers(payload))
            if kind in (DATA, HEADERS) and flags & END_STREAM:
                break
        status = found.get("grpc-status")
        return (int(status) if status and status.isdigit() else None), found.get("grpc-message", ""), body[5:]

    def close(self):
        self.socket.close()


def message_frame(message, compressed=0, claimed=None):
    return bytes([compressed]) + struct.pack(">I", len(message) if claimed is None else claimed) + message


# protobuf


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, value):
    """int -> varint, float -> double, str and bytes -> length-delimited."""
    if isinstance(value, bool) or isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fields(data):
    """[(number, value)] of a message; nested ones stay bytes."""
    found, at = [], 0

    def integer():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = integer()
        kind = tag & 7
        if kind == 0:
            value = integer()
        elif kind == 2:
            size = integer()
            value = data[at:at + size]
            at += size
        else:
            size = 8 if kind == 1 else 4
            value = data[at:at + size]
            at += size
        found.append((tag >> 3, value))
    return found
