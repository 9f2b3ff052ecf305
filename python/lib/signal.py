"""Names of signals; nothing sends one here."""
from enum import IntEnum


class Signals(IntEnum):
    SIGINT = 2
    SIGKILL = 9
    SIGTERM = 15


SIGINT, SIGKILL, SIGTERM = Signals
SIG_DFL, SIG_IGN = 0, 1


def default_int_handler(signum, frame):
    raise KeyboardInterrupt


def getsignal(signalnum):
    return default_int_handler if signalnum == SIGINT else SIG_DFL


def signal(signalnum, handler):
    return getsignal(signalnum)
