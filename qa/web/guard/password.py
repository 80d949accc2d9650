"""The password of a server that others can reach: whether it was given, and how often it may be guessed.

Behind a proxy everybody comes from one address. So the right password is never kept waiting for what others guessed;
what that address guesses wrong is. How hard it is to guess is up to the password itself.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Literal

Outcome = Literal["right", "missing", "wrong", "waiting"]

FREE_FAILURES = 5  # wrong passwords from one address that are answered at once
PAUSE = 2.0  # seconds between two guesses after that
LONGEST_WAIT = 10.0  # seconds; whoever would have to wait longer is told so instead
FORGOTTEN = 900.0  # seconds after its last wrong password an address begins anew
MOST_ADDRESSES = 4_096


@dataclass(slots=True)
class _Failures:
    count: int
    last: float
    next_guess: float


class Door:
    """Lets in who knows the password, always; addresses that guess wrong are slowed down, each for itself."""

    def __init__(
        self,
        password: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._expected = _digest(password.encode("utf-8"))
        self._clock, self._sleep = clock, sleep
        self._failing: OrderedDict[str, _Failures] = OrderedDict()

    async def knock(self, authorization: bytes | None, *, address: str) -> Outcome:
        """Look at what a request brought: let the right one in at once, and let a wrong one wait its turn."""
        if authorization is None:
            return "missing"
        if hmac.compare_digest(_digest(_password_in(authorization)), self._expected):
            return "right"  # what was guessed before still counts: others may be at that address
        known = _network(address)
        wait = self._wait(known)
        if wait > LONGEST_WAIT:
            return "waiting"
        if wait:
            await self._sleep(wait)
        self._count(known)
        return "wrong"

    def _wait(self, address: str) -> float:
        """Return the seconds until this guess is answered, and keep that moment for it alone."""
        now, failures = self._clock(), self._failing.get(address)
        if failures is None or now - failures.last > FORGOTTEN or failures.count < FREE_FAILURES:
            return 0.0
        wait = max(0.0, failures.next_guess - now)
        if wait <= LONGEST_WAIT:
            failures.next_guess = now + wait + PAUSE
        return wait

    def _count(self, address: str) -> None:
        now, failures = self._clock(), self._failing.pop(address, None)
        if failures is None or now - failures.last > FORGOTTEN:
            failures = _Failures(0, now, now)
        failures.count, failures.last = failures.count + 1, now
        failures.next_guess = max(failures.next_guess, now + PAUSE)
        self._failing[address] = failures  # the latest last, so that the oldest goes first
        while len(self._failing) > MOST_ADDRESSES:
            self._failing.popitem(last=False)


def _digest(password: bytes) -> bytes:
    """Make what is compared as long as what it is compared with."""
    return hashlib.sha256(password).digest()


def _password_in(authorization: bytes) -> bytes:
    """Return the password of HTTP Basic, whatever the name before it; nothing for any other scheme."""
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return b""
    try:
        return base64.b64decode(token.strip(), validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


def _network(address: str) -> str:
    """Return what stands for one guesser: an address, of IP version 6 the 64 bits that one connection is given."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found) >> 64 << 64, 64)))
