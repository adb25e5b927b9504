"""What a worker may take: bounds that hold in the middle of a step of a parser, which hears nobody.

The worker ends where it goes beyond them, and its file is then read as plain text.
"""

from __future__ import annotations

import resource
import signal

_SECONDS_OF_A_FILE = 5.0  # of a processor; what is read by its lines takes two for 4 MB
# Of data, beside what is loaded from disk and shared. A text of 4 MB takes 100 MB.
_MOST_DATA = 160 << 20


def bound_memory() -> None:
    """Bound this process from now on. It leaves no core file, as it may end so by itself.

    `bound_time` ends it by the signal's own action: no handler in Python would be called before
    the step is done.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for what, most in ((resource.RLIMIT_DATA, _MOST_DATA), (resource.RLIMIT_CORE, 0)):
        soft, hard = resource.getrlimit(what)
        known = [bound for bound in (soft, hard) if bound != resource.RLIM_INFINITY]
        resource.setrlimit(what, (min([most, *known]), hard))


def bound_time() -> None:
    """Begin to count the processor's time for the next file, beyond which the process ends."""
    signal.setitimer(signal.ITIMER_PROF, _SECONDS_OF_A_FILE)


def unbound_time() -> None:
    """Count no more."""
    signal.setitimer(signal.ITIMER_PROF, 0.0)
