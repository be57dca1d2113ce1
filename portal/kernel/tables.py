"""Tables that come and go as files: CSV and XLSX.

Read with the line numbers that a person sees in the file, whatever its encoding, in bounded time and memory.
Written so that a spreadsheet opens them correctly and runs nothing that somebody typed into a cell.

    table = read_table(data)
    columns = table.columns({"number": ("工号", "Staff number"), "name": ("姓名", "Name")})
    for line, cells in table.records(columns):
        cells["number"], cells.get("name")
"""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple, cast
from xml.parsers import expat

from portal.kernel.clock import office_zone
from portal.kernel.errors import Refused
from portal.kernel.text import Said, printable, say

Cell = str | int | Decimal | date | datetime | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may hold: bytes as sent and when unpacked, rows below the head, columns, characters in a cell."""

    size: int = 64 << 20
    unpacked: int = 256 << 20
    rows: int = 200_000
    columns: int = 200
    cell: int = 100_000


LIMITS = Limits()
CHUNK = 1 << 16
NOT_A_TABLE = say("This file cannot be read as a table. Save it as CSV or XLSX and send it again.")


class Row(NamedTuple):
    """One row: the number that the person's program shows beside it, and its cells as trimmed text."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a line of a file: an import collects these and then does all or nothing."""

    line: int
    sentence: Said


class Table:
    """The first row that is not empty is its `head`; `rows` are those after it, without empty ones, at least as wide as
    the head. They may be walked more than once, which raises Refused, with the line, past a limit.

    Days read as 2026-10-12, numbers without thousands signs and needless zeros.
    """

    def __init__(self, source: _Csv | _Xlsx, limits: Limits) -> None:
        self._source, self._limits = source, limits
        first = next(self.all_rows(), None)
        if first is None:
            raise Refused(say("There is nothing in this file."))
        self.line, self.head = first

    @property
    def rows(self) -> Iterator[Row]:
        rows, width = self.all_rows(), len(self.head)
        next(rows)
        for count, (line, cells) in enumerate(rows, start=1):
            if count > self._limits.rows:
                raise Refused(say("More than {most} rows. Send the file in parts.", most=self._limits.rows))
            yield Row(line, cells + [""] * (width - len(cells)))

    def all_rows(self) -> Iterator[Row]:
        """Every row, for tables that need no head; without the empty cells at a row's end."""
        for line, raw in self._source.rows():
            cells = [printable(cell).strip() for cell in raw]
            while cells and not cells[-1]:
                cells.pop()
            if len(cells) > self._limits.columns:
                raise Refused(say("Line {line}: more than {most} columns.", line=line, most=self._limits.columns))
            if any(len(cell) > self._limits.cell for cell in cells):
                raise Refused(
                    say("Line {line}: a cell has more than {most} characters.", line=line, most=self._limits.cell)
                )
            if cells:
                yield Row(line, cells)

    def columns(self, names: Mapping[str, Collection[str]]) -> dict[str, int]:
        """Which column holds which field: `names` are the heads that a field may have, whatever their case.

        Raises Refused when two columns hold the same field.
        """
        known = {_folded(name): field for field, heads in names.items() for name in heads}
        found: dict[str, int] = {}
        for place, cell in enumerate(self.head):
            field = known.get(_folded(cell))
            if field in found:
                first = self.head[found[field]]
                raise Refused(
                    say("“{one}” and “{other}” say the same; leave one of these columns out.", one=first, other=cell)
                )
            if field:
                found[field] = place
        return found

    def records(self, columns: Mapping[str, int]) -> Iterator[tuple[int, dict[str, str]]]:
        """Line and cells by field. Raises Refused for a row that is wider than the head: its cells have slipped."""
        for line, cells in self.rows:
            if len(cells) > len(self.head):
                raise Refused(say("Line {line}: there are more cells than the head has columns.", line=line))
            yield line, {field: cells[place] for field, place in columns.items()}


def read_table(source: bytes | Path, limits: Limits = LIMITS) -> Table:
    """The table in a file, CSV or XLSX by its content, not by its name. Raises Refused for anything else.

    A file on the disk is read piece by piece: a long table of text costs no more memory than a short one.
    """
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > limits.size:
        raise Refused(say("This file is larger than {most} MB.", most=limits.size >> 20))
    with _opened(source) as file:
        head = file.read(4)
    if head == b"PK\x03\x04":
        return Table(_Xlsx(source, limits), limits)
    if head == b"\xd0\xcf\x11\xe0":
        raise Refused(say("This workbook is in an old format or has a password. Save it as XLSX without one."))
    return Table(_Csv(source), limits)


def _opened(source: bytes | Path) -> IO[bytes]:
    return source.open("rb") if isinstance(source, Path) else BytesIO(source)


def _folded(name: str) -> str:
    """A column's name without what people type differently: case, spaces, marks of requiredness."""
    return re.sub(r"[\s*＊_:：]+", "", name).casefold()


class _Csv:
    """CSV in UTF-8, UTF-16 (each with or without a mark) or GB 18030; comma, semicolon or tab between the cells."""

    def __init__(self, source: bytes | Path) -> None:
        self.source = source
        self.skip, self.encoding = _encoding(source)
        with self._text() as text:
            head = text.read(CHUNK).lstrip("\r\n")
        head = head[: re.search(r"[\r\n]|$", head).start()]  # type: ignore[union-attr]
        if any(ord(sign) < 32 and sign != "\t" for sign in head):
            raise Refused(NOT_A_TABLE)
        self.between = max(",;\t，", key=head.count)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        with self._text() as text:
            reader = csv.reader(text, delimiter=self.between, strict=True)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise Refused(
                        say("Line {line}: a quotation mark is not closed, or a cell is far too long.", line=line)
                    ) from error
                yield line, [_unguarded(cell) for cell in cells]

    def _text(self) -> TextIOWrapper:
        file = _opened(self.source)
        file.seek(self.skip)
        return TextIOWrapper(cast("BytesIO", file), self.encoding, newline="")


def _encoding(source: bytes | Path) -> tuple[int, str]:
    """Bytes to leave out at the beginning, and how the rest is to be read: all of it can be, or Refused is raised."""
    with _opened(source) as file:
        head = file.read(CHUNK)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return _readable(source, len(mark), name)
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even or odd:  # no other text has zeros: every second byte of Latin letters and signs in UTF-16
        return _readable(source, 0, "utf-16-le" if odd > even else "utf-16-be")
    return _readable(source, 0, "utf-8", "gb18030")


def _readable(source: bytes | Path, skip: int, *encodings: str) -> tuple[int, str]:
    for name in encodings:
        decode = codecs.getincrementaldecoder(name)().decode
        with _opened(source) as file:
            file.seek(skip)
            try:
                while piece := file.read(CHUNK):
                    decode(piece)
                decode(b"", True)
            except UnicodeDecodeError:
                continue
            return skip, name
    raise Refused(say("The characters of this file cannot be read. Save it as UTF-8 or GB 18030 and send it again."))


class _Xlsx:
    """The first sheet of a workbook. Everything in the package is weighed before the library reads it."""

    MOST_PARTS, MOST_ELEMENTS = 2_000, 100_000

    def __init__(self, source: bytes | Path, limits: Limits) -> None:
        self.source, self.limits = source, limits
        try:
            with _opened(source) as file, zipfile.ZipFile(file) as package:
                self._weigh(package)
        except (zipfile.BadZipFile, expat.ExpatError, RuntimeError, EOFError, OSError, zlib.error) as error:
            raise Refused(NOT_A_TABLE) from error

    def _weigh(self, package: zipfile.ZipFile) -> None:
        """Raises Refused for a package that unpacks to more than it may, or whose XML would cost too much to read."""
        parts = package.infolist()
        if len(parts) > self.MOST_PARTS or sum(part.file_size for part in parts) > self.limits.unpacked:
            raise Refused(say("This workbook unpacks to more than {most} MB.", most=self.limits.unpacked >> 20))
        for part in parts:
            if part.filename.casefold().endswith((".xml", ".rels")):
                self._weigh_part(package.open(part))

    def _weigh_part(self, part: IO[bytes]) -> None:
        """A row or string is thrown away once it is read, so that only what lies between two of them counts, and how
        many there are. A document type is refused: entities grow without end."""
        inside = ends = 0

        def start(_name: str, _attributes: Any) -> None:
            nonlocal inside
            inside += 1
            if inside > self.MOST_ELEMENTS:
                raise Refused(NOT_A_TABLE)

        def end(name: str) -> None:
            nonlocal inside, ends
            if name.rpartition(":")[2] in ("row", "si"):
                inside, ends = 0, ends + 1
                if ends > 10 * self.limits.rows:
                    raise Refused(say("More than {most} rows. Send the file in parts.", most=self.limits.rows))

        def document_type(*_words: Any) -> None:
            raise Refused(NOT_A_TABLE)

        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.StartDoctypeDeclHandler = document_type
        with part:
            while chunk := part.read(CHUNK):
                parser.Parse(chunk)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        from openpyxl import load_workbook  # slow to import, and only needed here

        file = _opened(self.source)
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its own size is not believed
            for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                if line > 1 << 20:  # no sheet is longer
                    raise Refused(NOT_A_TABLE)
                yield line, [_as_text(cell) for cell in cells]
        except Refused:
            raise
        except Exception as error:  # a broken workbook makes the library fail in any way there is
            raise Refused(NOT_A_TABLE) from error
        finally:
            file.close()


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return format(Decimal(format(value, ".15g")), "f")  # as the sheet shows it: 15 digits, no exponent
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
        case _:
            return str(value)


_RUNS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
LONGEST_CELL, MOST_ROWS = 32_767, 1_048_575
"""What a sheet of a workbook can hold, by its format: characters in a cell, rows below the head."""


def csv_file(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A CSV file piece by piece: UTF-8 with its mark, so that spreadsheets show Chinese, and nothing in it runs.

    Text that a spreadsheet would take for a formula gets an apostrophe in front; `read_table` takes it away again.
    """
    piece = StringIO()
    writer = csv.writer(piece)
    writer.writerow(map(_guarded, head))
    yield codecs.BOM_UTF8
    for row in rows:
        writer.writerow([_guarded(cell) if isinstance(cell, str) else _as_text(_local(cell)) for cell in row])
        if piece.tell() > CHUNK:
            yield _drained(piece)
    yield _drained(piece)


def xlsx_file(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A workbook of one sheet piece by piece: text stays text, days and amounts are real ones, the head stands still.

    Text past what a cell can hold is cut and ends in “…”. Raises Refused past what a sheet can hold.
    """
    import xlsxwriter  # slow to import, and only needed here

    as_it_is = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with SpooledTemporaryFile(max_size=8 << 20) as out:
        book = xlsxwriter.Workbook(out, {"constant_memory": True, **as_it_is})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(head) - 1, 0), 18)
        bold, day, moment, amount = (
            book.add_format(how)
            for how in (
                {"bold": True},
                {"num_format": "yyyy-mm-dd"},
                {"num_format": "yyyy-mm-dd hh:mm:ss"},
                {"num_format": "#,##0.00"},
            )
        )
        for column, name in enumerate(head):
            sheet.write_string(0, column, _short(name), bold)
        for line, row in enumerate(rows, start=1):
            if line > MOST_ROWS:
                book.close()  # it lets go of its own temporary files
                raise Refused(say("A workbook holds {most} rows. Take CSV, or narrow the list.", most=MOST_ROWS))
            for column, cell in enumerate(row):
                match _local(cell):
                    case None | "":
                        pass
                    case str() as text:
                        sheet.write_string(line, column, _short(text))
                    case datetime() as at:
                        sheet.write_datetime(line, column, at, moment)
                    case date() as on:
                        sheet.write_datetime(line, column, on, day)
                    case Decimal() as number:
                        sheet.write_number(line, column, number, amount)
                    case number:
                        sheet.write_number(line, column, number)
        book.close()
        out.seek(0)
        while chunk := out.read(CHUNK):
            yield chunk


def _guarded(text: str) -> str:
    return f"'{text}" if _RUNS.match(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _RUNS.match(text) else text


def _local(cell: Cell) -> Cell:
    """Moments as the office's wall clock shows them: a spreadsheet knows no time zones."""
    return cell.astimezone(office_zone()).replace(tzinfo=None) if isinstance(cell, datetime) else cell


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def _drained(piece: StringIO) -> bytes:
    text = piece.getvalue()
    piece.seek(0)
    piece.truncate()
    return text.encode("utf-8", "replace")
