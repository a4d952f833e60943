"""Stands in for the package nkeys, which is not on every machine's package index: the part that nats-py calls, on PyNaCl."""

import base64

from nacl.signing import SigningKey


def _checksum(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return crc


class KeyPair:
    def __init__(self, seed):
        text = bytes(seed).strip()
        raw = base64.b32decode(text + b"=" * (-len(text) % 8))
        self._key = SigningKey(raw[2:34])

    @property
    def public_key(self):
        public = bytes([20 << 3]) + self._key.verify_key.encode()
        return base64.b32encode(public + _checksum(public).to_bytes(2, "little")).rstrip(b"=")

    def sign(self, data):
        return self._key.sign(bytes(data)).signature

    def wipe(self):
        pass


def from_seed(seed):
    return KeyPair(seed)
