"""What travels: the first page cold with everything that it needs, then its HTML alone."""

from __future__ import annotations

import re

from bench.lists import QUEUE
from bench.servers import Client, portal
from bench.tables import Bench, verdict

COLD, THEN = 150, 12


def table(bench: Bench) -> list[str]:
    """KiB over the wire, compressed as a browser asks for it."""
    with portal(bench.folders[bench.biggest]) as server:
        client = Client(server).sign_in("supervisor")
        _status, html, _headers = client.get(QUEUE)
        _status, packed, _headers = client.get(QUEUE, packed=True)
        needed = sorted(set(re.findall(rb'(?:href|src)="(/static/[^"#]+)', html)))
        files = sum(len(client.get(path.decode().replace("&amp;", "&"), packed=True)[1]) for path in needed)
    cold, then, count = (len(packed) + files) / 1024, len(packed) / 1024, len(needed) + 1
    return [
        f"First page cold, compressed: {cold:.0f} KiB, {count} answers (limit {COLD}): {verdict(cold <= COLD)}.",
        f"Then HTML alone: {then:.1f} KiB (limit {THEN}): {verdict(then <= THEN)}.",
    ]
