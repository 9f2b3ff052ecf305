"""Of `unittest.mock`, what these tests use."""
import contextlib


class Mock:
    def __init__(self, *args, **kinds):
        self.calls = []

    def __call__(self, *args, **kinds):
        self.calls.append((args, kinds))

    def assert_called_once_with(self, *args, **kinds):
        assert self.calls == [(args, kinds)], self.calls


class patch:
    @staticmethod
    @contextlib.contextmanager
    def object(thing, name, value=None, *, return_value=None):
        value = value or (lambda *args, **kinds: return_value)
        before = getattr(thing, name)
        setattr(thing, name, value)
        try:
            yield value
        finally:
            setattr(thing, name, before)
