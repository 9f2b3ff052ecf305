"""Tells the trace of asyncio's primitives: by what their modules are changed when they are imported.

Tasks tell it of themselves: on which line one waits, and for which primitive, the frames of its `await` say.
"""
from _weft import call, gives, length, makes, watched, within


def of_locks(module):
    for name, kind, attribute, means in (
        ("Lock", "lock", "_locked", "held"),
        ("Event", "event", "_value", "level"),
        ("Semaphore", "semaphore", "_value", "permits"),
        ("Barrier", "barrier", "_count", "level"),
    ):
        cls = getattr(module, name)
        cls.__init__ = makes(cls.__init__, kind)
        setattr(cls, attribute, watched(attribute, means))
    condition, waiters = module.Condition, length("_waiters")
    condition.__init__ = makes(condition.__init__, "condition", waiters)
    condition.notify = within(condition.notify, waiters)


def of_queues(module):
    depth = length("_queue")
    module.Queue.__init__ = makes(module.Queue.__init__, "queue", depth)
    for cls in (module.Queue, module.LifoQueue, module.PriorityQueue):
        for name in ("_put", "_get"):
            setattr(cls, name, within(cls.__dict__[name], depth))


def of_futures(module):
    wrap = module.wrap_future

    def wrap_future(future, *, loop=None):
        wrapped = wrap(future, loop=loop)
        if wrapped is not future:
            stands_for(wrapped, future)
        return wrapped

    module.wrap_future = wrap_future


def of_tasks(module):
    shield, as_completed = module.shield, module._AsCompletedIterator.__init__

    def shielded(arg):
        inner = module.ensure_future(arg)
        outer = shield(inner)
        if outer is not inner:
            stands_for(outer, inner)
        return outer

    shielded.__name__ = shielded.__qualname__ = "shield"
    shielded.__doc__ = shield.__doc__
    module.shield = shielded

    def made(self, aws, timeout):
        aws = list(aws)
        as_completed(self, aws, timeout)
        call(self, "gather", f"as_completed of {len(aws)}")

    module._AsCompletedIterator.__init__ = made


def of_groups(module):
    module.TaskGroup.__init__ = makes(module.TaskGroup.__init__, "gather")


def of_loop(module):
    loop = module.BaseEventLoop
    loop.create_future = gives(loop.create_future, "future")


def of_streams(module):
    reader, waiting = module.StreamReader, length("_buffer")
    reader.__init__ = makes(reader.__init__, "stream", waiting, True)
    for name in ("feed_data", "_maybe_resume_transport"):
        setattr(reader, name, within(getattr(reader, name), waiting))


def stands_for(future, other):
    """Who awaits the one waits for what the other is in the trace."""
    try:
        future._weft = other._weft
    except AttributeError:
        pass


def unchanged(module):
    """It only imports something later."""


MODULES = {
    "asyncio.base_events": of_loop,
    "asyncio.base_tasks": unchanged,
    "asyncio.format_helpers": unchanged,
    "asyncio.futures": of_futures,
    "asyncio.locks": of_locks,
    "asyncio.queues": of_queues,
    "asyncio.streams": of_streams,
    "asyncio.taskgroups": of_groups,
    "asyncio.tasks": of_tasks,
}
