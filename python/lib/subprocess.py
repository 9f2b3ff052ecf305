"""Names of the module `subprocess` that asyncio asks for. There are no other programs here."""

PIPE, STDOUT, DEVNULL = -1, -2, -3


class SubprocessError(Exception):
    pass


class Popen:
    def __init__(self, *args, **kwargs):
        raise OSError("a program in the page can start no other programs")


def run(*args, **kwargs):
    return Popen(*args, **kwargs)


call = check_call = check_output = run
