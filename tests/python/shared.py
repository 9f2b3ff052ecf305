"""Threads that share lists, dicts, sets, classes and attributes without a lock, in an order that a seed decides.

Whatever the threads do to each other, every value stays one that somebody has put there. Without a GIL, and in CPython's
free-threaded build, single operations on built-in types are whole.
"""
import random
import threading
from collections import deque

SEED = 1
THREADS = 4
STEPS = 150

# What may happen to whoever shares without a lock.
EXPECTED = (IndexError, KeyError, ValueError, AttributeError, RuntimeError, StopIteration)


class Shared:
    total = 0

    def __init__(self):
        self.numbers = list(range(20))
        self.names = {number: str(number) for number in range(20)}
        self.seen = set(range(20))
        self.waiting = deque(range(20), maxlen=50)
        self.text = ""
        self.counter = iter(range(100_000))
        self.walker = (number * 2 for number in range(100_000))


shared = Shared()


def numbers_grow(n):
    shared.numbers.append(n)


def numbers_shrink(n):
    shared.numbers.pop()


def numbers_are_inserted(n):
    shared.numbers.insert(n % 7, n)


def numbers_are_sliced(n):
    shared.numbers[2:4] = [n, n, n]


def numbers_are_sorted(n):
    shared.numbers.sort(key=lambda number: -number)


def numbers_are_read(n):
    assert all(isinstance(number, int) for number in list(shared.numbers))


def numbers_are_replaced(n):
    shared.numbers = [*shared.numbers[:50], n]


def names_are_set(n):
    shared.names[n % 100] = str(n % 100)


def names_go(n):
    del shared.names[n % 100]


def names_are_read(n):
    for key, name in list(shared.names.items()):
        assert str(key) == name, (key, name)


def names_are_walked(n):
    for key in shared.names:
        assert isinstance(key, int)


def names_are_updated(n):
    shared.names.update({key: str(key) for key in range(n % 10)})


def seen_grows(n):
    shared.seen.add(n)


def seen_shrinks(n):
    shared.seen.discard(n - 1)


def seen_is_joined(n):
    assert n in (shared.seen | {n})


def waiting_turns(n):
    shared.waiting.append(n)
    shared.waiting.popleft()
    shared.waiting.rotate(1)


def attributes_come_and_go(n):
    setattr(shared, f"extra_{n % 5}", n)
    delattr(shared, f"extra_{(n + 1) % 5}")


def attributes_are_read(n):
    for name, value in list(vars(shared).items()):
        assert not name.startswith("extra_") or isinstance(value, int)


def methods_are_replaced(n):
    Shared.describe = lambda self: f"shared {n}"
    assert shared.describe().startswith("shared")


def classes_are_made(n):
    made = type(f"Made{n % 3}", (Shared,), {"number": n})
    assert made.number == n and made().numbers[:2] == [0, 1]


def totals_are_added(n):
    Shared.total += 1


def text_grows(n):
    shared.text = (shared.text + str(n % 10))[-30:]
    assert shared.text.isdigit()


def iterators_are_shared(n):
    assert next(shared.counter) >= 0


def generators_are_shared(n):
    assert next(shared.walker) % 2 == 0


def errors_are_raised(n):
    try:
        raise KeyError(n)
    except KeyError as error:
        assert error.args == (n,)


def closures_are_called(n):
    count = 0

    def add():
        nonlocal count
        count += 1
        return count

    assert [add() for _ in range(3)] == [1, 2, 3]


STEPS_OF = [step for name, step in list(globals().items()) if "_" in name and callable(step) and not name.startswith("__")]
errors = []


def work(seed):
    chosen = random.Random(seed)
    mine = chosen.sample(STEPS_OF, 8)
    for number in range(STEPS):
        try:
            chosen.choice(mine)(number)
        except EXPECTED:
            pass
        except BaseException as error:
            errors.append(repr(error))


threads = [threading.Thread(target=work, args=(SEED * 100 + number,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
numbers_are_read(0)
names_are_read(0)
assert all(isinstance(number, int) for number in shared.seen)
assert all(isinstance(number, int) for number in shared.waiting)
print("whole" if not errors else errors[:3])
