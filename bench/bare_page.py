"""The queue against a bare Flask + Jinja page of the same markup on the same server."""

from __future__ import annotations

from bench.company import DATA
from bench.lists import QUEUE
from bench.servers import Client, bare, in_turn, portal
from bench.tables import HEAD, Bench, row

AIM, LEAST = 0.5, 0.3


def table(bench: Bench) -> list[str]:
    """How much of the bare page's throughput the queue keeps."""
    data = bench.folders[bench.biggest]
    with portal(data) as server:
        client = Client(server.rest()).sign_in("supervisor")
        _status, page, _headers = client.get(QUEUE)
        kept = DATA / "queue.html"
        kept.write_bytes(page)
        with bare(data, kept) as other:
            plain = Client(other)
            _status, copy, _headers = plain.get("/")
            pair = in_turn((plain, "/"), (client, QUEUE), bench.rounds)
    what = f"bare page, {len(copy):,} bytes, one raw query"
    against = f"queue of `supervisor`, {len(page):,} bytes"
    target = f"aim ≥ {AIM:.2f}, at least {LEAST:.2f}"
    return [
        "The bare page has the same markup: the frame as fixed text, fifty rows with the same cells drawn by Jinja",
        "from one raw SQL query; no sign-in, rights or translations. The ratio: how much of its throughput ours has.",
        "",
        *HEAD,
        row(what, against, pair, target, pair.ratio >= LEAST),
    ]
