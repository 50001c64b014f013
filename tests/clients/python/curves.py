"""Arithmetic on two curves in plain Python, for what neither `cryptography` nor the `openssl` command offers.

Ed25519ph follows RFC 8032, section 5.1; the curve of SM2 is the one recommended in GB/T 32918.5. Slow, and for tests only.
"""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
PREHASHED = b"SigEd25519 no Ed25519 collisions" + b"\x01\x00"


def _plus(a, b):
    """Adds two points of Ed25519."""
    (x, y), (u, v) = a, b
    cross = D * x * u * y * v % P
    return (x * v + y * u) * pow(1 + cross, -1, P) % P, (y * v + x * u) * pow(1 - cross, -1, P) % P


def _many(number, point, plus, zero):
    """A multiple of a point, by doubling."""
    total = zero
    while number:
        if number & 1:
            total = plus(total, point)
        point, number = plus(point, point), number >> 1
    return total


def _x(y, odd):
    """The x of a point of Ed25519 from its y, or none."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != odd else x


BASE = (_x(4 * pow(5, -1, P) % P, 0), 4 * pow(5, -1, P) % P)


def _times(number, point):
    return _many(number, point, _plus, (0, 1))


def _written(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def _read(data):
    number = int.from_bytes(data, "little")
    y = number & (1 << 255) - 1
    x = _x(y, number >> 255)
    return None if x is None else (x, y)


def _scalar(*parts):
    return int.from_bytes(hashlib.sha512(PREHASHED + b"".join(parts)).digest(), "little") % L


def ed25519ph_sign(seed, message):
    """The Ed25519ph signature of a message, without a context, by the key of a seed of 32 bytes."""
    secret = hashlib.sha512(seed).digest()
    number = int.from_bytes(secret[:32], "little") & (1 << 254) - 8 | 1 << 254
    hashed, public = hashlib.sha512(message).digest(), _written(_times(number, BASE))
    nonce = _scalar(secret[32:], hashed)
    point = _written(_times(nonce, BASE))
    return point + ((nonce + _scalar(point, public, hashed) * number) % L).to_bytes(32, "little")


def ed25519ph_verify(public, message, signature):
    """Whether this is an Ed25519ph signature of a message; `public` are the 32 bytes of the key."""
    left, right, scalar = _read(signature[:32]), _read(public), int.from_bytes(signature[32:], "little")
    if left is None or right is None or scalar >= L:
        return False
    factor = _scalar(signature[:32], public, hashlib.sha512(message).digest())
    return _times(scalar, BASE) == _plus(left, _times(factor, right))


SM2_P = 2**256 - 2**224 - 2**96 + 2**64 - 1
SM2_A = SM2_P - 3
SM2_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
SM2_G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)


def _sm2_plus(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % SM2_P == 0:
            return None
        slope = (3 * a[0] * a[0] + SM2_A) * pow(2 * a[1], -1, SM2_P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, SM2_P)
    x = (slope * slope - a[0] - b[0]) % SM2_P
    return x, (slope * (a[0] - x) - a[1]) % SM2_P


def sm2_public(spki):
    """The point of an SM2 public key in DER, whose last 65 bytes it is; it must lie on the curve."""
    assert spki[-65] == 4, "the point is not uncompressed"
    x, y = int.from_bytes(spki[-64:-32], "big"), int.from_bytes(spki[-32:], "big")
    assert (y * y - x * x * x - SM2_A * x - SM2_B) % SM2_P == 0, "the point is not on the curve of SM2"
    return x, y


def sm2_shared(number, spki):
    """The shared secret of a private number and a public key: x of their product, 32 bytes."""
    return _many(number, sm2_public(spki), _sm2_plus, None)[0].to_bytes(32, "big")


def sm2_digest(spki, message, sm3, identity=b"1234567812345678"):
    """What SM2DSA signs: SM3 of the signer's hash and the message. `sm3` is the hash function."""
    numbers = [SM2_A, SM2_B, *SM2_G, *sm2_public(spki)]
    signer = len(identity * 8).to_bytes(2, "big") + identity + b"".join(number.to_bytes(32, "big") for number in numbers)
    return sm3(sm3(signer) + message)
