"""List pages: as quick with a million rows as with a thousand, for whoever reads them."""

from __future__ import annotations

import re
from contextlib import ExitStack

from bench.servers import Client, in_turn, portal
from bench.tables import HEAD, Bench, row

QUEUE = "/tickets?view=open"
KIND = f"{QUEUE}&kind=complaint"
READERS = {"supervisor": "several departments", "clerk": "sees almost nothing", "agent": "one department"}
LIMIT = 1.2


def table(bench: Bench) -> list[str]:
    """The queue of each reader at each size against that of the small company, whose first page stands for all."""
    lines = [*HEAD]
    with ExitStack() as stack:
        servers = {size: stack.enter_context(portal(folder)).rest() for size, folder in bench.folders.items()}
        for reader, who in READERS.items():
            clients = {size: Client(server).sign_in(reader) for size, server in servers.items()}
            small = clients.pop(bench.small)
            for size, client in clients.items():
                pages = {f"queue of `{reader}` ({who})": (QUEUE, QUEUE)}
                if reader == "supervisor":
                    pages |= {
                        "the same, ten pages on": (ten_pages_on(client), QUEUE),
                        "the same, of one kind, against every kind": (KIND, QUEUE),
                        "the same, of one kind, against the few there": (KIND, KIND),
                        "all tickets ever": ("/tickets?view=all",) * 2,
                    }
                for name, (path, first) in pages.items():
                    pair = in_turn((client, path), (small, first), bench.rounds)
                    what = f"{name}, {size:,} tickets, {_rows(client, path)} rows"
                    against = f"{bench.small:,}, {_rows(small, first)} rows"
                    fair = first != KIND  # no kind fills a page of the small company: fewer lines are less work
                    good = pair.ratio <= LIMIT if fair else None
                    lines.append(row(what, against, pair, f"≤ {LIMIT:.2f}" if fair else "–", good))
    return lines


def _rows(client: Client, path: str) -> int:
    """How many lines the page shows: a small company cannot always fill it, and fewer lines are less work."""
    return client.get(path)[1].count(b'<td class="c-key">')


def ten_pages_on(client: Client) -> str:
    """The address of the tenth page after the first one, by its key."""
    path = QUEUE
    for _page in range(10):
        _status, html, _headers = client.get(path)
        following = re.search(rb'href="(/tickets\?[^"]*after=[^"]+)"', html)
        assert following is not None, path
        path = following[1].decode().replace("&amp;", "&")
    return path
