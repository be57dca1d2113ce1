"""Tables that people bring: CSV in the encodings of their programs, or XLSX. Every row knows its line in the file."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from portal.kernel.errors import Refused
from portal.kernel.text import say

MOST_UNPACKED = 120 * 1024 * 1024
"""Bytes of an XLSX once unpacked: several times what 100,000 rows need, and far below what hurts."""
LONGEST_CELL = 100_000


class Row(NamedTuple):
    """One row: the number that the person's program shows beside it, and its cells as trimmed text."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """The first row that is not empty, and those after it; `rows` can be walked once and leaves empty rows out."""

    head: list[str]
    rows: Iterator[Row]


def read_table(data: bytes) -> Table:
    """CSV (UTF-8, UTF-16, GB 18030; comma, semicolon or tab) or XLSX (its first sheet) as text.

    Days become 2026-10-01, whole numbers lose their .0. Raises Refused, also while `rows` is walked, for a file that is
    none of these, is damaged, or unpacks to more than 120 MB; the sentence names the line where there is one.
    """
    rows = _sheet(data) if data[:4] == b"PK\x03\x04" else _lines(_decoded(data))
    filled = (row for row in rows if any(row.cells))
    head = next(filled, None)
    if head is None:
        raise Refused(say("There is nothing in this file."))
    return Table(head.cells, filled)


def _decoded(data: bytes) -> str:
    """Text by its byte order mark; without one UTF-8, and GB 18030 for what is not."""
    marks = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
    marked = [encoding for mark, encoding in marks.items() if data.startswith(mark)]
    for encoding in marked or ["utf-8", "gb18030"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(say("This is no CSV or XLSX file: its text cannot be read as UTF-8, UTF-16 or GB 18030."))


def _lines(text: str) -> Iterator[Row]:
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t，", key=first.count)
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Refused(
                say("Line {line} is damaged: a quotation mark is open, or a cell is too long.", line=line)
            ) from error
        yield Row(line, [_short(cell.strip(), line) for cell in cells])


def _sheet(data: bytes) -> Iterator[Row]:
    """Walked lazily: a sheet of 100,000 rows is never in memory as a whole."""
    import openpyxl  # half a second, and most processes never read one

    damaged = Refused(say("This XLSX file is damaged or protected. Save it again as XLSX or CSV."))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
                raise Refused(say("This XLSX file is too large once unpacked. Save it as CSV, or in several parts."))
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for line, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            yield Row(line, [_short(_text(value), line) for value in cells])
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, SyntaxError, OSError, EOFError) as error:
        raise damaged from error


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _short(cell: str, line: int) -> str:
    if len(cell) > LONGEST_CELL:
        raise _damaged(line)
    return cell


def _damaged(line: int) -> Refused:
    return Refused(say("Line {line} is damaged: a quotation mark is open, or a cell is too long.", line=line))
