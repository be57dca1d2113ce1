"""The page that ours is held against: Flask and Jinja, one raw SQL query, the same number of bytes."""

from __future__ import annotations

import os
import sqlite3

from flask import Flask, render_template_string
from flask.typing import ResponseReturnValue

PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>工单</title></head><body><h1>工单</h1>
<table>{% for row in rows %}<tr><td>{{ row[0] }}</td><td>{{ row[1] }}</td><td>{{ row[2] }}</td><td>{{ row[3] }}</td>
<td>{{ row[4] }}</td></tr>{% endfor %}</table><!--{{ filler }}--></body></html>"""
QUERY = """SELECT number, title, state, accountable_name, due_at FROM ticket
WHERE department_id = 1 AND ended_at IS NULL ORDER BY priority, due_at, id LIMIT 50"""

app = Flask(__name__)
connection = sqlite3.connect(f"file:{os.environ['BENCH_DATABASE']}?mode=ro", uri=True, check_same_thread=False)
department = connection.execute(
    "SELECT department_id FROM ticket WHERE ended_at IS NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
).fetchone()[0]
query = QUERY.replace("department_id = 1", f"department_id = {int(department)}")
size = int(os.environ["BENCH_BYTES"])


@app.get("/")
def rows() -> ResponseReturnValue:
    """Fifty rows, filled up to the size of the portal's page."""
    found = connection.execute(query).fetchall()
    html = render_template_string(PAGE, rows=found, filler="")
    return html.replace("<!---->", f"<!--{'x' * max(0, size - len(html.encode()))}-->")
