"""Names of the module `socket` that asyncio asks for. There are no sockets here."""

AF_UNSPEC, AF_INET = 0, 2
SOCK_STREAM, SOCK_DGRAM = 1, 2
IPPROTO_TCP, IPPROTO_UDP = 6, 17
SOL_SOCKET, SO_REUSEADDR, SO_BROADCAST, SO_KEEPALIVE, TCP_NODELAY = 1, 2, 6, 9, 1
AI_PASSIVE = 1

error = OSError


class gaierror(OSError):
    pass


class timeout(OSError):
    pass


class socket:
    def __init__(self, *args, **kwargs):
        raise OSError("a program in the page has no sockets")


getaddrinfo = getnameinfo = create_connection = create_server = socket
