"""Requests over HTTP to a running server: several at a time, their times, and whether each was answered well."""

import http.client
import os
import re
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

AFTER = re.compile(rb'[?&](?:amp;)?after=([^"&]+)')


def percentiles(times: list[float]) -> dict[str, float]:
    """Median, 99th percentile (nearest rank) and number of times in seconds, given in milliseconds."""
    ordered = sorted(times)
    rank = max(int(len(ordered) * 0.99 + 0.999999) - 1, 0)
    p50 = statistics.median(ordered) * 1000
    return {"p50": round(p50, 1), "p99": round(ordered[rank] * 1000, 1), "n": len(ordered)}


def get(connection: http.client.HTTPConnection, path: str, cookie: str) -> tuple[float, bytes]:
    """Seconds and body of one request. Raises RuntimeError for another status than 200."""
    start = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "identity"})
    answer = connection.getresponse()
    body = answer.read()
    seconds = time.perf_counter() - start
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return seconds, body


def a_second(port: int, path: str, sends: list[tuple[str, dict[str, str]]], *, workers: int) -> float:
    """How many of the POSTs `sends` (body, headers) are answered in a second, `workers` at a time.

    Raises RuntimeError when one is not answered with 200 or 201.
    """
    waiting: SimpleQueue[tuple[str, dict[str, str]]] = SimpleQueue()
    for send in sends:
        waiting.put(send)
    wrong: list[str] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            while not wrong:
                body, headers = waiting.get_nowait()
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                said = answer.read()
                if answer.status not in (200, 201):
                    wrong.append(f"{path}: {answer.status} {said[:200]!r}")
        except Empty:
            pass
        except Exception as error:
            wrong.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(wrong[0])
    return len(sends) / (time.perf_counter() - start)


def pages(connection: http.client.HTTPConnection, path: str, cookie: str, depth: int) -> Iterator[float]:
    """The times of a list's first `depth` pages, going on by the key that each page gives."""
    wanted = path
    for _page in range(depth):
        seconds, body = get(connection, wanted, cookie)
        yield seconds
        found = AFTER.search(body)
        if found is None:
            return
        wanted = f"{path}{'&' if '?' in path else '?'}after={found[1].decode()}"


def _worker_of(connection: http.client.HTTPConnection, processes: list[int]) -> int | None:
    """Which of the server's processes holds the other end of a connection; None where /proc does not tell."""
    here, there = connection.sock.getsockname()[1], connection.sock.getpeername()[1]
    ends = f"0100007F:{there:04X} 0100007F:{here:04X}"
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
    inodes = [line.split()[9] for line in lines if ends in line]
    for process in processes:
        for file in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                if inodes and os.readlink(file) == f"socket:[{inodes[0]}]":
                    return process
    return None


def spread(port: int, server: int, workers: int) -> list[http.client.HTTPConnection]:
    """`workers` connections, as many at each child of the process `server`.

    The kernel gives a connection to one child for good, at random; four that all lie at one of two tell nothing of a
    server with two. Where /proc does not tell which is where, as they come.
    """
    try:
        listed = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split()
        processes = [int(pid) for pid in listed]
        at: dict[int, list[http.client.HTTPConnection]] = {pid: [] for pid in processes}
        found: list[http.client.HTTPConnection] = []
        for _try in range(100):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            get(connection, "/accessibility/", "")
            held = _worker_of(connection, processes)
            if held is None or len(at[held]) * len(processes) >= workers:
                connection.close()
                continue
            at[held].append(connection)
            found.append(connection)
            if len(found) == workers:
                return found
    except OSError:
        pass
    return [http.client.HTTPConnection("127.0.0.1", port, timeout=120) for _ in range(workers)]


def together(
    port: int, jobs: list[tuple[str, str, str]], *, workers: int, depth: int = 1, server: int = 0
) -> dict[str, list[float]]:
    """Do all jobs (name, path, cookie) with `workers` connections at a time; the times of each name.

    `server`: the process over whose children the connections are spread; 0 for a connection of its own for each job.
    """
    waiting: SimpleQueue[tuple[str, str, str]] = SimpleQueue()
    for job in jobs:
        waiting.put(job)
    times: dict[str, list[float]] = {name: [] for name, _path, _cookie in jobs}
    wrong: list[Exception] = []

    def work(lasting: http.client.HTTPConnection | None) -> None:
        try:
            while not wrong:
                name, path, cookie = waiting.get_nowait()
                connection = lasting or http.client.HTTPConnection("127.0.0.1", port, timeout=120)
                times[name].extend(pages(connection, path, cookie, depth))
                if lasting is None:
                    connection.close()
        except Empty:
            pass
        except Exception as error:
            wrong.append(error)

    connections = spread(port, server, workers) if server else [None] * workers
    threads = [threading.Thread(target=work, args=(each,)) for each in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in connections:
        if each is not None:
            each.close()
    if wrong:
        raise wrong[0]
    return times
