"""The page that ours is held against: Flask and Jinja, one raw SQL query, the same markup.

BENCH_PAGE is a file with our page: what stands around its rows is fixed text here, the rows have the same cells.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from jinja2 import DictLoader

ROWS = """{% for number, title, kind, who, owner, department, state, due, used in rows %}
    <tr class="is-late">
      <td class="c-key">{{ number }}</td>
      <td class="c-what"><a class="open" href="/tickets/{{ number }}">{{ title }}</a><small>{{ kind }}</small></td>
      <td class="c-who">{{ who }}</td>
      <td class="c-who">{{ owner }}<small>{{ department }}</small></td>
      <td><span class="status late">{{ state }}</span></td>
      <td class="c-clock">{{ due }}<svg class="bar" aria-hidden="true"><rect width="{{ used }}%" height="3"/></svg></td>
    </tr>{% endfor %}"""
QUERY = """SELECT number, title, kind, caller_name, assignee_name, department_id, state, due_at, 100 FROM ticket
WHERE department_id = ? AND ended_at IS NULL ORDER BY priority, due_at, id LIMIT 50"""

connection = sqlite3.connect(f"file:{os.environ['BENCH_DATABASE']}?mode=ro", uri=True, check_same_thread=False)
department = connection.execute(
    "SELECT department_id FROM ticket WHERE ended_at IS NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
).fetchone()[0]
before, _tag, rest = Path(os.environ["BENCH_PAGE"]).read_text(encoding="utf-8").partition("<tbody>")
after = rest.partition("</tbody>")[2]
fixed = "{{% raw %}}{}{{% endraw %}}".format
app = Flask(__name__)
app.jinja_loader = DictLoader({"rows.html": f"{fixed(before)}<tbody>{ROWS}</tbody>{fixed(after)}"})


@app.get("/")
def rows() -> ResponseReturnValue:
    """Fifty rows in the frame of our page."""
    return render_template("rows.html", rows=connection.execute(QUERY, (department,)).fetchall())
