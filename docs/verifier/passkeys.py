"""What named approvers' passkeys signed in strong mode, checked again: Web Authentication Level 2 (W3C, 2021) §7.2.

Keys are SPKI DER: ECDSA on P-256 (FIPS 186-4), RSA PKCS #1 v1.5 (RFC 8017), Ed25519 (RFC 8032); each with SHA-256 where it hashes at all.
Only verifying, so nothing here is secret and nothing need take constant time.
"""
import base64
import hashlib
import json

import ed25519

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
P256_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
PRESENT, VERIFIED = 0x01, 0x04


def sha256(data):
    return hashlib.sha256(data).digest()


def fault_of(pin, challenge, assertion):
    """What is wrong with an assertion for this challenge, in words, or None."""
    signature, data, client_bytes = (strict(assertion[name]) for name in ("signature", "authenticatorData", "clientDataJSON"))
    key = strict(pin["publicKey"])
    client = client_data(client_bytes)
    if None in (signature, data, key) or client is None:
        return "The passkey's answer cannot be read."
    if client["type"] != "webauthn.get":
        return "The passkey signed something that is not an answer."
    if client["challenge"] != base64.urlsafe_b64encode(challenge).decode().rstrip("="):
        return "The passkey signed something else than this question."
    if client["origin"] != pin["origin"] or client.get("crossOrigin") is True:
        return "The passkey was used on another site."
    if len(data) < 37:
        return "The passkey's answer cannot be read."
    if data[:32] != sha256(pin["rpId"].encode("utf-8", "surrogatepass")):
        return "The passkey belongs to another site."
    if not data[32] & PRESENT:
        return "Nobody touched the passkey."
    if not data[32] & VERIFIED:
        return "The passkey did not check who used it."
    if not verify(key, data + sha256(client_bytes), signature):
        return "The passkey's signature does not fit the key that was pinned."
    return None


def strict(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def client_data(data):
    """The client data, or None where it is not of its form."""
    try:
        value = json.loads((data or b"").decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("crossOrigin", False), bool):
        return None
    return value if all(isinstance(value.get(name), str) for name in ("type", "challenge", "origin")) else None


def verify(spki, message, signature):
    """True when the signature over the message is by the key, whose kind says the algorithm."""
    if spki.startswith(ed25519.SPKI_PREFIX):
        return ed25519.verify(spki, message, signature)
    if spki.startswith(P256_PREFIX) and len(spki) == len(P256_PREFIX) + 64:
        return verify_p256(spki[-64:], message, signature)
    return verify_rsa(spki, message, signature)


def add(a, b):
    """The sum of two points; None stands for the point at infinity."""
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    total = None
    while k:
        if k & 1:
            total = add(total, point)
        point, k = add(point, point), k >> 1
    return total


def verify_p256(key, message, signature):
    x, y = int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big")
    if x >= P or y >= P or (y * y - (x * x * x - 3 * x + B)) % P != 0:
        return False
    body = der(signature, 0x30)
    numbers = integers(body[0]) if body is not None and body[1] == b"" else None
    if numbers is None or len(numbers) != 2 or not all(0 < number < N for number in numbers):
        return False
    r, s = numbers
    e, w = int.from_bytes(sha256(message), "big"), pow(s, -1, N)
    point = add(times(e * w % N, G), times(r * w % N, (x, y)))
    return point is not None and point[0] % N == r


def verify_rsa(spki, message, signature):
    outer = der(spki, 0x30)
    if outer is None or outer[1] != b"" or not outer[0].startswith(RSA_ALGORITHM):
        return False
    bits = der(outer[0][len(RSA_ALGORITHM):], 0x03)
    if bits is None or bits[1] != b"" or bits[0][:1] != b"\0":
        return False
    body = der(bits[0][1:], 0x30)
    numbers = integers(body[0]) if body is not None and body[1] == b"" else None
    if numbers is None or len(numbers) != 2:
        return False
    n, e = numbers
    size = (n.bit_length() + 7) // 8
    padding = size - 3 - len(SHA256_PREFIX) - 32
    if padding < 8 or len(signature) != size or int.from_bytes(signature, "big") >= n:
        return False
    wanted = b"\0\1" + b"\xff" * padding + b"\0" + SHA256_PREFIX + sha256(message)
    return pow(int.from_bytes(signature, "big"), e, n).to_bytes(size, "big") == wanted


def der(data, tag):
    """(content, what follows) of one DER value with this tag, or None."""
    if len(data) < 2 or data[0] != tag:
        return None
    length, start = data[1], 2
    if length & 0x80:
        count = length & 0x7F
        start = 2 + count
        length = int.from_bytes(data[2:start], "big")
        # The shortest form, or it is not DER.
        if not 1 <= count <= 2 or len(data) < start or length < 0x80 or data[2] == 0:
            return None
    return (data[start:start + length], data[start + length:]) if len(data) >= start + length else None


def integers(data):
    """The non-negative integers of a DER sequence, or None."""
    found = []
    while data:
        value = der(data, 0x02)
        if value is None or value[0] == b"" or value[0][0] & 0x80 or (value[0][0] == 0 and len(value[0]) > 1 and not value[0][1] & 0x80):
            return None
        found.append(int.from_bytes(value[0], "big"))
        data = value[1]
    return found
