"""Connections inside the page: asyncio's servers listen here, and its clients find them by their port. Nothing else can be
connected to. Each side has an event loop, perhaps the same, and bytes go from one to the other in its turns."""
import errno
import itertools
import socket
import threading
from asyncio import transports

# What listens, by its port.
listening = {}
lock = threading.Lock()
free_ports = itertools.count(49152)

HERE = (None, "", "localhost", "127.0.0.1", "0.0.0.0", "::1", "::")


def check(host, ssl):
    if ssl:
        raise ValueError("connections inside the page are not encrypted: leave out ssl")
    if host not in HERE:
        raise OSError(errno.ENETUNREACH, f"a program in the page can connect only to its own servers, not to {host}")


class Socket:
    """What a server listens at, or one end of a connection: it has addresses, and does nothing."""

    family, type, proto = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP

    def __init__(self, name, peer=None):
        self.name, self.peer = name, peer

    def getsockname(self):
        return self.name

    def getpeername(self):
        if self.peer is None:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return self.peer

    def fileno(self):
        return -1

    def listen(self, backlog):
        pass

    def setsockopt(self, *option):
        pass

    def __repr__(self):
        peer = f", raddr={self.peer}" if self.peer else ""
        return f"<socket.socket family={self.family}, type={self.type}, proto={self.proto}, laddr={self.name}{peer}>"


def bind(host, port):
    """A place to listen at. Which port it is, is known from now on."""
    with lock:
        port = port or next(port for port in free_ports if port not in listening)
        if port in listening:
            raise OSError(errno.EADDRINUSE, f"error while attempting to bind on address ('{host}', {port}): address already in use")
        listening[port] = None
    return Socket((host, port))


def start(place, loop, protocol_factory, server):
    with lock:
        listening[place.name[1]] = loop, protocol_factory, server


def stop(place):
    with lock:
        listening.pop(place.name[1], None)


def connect(loop, protocol_factory, host, port):
    """The client's side of a new connection, and its protocol. The server learns of it in a turn of its own loop."""
    found = listening.get(port)
    if found is None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed ('{host}', {port})")
    server_loop, server_factory, server = found
    with lock:
        here, there = ("127.0.0.1", next(free_ports)), ("127.0.0.1", port)
    protocol = protocol_factory()
    client = Transport(loop, protocol, Socket(here, there))
    peer = Transport(server_loop, None, Socket(there, here), server)
    client.peer, peer.peer = peer, client

    def accepted():
        peer.begin(server_factory())
        peer.deliver()

    client.begin(protocol)
    server_loop.call_soon_threadsafe(accepted)
    return client, protocol


class Transport(transports._FlowControlMixin):
    """One side of a connection. What is written waits in its buffer until the other side takes it."""

    def __init__(self, loop, protocol, own_socket, server=None):
        super().__init__({"socket": own_socket, "sockname": own_socket.name, "peername": own_socket.peer}, loop)
        self.peer = None
        self._protocol = protocol
        self._server = server
        self._buffer = bytearray()
        self._lock = threading.Lock()
        self._begun = self._paused = self._closing = self._lost = False
        # The end of what is written: asked for, and told to the other side.
        self._eof = self._eof_told = False

    def begin(self, protocol):
        self._protocol = protocol
        if self._server is not None:
            self._server._attach(self)
        self._begun = True
        protocol.connection_made(self)

    def set_protocol(self, protocol):
        self._protocol = protocol

    def get_protocol(self):
        return self._protocol

    def is_closing(self):
        return self._closing

    def is_reading(self):
        return not self._closing and not self._paused

    def pause_reading(self):
        if self.is_reading():
            self._paused = True

    def resume_reading(self):
        if not self._closing and self._paused:
            self._paused = False
            self._loop.call_soon(self.deliver)

    def get_write_buffer_size(self):
        return len(self._buffer)

    def can_write_eof(self):
        return True

    def write(self, data):
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
        if self._eof:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self._closing or not data:
            return
        with self._lock:
            self._buffer += data
        self._tell_peer(self.peer.deliver)
        self._maybe_pause_protocol()

    def writelines(self, list_of_data):
        self.write(b"".join(list_of_data))

    def write_eof(self):
        if not self._closing and not self._eof:
            self._eof = True
            self._tell_peer(self.peer.deliver)

    def close(self):
        if not self._closing:
            self._closing = self._eof = True
            self._tell_peer(self.peer.deliver)
            if not self._buffer:
                self._loop.call_soon(self._lose, None)

    def abort(self):
        self._closing = self._eof = True
        with self._lock:
            self._buffer.clear()
        self._loop.call_soon(self._lose, None)
        self._tell_peer(self.peer._lose, ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))

    def deliver(self):
        """Takes what the other side has written, in a turn of this side's loop."""
        peer = self.peer
        if not self._begun or self._paused and not self._closing:
            return
        with peer._lock:
            data = bytes(peer._buffer)
            peer._buffer.clear()
        if data and self._closing:
            # Nobody will read it.
            peer._tell_own(peer._lose, ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))
        elif data:
            self._protocol.data_received(data)
            peer._tell_own(peer._written)
        if peer._eof and not peer._buffer and not peer._eof_told and not self._paused:
            peer._eof_told = True
            if not self._closing and not self._protocol.eof_received():
                self.close()

    def _written(self):
        self._maybe_resume_protocol()
        if self._closing and not self._buffer:
            self._lose(None)

    def _lose(self, error):
        if self._lost:
            return
        self._lost = self._closing = True
        self._protocol.connection_lost(error)
        if self._server is not None:
            self._server._detach(self)

    def _tell_peer(self, function, *args):
        self.peer._tell_own(function, *args)

    def _tell_own(self, function, *args):
        # A loop that is closed learns of nothing.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *args)
