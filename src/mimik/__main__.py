"""Where ``mimik`` and ``python -m mimik`` begin: Ctrl-C is heard before all else is imported."""

from __future__ import annotations

import sys

INTERRUPTED = 130

try:
    import signal
except KeyboardInterrupt:
    sys.exit(INTERRUPTED)


def main() -> int:
    """Run the command line as a program; returns its exit code, 130 after Ctrl-C at any time."""
    stopped = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopped
        stopped = True
        raise KeyboardInterrupt

    # What a shell runs in its background has Ctrl-C ignored, and leaves it so.
    heard = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    try:
        if heard:
            signal.signal(signal.SIGINT, stop)
        from mimik.cli.main import main as run

        code = run()
    except BaseException as error:
        # A library that is interrupted while it is imported may raise anything, such as ImportError.
        if not stopped and not isinstance(error, KeyboardInterrupt):
            raise
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.stderr.write("mimik: interrupted; what was finished is kept\n")
        return INTERRUPTED
    if heard:
        # Nobody catches a KeyboardInterrupt while Python ends.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return INTERRUPTED if stopped and code else code


if __name__ == "__main__":
    sys.exit(main())
