"""The event loop: CPython's own, on a thread of Weft that other threads can wake."""
import contextvars
import threading
import warnings

import _weft
from . import base_events, events, format_helpers, tasks

__all__ = ("SelectorEventLoop", "EventLoop")


class _UnixSelectorEventLoop(base_events.BaseEventLoop):
    def __init__(self, selector=None):
        if selector is not None:
            raise ValueError("an event loop waits for no files or sockets here, so it takes no selector")
        super().__init__()
        # Callbacks that are ready, and what the thread sleeps in while there are none.
        self._ready = self._selector = _weft.Callbacks()

    def time(self):
        # As fast as sleeps and time-outs pass in this run.
        return self._ready.time()

    call_soon = _weft.quick_call_soon(base_events.BaseEventLoop.call_soon, events.Handle, contextvars.copy_context)

    def _run_once(self):
        # Callbacks that are ready are called by Weft, which is quicker; the rest is CPython's.
        if self._debug or not self._ready.run(self, self._scheduled):
            super()._run_once()

    def _failed(self, handle, error):
        callback = format_helpers._format_callback_source(handle._callback, handle._args, debug=self._debug)
        self.call_exception_handler(
            {"message": f"Exception in callback {callback}", "exception": error, "handle": handle}
        )

    def _run_forever_cleanup(self):
        self._ready.pause()
        super()._run_forever_cleanup()

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        self._ready.wake()

    def close(self):
        super().close()
        for task in tasks.all_tasks(self):
            _weft.abandon(task)

    async def create_server(
        self, protocol_factory, host=None, port=None, *, backlog=100, ssl=None, start_serving=True, sock=None, **options
    ):
        import weft_connections as connections

        if sock is not None:
            raise ValueError("there are no sockets to listen at: give a host and a port")
        for name in [host] if host is None or isinstance(host, str) else host:
            connections.check(name, ssl)
        place = connections.bind(host if isinstance(host, str) and host else "0.0.0.0", port)
        server = base_events.Server(self, [place], protocol_factory, None, backlog, None)
        if start_serving:
            server._start_serving()
            await tasks.sleep(0)
        return server

    def _start_serving(self, protocol_factory, sock, sslcontext, server, *rest):
        import weft_connections as connections

        connections.start(sock, self, protocol_factory, server)

    def _stop_serving(self, sock):
        import weft_connections as connections

        connections.stop(sock)

    async def create_connection(self, protocol_factory, host=None, port=None, *, ssl=None, sock=None, **options):
        import weft_connections as connections

        if sock is not None or host is None:
            raise ValueError("a connection needs a host and a port")
        connections.check(host, ssl)
        await tasks.sleep(0)
        return connections.connect(self, protocol_factory, host, port)

    def _waits_for_no_files(self, *args, **kwargs):
        raise NotImplementedError("an event loop in the page waits for no files or sockets")

    add_reader = add_writer = _make_read_pipe_transport = _make_write_pipe_transport = _waits_for_no_files
    create_datagram_endpoint = connect_accepted_socket = _waits_for_no_files

    async def _make_subprocess_transport(self, *args, **kwargs):
        raise NotImplementedError("a program in the page can start no other programs")

    def add_signal_handler(self, sig, callback, *args):
        """As with `signal.signal`: nothing sends one here."""

    def remove_signal_handler(self, sig):
        return False


class _UnixDefaultEventLoopPolicy(events._BaseDefaultEventLoopPolicy):
    _loop_factory = _UnixSelectorEventLoop

    class _Local(events._BaseDefaultEventLoopPolicy._Local):
        _set_called = False

    def get_event_loop(self):
        # Up to Python 3.13 the main thread is given a loop, and so many programs ask for one.
        if self._local._loop is None and not self._local._set_called:
            if threading.current_thread() is threading.main_thread():
                warnings.warn("There is no current event loop", DeprecationWarning, stacklevel=2)
                self.set_event_loop(self.new_event_loop())
        return super().get_event_loop()

    def set_event_loop(self, loop):
        self._local._set_called = True
        super().set_event_loop(loop)


SelectorEventLoop = EventLoop = _UnixSelectorEventLoop
_DefaultEventLoopPolicy = _UnixDefaultEventLoopPolicy
