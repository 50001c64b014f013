"""Encapsulation of ML-KEM in plain Python after FIPS 203: `cryptography` lacks ML-KEM-512. Slow, and for tests only."""

import hashlib
import os

Q, N = 3329, 256

#: k, eta1, du, dv of the parameter sets; eta2 is 2 everywhere.
SETS = {"ML_KEM_512": (2, 3, 10, 4), "ML_KEM_768": (3, 2, 10, 4), "ML_KEM_1024": (4, 2, 11, 5)}


def _reversed(number):
    """Seven bits, the other way round."""
    return int(f"{number:07b}"[::-1], 2)


ZETAS = [pow(17, _reversed(index), Q) for index in range(128)]
GAMMAS = [pow(17, 2 * _reversed(index) + 1, Q) for index in range(128)]


def _ntt(f):
    f, index, half = list(f), 1, 128
    while half >= 2:
        for start in range(0, N, 2 * half):
            for j in range(start, start + half):
                t = ZETAS[index] * f[j + half] % Q
                f[j], f[j + half] = (f[j] + t) % Q, (f[j] - t) % Q
            index += 1
        half //= 2
    return f


def _back(f):
    """The inverse of `_ntt`."""
    f, index, half = list(f), 127, 2
    while half <= 128:
        for start in range(0, N, 2 * half):
            for j in range(start, start + half):
                t = f[j]
                f[j], f[j + half] = (t + f[j + half]) % Q, ZETAS[index] * (f[j + half] - t) % Q
            index -= 1
        half *= 2
    return [x * 3303 % Q for x in f]


def _times(f, g):
    """Multiplies in the transformed domain, pair by pair."""
    h = []
    for i, gamma in enumerate(GAMMAS):
        a, b, c, d = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
        h += [(a * c + b * d * gamma) % Q, (a * d + b * c) % Q]
    return h


def _plus(f, g):
    return [(a + b) % Q for a, b in zip(f, g)]


def _dot(fs, gs):
    total = [0] * N
    for f, g in zip(fs, gs):
        total = _plus(total, _times(f, g))
    return total


def _bits(data):
    return [byte >> bit & 1 for byte in data for bit in range(8)]


def _unpack(data, width):
    bits = _bits(data)
    return [sum(bits[i * width + j] << j for j in range(width)) for i in range(len(bits) // width)]


def _pack(values, width):
    total = sum(value << width * i for i, value in enumerate(values))
    return total.to_bytes(len(values) * width // 8, "little")


def _compressed(f, width):
    return _pack([((x << width) + Q // 2) // Q % (1 << width) for x in f], width)


def _uniform(seed):
    """A polynomial that is already transformed, from a seed of 34 bytes."""
    stream, values = hashlib.shake_128(seed).digest(3 * 1024), []
    for i in range(0, len(stream), 3):
        a, b, c = stream[i : i + 3]
        values += [value for value in (a + 256 * (b % 16), b // 16 + 16 * c) if value < Q]
    assert len(values) >= N
    return values[:N]


def _small(eta, seed, nonce):
    """A polynomial with small coefficients."""
    bits = _bits(hashlib.shake_256(seed + bytes([nonce])).digest(64 * eta))
    pieces = [bits[i * 2 * eta : (i + 1) * 2 * eta] for i in range(N)]
    return [(sum(piece[:eta]) - sum(piece[eta:])) % Q for piece in pieces]


def encapsulate(spec, key, message=None):
    """A shared secret and its encapsulated form for a raw public key. `message` are the 32 random bytes behind them."""
    k, eta, du, dv = SETS[spec]
    assert len(key) == 384 * k + 32
    message = os.urandom(32) if message is None else message
    both = hashlib.sha3_512(message + hashlib.sha3_256(key).digest()).digest()
    secret, seed, rho = both[:32], both[32:], key[-32:]
    t = [_unpack(key[384 * i : 384 * (i + 1)], 12) for i in range(k)]
    assert all(value < Q for row in t for value in row)
    y = [_ntt(_small(eta, seed, i)) for i in range(k)]
    # The matrix is used transposed: row i takes the column of y with the indices the other way round.
    columns = [[_uniform(rho + bytes([i, j])) for j in range(k)] for i in range(k)]
    u = [_plus(_back(_dot(columns[i], y)), _small(2, seed, k + i)) for i in range(k)]
    half = [(Q + 1) // 2 * bit for bit in _bits(message)]
    v = _plus(_plus(_back(_dot(t, y)), _small(2, seed, 2 * k)), half)
    return secret, b"".join(_compressed(row, du) for row in u) + _compressed(v, dv)
