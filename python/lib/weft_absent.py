"""Says what there is in the place of well-known modules that are not here."""
import sys

from _weft import find_absent

_NETWORK = "requests go through requests, aiohttp or urllib.request"
_NUMBERS = "the library's math, statistics and random are here"
_PAGE = "a program reaches nothing of the page: it prints, and asks with input()"

INSTEAD = {
    "sqlite3": "there is no database: keep data in dicts, or in files with json, csv or pickle",
    "dbm": "there is no database: keep data in dicts, or in files with json, csv or pickle",
    "shelve": "there is no database: keep data in dicts, or in files with json, csv or pickle",
    "numpy": _NUMBERS,
    "scipy": _NUMBERS,
    "pandas": "the library's csv, json and statistics are here",
    "matplotlib": "nothing can be plotted: print it, or write it to a file",
    "PIL": "pictures cannot be edited: write their bytes to a file",
    "httpx": _NETWORK,
    "urllib3": _NETWORK,
    "http.client": _NETWORK,
    "http.server": "nobody could reach a server: threads talk through queue.Queue",
    "socketserver": "nobody could reach a server: threads talk through queue.Queue",
    "flask": "nobody could reach a server: threads talk through queue.Queue",
    "fastapi": "nobody could reach a server: threads talk through queue.Queue",
    "ftplib": _NETWORK,
    "smtplib": _NETWORK,
    "bs4": "the text of a page can be searched with re",
    "psutil": "os.cpu_count() tells the number of cores, time.perf_counter() the time",
    "resource": "time.perf_counter() tells the time",
    "cProfile": "the chart shows what each lane did, and time.perf_counter() tells the time",
    "gevent": "threading is here",
    "trio": "asyncio is here",
    "anyio": "asyncio is here",
    "uvloop": "asyncio has its own event loop",
    "tqdm": "print() shows how far a program is",
    "pytest": "check with assert, and run the tests in a loop",
    "tkinter": _PAGE,
    "js": _PAGE,
    "pyodide": _PAGE,
    "ctypes": "nothing but Python runs here",
    "ssl": "the browser sees to https: use requests or urllib.request",
    "zipfile": "files cannot be packed: write them as they are",
    "gzip": "files cannot be packed: write them as they are",
}


class Absent:
    """Comes last: what it is asked for is not there."""

    find_spec = staticmethod(find_absent)


def said_of(name):
    """The error that says what there is in the place of a module, if something is to be said."""
    instead = INSTEAD.get(name) or INSTEAD.get(name.partition(".")[0])
    # Libraries do without.
    if instead is None or not _asked_by_the_program():
        return None
    error = ModuleNotFoundError(f"No module named {name!r}", name=name)
    error.add_note(f"Weft does not have {name}; {instead}.")
    return error


def _asked_by_the_program():
    frame = sys._getframe(2)
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename == "main.py"
