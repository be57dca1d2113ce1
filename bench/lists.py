"""List pages: as quick with a million rows as with a thousand, for whoever reads them."""

from __future__ import annotations

import re
from contextlib import ExitStack

from bench.servers import Client, in_turn, portal
from bench.tables import HEAD, Bench, row

QUEUE = "/tickets?view=open"
READERS = {"supervisor": "several departments", "clerk": "sees almost nothing", "agent": "one department"}
LIMIT = 1.2


def table(bench: Bench) -> list[str]:
    """The queue of each reader at each size, and pages further on, against the same page of the small company."""
    lines = [*HEAD]
    with ExitStack() as stack:
        servers = {size: stack.enter_context(portal(folder)).rest() for size, folder in bench.folders.items()}
        for reader, who in READERS.items():
            clients = {size: Client(server).sign_in(reader) for size, server in servers.items()}
            pages = {f"queue of `{reader}` ({who})": QUEUE}
            if reader == "supervisor":
                pages |= {
                    "the same, ten pages on": ten_pages_on(clients[bench.small]),
                    "the same, of one kind": f"{QUEUE}&kind=complaint",
                    "everything ever": "/tickets?view=all",
                }
            for name, path in pages.items():
                for size in sorted(set(bench.folders) - {bench.small}):
                    pair = in_turn((clients[size], path), (clients[bench.small], path), bench.rounds)
                    against = f"at {bench.small:,}"
                    lines.append(row(f"{name}, {size:,} tickets", against, pair, f"≤ {LIMIT:.2f}", pair.ratio <= LIMIT))
    return lines


def ten_pages_on(client: Client) -> str:
    """The address of the tenth page after the first one, by its key."""
    path = QUEUE
    for _page in range(10):
        _status, html, _headers = client.get(path)
        following = re.search(rb'href="(/tickets\?[^"]*after=[^"]+)"', html)
        assert following is not None, path
        path = following[1].decode().replace("&amp;", "&")
    return path
