"""Where ``mimik`` and ``python -m mimik`` begin: Ctrl-C is heard before all else is imported.

The end of a service (SIGTERM) and of a terminal (SIGHUP) are heard like it: what was read is kept.
"""

from __future__ import annotations

import sys

INTERRUPTED = 130

try:
    import signal
except KeyboardInterrupt:
    sys.exit(INTERRUPTED)


def main() -> int:
    """Run the command line as a program; returns its exit code, 130 after Ctrl-C at any time."""
    sent = 0

    def stop(number: int, frame: object) -> None:
        nonlocal sent
        sent = number
        raise KeyboardInterrupt

    # What a shell runs in its background has Ctrl-C ignored, and leaves it so; nohup does it with SIGHUP.
    named = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    heard = [number for number in named if number and signal.getsignal(number) is not signal.SIG_IGN]
    try:
        for number in heard:
            signal.signal(number, stop)
        from mimik.cli.main import main as run

        code = run()
    except BaseException as error:
        # A library that is interrupted while it is imported may raise anything, such as ImportError.
        if not sent and not isinstance(error, KeyboardInterrupt):
            raise
        _hear_no_more(heard)
        sys.stderr.write("mimik: interrupted; what was finished is kept\n")
        code = INTERRUPTED
    # Nobody catches a KeyboardInterrupt while Python ends.
    _hear_no_more(heard)
    if sent and sent != signal.SIGINT:
        signal.raise_signal(sent)  # Who sent it sees that it was heard.
    return INTERRUPTED if sent and code else code


def _hear_no_more(numbers: list[signal.Signals]) -> None:
    for number in numbers:
        signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main())
