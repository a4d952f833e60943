"""Reads the ticks of a tickd daemon: copy this file into your project. Python 3.9 or newer, nats-py 2.9 or newer.

    pip install nats-py             # on a secured server: pip install "nats-py[nkeys]"

    import asyncio
    from tickd_reader import TickReader, connect

    async def main():
        nc = await connect(url="nats://127.0.0.1:4222")        # or connect(env_file="reader.env")
        async for tick in TickReader(nc, start="snapshot"):
            print(tick["symbol"], tick.get("last_price"))

    asyncio.run(main())

Every tick is a dict with the keys of docs/reference/tick.md. A value that the exchange did not send is an absent key:
`tick.get("bid_price_2", 0)`.
"""

import asyncio
import json
import os
import ssl
import uuid
from datetime import datetime, timedelta, timezone

import nats
import nats.errors
import nats.js.errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

# China has had one zone without daylight saving time since 1991.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
SECOND = 1_000_000_000
# Most messages that the server sends ahead: what a slow program does not take waits there.
BATCH = 500


class TickReaderError(Exception):
    """Reading cannot go on. `code` is one of those of docs/consumers.md, the text names the fix."""

    def __init__(self, code, text):
        super().__init__(f"{text} [{code}]")
        self.code = code


def read_env_file(path):
    """NAME=value lines as `tickd nats init` writes them. A relative path in it counts from the folder of the file."""
    found = {}
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                name, equals, value = line.strip().partition("=")
                if equals and not name.startswith("#"):
                    found[name.strip()] = value.strip().strip("'\"")
    except OSError as error:
        raise TickReaderError(
            "CLIENT_OPTIONS_INVALID",
            f"The env file {path} cannot be read ({error.strerror}): name the reader.env of 'tickd nats init'.",
        ) from error
    for name in ("NATS_NKEY_FILE", "NATS_PASSWORD_FILE", "NATS_TLS_CA", "NATS_TLS_CERT", "NATS_TLS_KEY"):
        if found.get(name):
            found[name] = os.path.join(os.path.dirname(os.path.abspath(path)), found[name])
    return found


def _tls(url, ca, cert, key):
    if not (ca or cert or url.startswith("tls://")):
        return None
    try:
        context = ssl.create_default_context(cafile=ca or None)
        if cert:
            context.load_cert_chain(cert, key or None)
    except (OSError, ssl.SSLError) as error:
        raise TickReaderError(
            "CLIENT_OPTIONS_INVALID", f"A TLS file cannot be read ({error}): correct NATS_TLS_CA, NATS_TLS_CERT, NATS_TLS_KEY."
        ) from error
    return context


def _password(settings):
    path = settings.get("NATS_PASSWORD_FILE")
    if not path:
        return settings.get("NATS_PASSWORD", "")
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError as error:
        raise TickReaderError(
            "CLIENT_OPTIONS_INVALID", f"The password file {path} cannot be read ({error.strerror}): correct NATS_PASSWORD_FILE."
        ) from error


def _options(settings):
    """Options of nats.connect for the settings, which have the names of the variables."""
    url = settings.get("NATS_URL") or ""
    if not url:
        raise TickReaderError(
            "CLIENT_OPTIONS_INVALID", "NATS_URL is not set: set it to nats://HOST:PORT or tls://HOST:PORT, or name an env_file."
        )
    options = {"servers": [one.strip() for one in url.split(",")]}
    context = _tls(url, settings.get("NATS_TLS_CA"), settings.get("NATS_TLS_CERT"), settings.get("NATS_TLS_KEY"))
    if context is not None:
        options["tls"] = context
    if settings.get("NATS_NKEY_FILE"):
        path = settings["NATS_NKEY_FILE"]
        if not os.access(path, os.R_OK):
            raise TickReaderError("CLIENT_OPTIONS_INVALID", f"The nkey file {path} cannot be read: correct NATS_NKEY_FILE.")
        options["nkeys_seed"] = path
    elif settings.get("NATS_USER"):
        options["user"] = settings["NATS_USER"]
        options["password"] = _password(settings)
    if settings.get("NATS_INBOX_PREFIX"):
        options["inbox_prefix"] = settings["NATS_INBOX_PREFIX"]
    return options


def _refusal(error, url):
    """The daemon's code for a dial that failed."""
    shown = ",".join(one.strip().rpartition("@")[2] for one in url.split(","))
    text = str(error) or type(error).__name__
    if isinstance(error, nats.errors.AuthorizationError) or "authorization" in text.lower():
        return TickReaderError(
            "NATS_AUTH_REJECTED",
            f"NATS at {shown} refuses these credentials ({text}): set NATS_NKEY_FILE, or NATS_USER and NATS_PASSWORD, to those of a reader.",
        )
    if isinstance(error, ssl.SSLError) or "ssl" in text.lower() or "tls" in text.lower():
        return TickReaderError(
            "NATS_TLS_REJECTED",
            f"NATS at {shown} is not trusted ({text}): set NATS_TLS_CA to the authority of its certificate, and the URL to a host that the certificate names.",
        )
    return TickReaderError(
        "NATS_UNREACHABLE", f"NATS at {shown} does not answer ({text}): start it, or give the URL of one that runs."
    )


async def _silent(_error):
    """nats-py prints each lost connection with its stack otherwise; the reader reports what matters."""


async def connect(url=None, env_file=None, **more):
    """A connection that is dialled again for ever. From `url`; from `env_file` alone; else from the environment.

    `more` goes to nats.connect. Raises TickReaderError.
    """
    settings = {"NATS_URL": url} if url else read_env_file(env_file) if env_file else dict(os.environ)
    options = {"error_cb": _silent, "connect_timeout": 2, **_options(settings), **more}
    causes = []

    async def keep(error):
        causes.append(error)

    # nats-py repeats a first dial that fails for minutes and says nothing: one that is given up at once says why.
    probe = {"allow_reconnect": False, "max_reconnect_attempts": 1, "reconnect_time_wait": 0, "error_cb": keep}
    try:
        await (await nats.connect(**{**options, **probe})).close()
        return await nats.connect(**{**options, "max_reconnect_attempts": -1, "reconnect_time_wait": 0.5})
    except ImportError as error:
        raise TickReaderError(
            "CLIENT_OPTIONS_INVALID", f"An nkey needs the package {error.name}: pip install 'nats-py[nkeys]'."
        ) from error
    except (OSError, nats.errors.Error, asyncio.TimeoutError) as error:
        refused = isinstance(error, nats.errors.NoServersError) and causes
        raise _refusal(causes[-1] if refused else error, settings["NATS_URL"]) from error


def _checked(start, pattern):
    """What can match nothing, or is not a start position, is refused: the server would accept it without an error."""
    whole = isinstance(start, int) and not isinstance(start, bool) and start >= 1
    if not (whole or start in ("live", "snapshot")):
        raise TickReaderError(
            "CLIENT_OPTIONS_INVALID", f"{start!r} is not a start position: give 'live', 'snapshot' or a sequence, 1 or more."
        )
    for token in pattern.split("."):
        if token == "" or (token not in ("*", ">") and any(char in "*> \t\n" for char in token)):
            raise TickReaderError(
                "CLIENT_OPTIONS_INVALID",
                f"The pattern {pattern!r} can match nothing: * stands for a whole token, > for all that follow, as in 'md.tick.SHFE.>'.",
            )


def _meet(one, other):
    """Whether a subject exists that both patterns match."""
    left, right = one.split("."), other.split(".")
    for a, b in zip(left, right):
        if ">" in (a, b):
            return True
        if a != b and "*" not in (a, b):
            return False
    return len(left) == len(right)


class TickReader:
    """`async for tick in TickReader(nc)`: each stored tick once, in the stream's order, over outages.

    start: "live" what is stored from now on; "snapshot" the newest tick of each instrument, then everything that
    follows; a sequence of the stream, e.g. `last_sequence + 1` after a restart of your own.
    pattern: a subject with wildcards, "md.tick.SHFE.>".
    decode: another reader than JSON, where the daemon has another TICK_SERIALIZER.
    on_notice: called with "waiting: CAUSE" once an outage, "resumed", and "streamReset".
    """

    def __init__(self, nc, start="live", pattern="md.tick.>", stream="MD_TICKS", decode=json.loads, on_notice=None):
        _checked(start, pattern)
        self.last_sequence = start - 1 if isinstance(start, int) else 0
        self._nc = nc
        self._js = nc.jetstream(timeout=2.5)
        self._start = start
        self._pattern = pattern
        self._stream = stream
        self._decode = decode
        self._notice = on_notice or (lambda text: None)
        self._created = None
        self._in_snapshot = start == "snapshot"
        self._messages = self._consumer = None
        self._wanted = self._received = 0

    def _config(self):
        config = ConsumerConfig(
            name=f"tickd_py_{uuid.uuid4().hex}",
            filter_subject=self._pattern,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=60.0,
            mem_storage=True,
            num_replicas=1,
        )
        if self._in_snapshot:
            config.deliver_policy = DeliverPolicy.LAST_PER_SUBJECT
        else:
            config.deliver_policy = DeliverPolicy.BY_START_SEQUENCE
            config.opt_start_seq = self.last_sequence + 1
        return config

    async def _open(self):
        """A consumer of the server behind the last tick that was given out."""
        info = await self._js.stream_info(self._stream)
        subjects = info.config.subjects or []
        if self._created is None and not any(_meet(self._pattern, subject) for subject in subjects):
            raise TickReaderError(
                "CLIENT_OPTIONS_INVALID",
                f"The pattern {self._pattern!r} can match nothing in {self._stream}, which holds {', '.join(subjects)}.",
            )
        if self._created is None and self._start == "live":
            self.last_sequence = info.state.last_seq
        if (self._created is not None and info.created != self._created) or info.state.last_seq < self.last_sequence:
            self._notice("streamReset")
            self.last_sequence, self._in_snapshot = 0, False
        self._created = info.created
        consumer = await self._js.add_consumer(self._stream, config=self._config())
        if consumer.num_pending == 0:
            self._in_snapshot = False
        self._messages = await self._nc.subscribe(self._nc.new_inbox())
        self._consumer, self._wanted, self._received = consumer.name, 0, 0

    async def _leave(self):
        messages, self._messages = self._messages, None
        if messages is not None and not self._nc.is_closed:
            await messages.unsubscribe()

    async def _next(self):
        """The next stored message, or None for a sign that the server is there."""
        if self._wanted < BATCH // 2:
            request = {"batch": BATCH - self._wanted, "expires": 30 * SECOND, "idle_heartbeat": SECOND}
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}"
            await self._nc.publish(subject, json.dumps(request).encode(), reply=self._messages.subject)
            self._wanted = BATCH
        message = await self._messages.next_msg(timeout=2.5)
        status = (message.headers or {}).get("Status")
        if status is None:
            self._wanted -= 1
            self._received += 1
            if message.metadata.sequence.consumer != self._received:
                raise nats.errors.Error("a message was lost on the way")
            return message
        if status in ("404", "408"):
            self._wanted = 0
        elif status != "100":
            raise nats.errors.Error(f"the server ended the consumer ({status})")
        return None

    def _fatal(self, error):
        """What no waiting cures, before the first success; afterwards it is an outage."""
        denied = str(self._nc.last_error or "")
        if "permissions violation" in denied.lower():
            return TickReaderError(
                "NATS_DENIED",
                f"NATS does not let this user read {self._stream} ({denied}): use the credentials of a reader, with its NATS_INBOX_PREFIX.",
            )
        if isinstance(error, nats.js.errors.NotFoundError):
            return TickReaderError(
                "STREAM_NOT_FOUND", f"There is no stream {self._stream} on this server: start the daemon that creates it, or name another."
            )
        return None

    async def __aiter__(self):
        waiting, opened = False, False
        try:
            while True:
                if self._nc.is_closed:
                    raise TickReaderError(
                        "NATS_CLOSED", "The connection was closed: open a new one and read on from last_sequence + 1."
                    )
                try:
                    if self._messages is None:
                        await self._open()
                    message = await self._next()
                except (OSError, nats.errors.Error, asyncio.TimeoutError) as error:
                    fatal = None if opened else self._fatal(error)
                    if fatal is not None:
                        raise fatal from error
                    if not waiting:
                        self._notice(f"waiting: {error or type(error).__name__}")
                    waiting = True
                    await self._leave()
                    await asyncio.sleep(0.5)
                    continue
                opened = True
                if waiting:
                    self._notice("resumed")
                    waiting = False
                if message is None or message.metadata.sequence.stream <= self.last_sequence:
                    continue
                self.last_sequence = message.metadata.sequence.stream
                if message.metadata.num_pending == 0:
                    self._in_snapshot = False
                yield self._decode(message.data)
        finally:
            await self._leave()


def to_vnpy_tick(tick, gateway_name="TICKD", tick_data=None, exchange=None):
    """The same tick as vnpy's TickData, as a gateway of vnpy would make it: a value that was not sent is 0, times are
    of Asia/Shanghai. What vnpy has no field for is in `extra`. `tick_data`, `exchange`: other classes than vnpy's own.
    """
    if tick_data is None:
        from vnpy.trader.object import TickData as tick_data
    if exchange is None:
        from vnpy.trader.constant import Exchange as exchange
    fields = {
        name: tick.get(name, 0)
        for name in (
            "volume turnover open_interest last_price last_volume limit_up limit_down open_price high_price low_price pre_close"
        ).split()
    }
    for level in range(1, 6):
        for side in ("bid", "ask"):
            for kind in ("price", "volume"):
                name = f"{side}_{kind}_{level}"
                fields[name] = tick.get(name, 0)
    made = tick_data(
        gateway_name=gateway_name,
        symbol=tick["symbol"],
        exchange=exchange(tick["exchange"]),
        datetime=datetime.fromtimestamp(tick["ts"] / 1000, CHINA),
        localtime=datetime.fromtimestamp(tick["recv_ts"] / 1000, CHINA),
        **fields,
    )
    # Not an argument of vnpy's classes.
    made.extra = {name: value for name, value in tick.items() if name not in {"symbol", "exchange", "datetime", *fields}}
    return made
