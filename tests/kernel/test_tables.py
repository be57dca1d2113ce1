"""Tables come in whatever a spreadsheet saved, with their line numbers, and leave so that nothing in them runs."""

import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from portal.kernel import tables
from portal.kernel.errors import Refused
from portal.kernel.tables import Limits, Row

ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]


def read(data: bytes, **limits: int) -> list[Row]:
    return list(tables.read_table(data, Limits(**limits)).rows)


def book(*rows: Iterable[Any]) -> bytes:
    made, out = Workbook(), BytesIO()
    for row in rows:
        made.worksheets[0].append(list(row))
    made.save(out)
    return out.getvalue()


def package(**parts: bytes) -> bytes:
    """A workbook with some of its parts replaced: `sheet`, `strings`."""
    names = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml"}
    new = {names.get(name, name): data for name, data in parts.items()}
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(book(["name"], ["Amal"]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for part in old.namelist():
            made.writestr(part, new.pop(part, None) or old.read(part))
        for part, data in new.items():
            made.writestr(part, data)
    return out.getvalue()


def wall(*parts: int) -> datetime:
    """A moment on a wall clock: spreadsheets know no time zones."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


def sheet(rows: bytes, before: bytes = b"") -> bytes:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return b'<?xml version="1.0"?>%s<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (before, space, rows)


@pytest.mark.attack(26)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_table_is_read_in_whatever_encoding_it_was_saved(encoding):
    found = tables.read_table("工号,姓名\r\n0007,张伟𠮷\r\n".encode(encoding))
    assert found.head == ["工号", "姓名"]
    assert list(found.rows) == [(2, ["0007", "张伟𠮷"])]


@pytest.mark.attack(26)
@pytest.mark.parametrize("between", [",", ";", "\t", "，"])
def test_cells_may_be_parted_by_comma_semicolon_or_tab(between):
    assert read(f"a{between}b\n1{between} 2 ".encode()) == [(2, ["1", "2"])]


@pytest.mark.attack(26)
def test_every_row_knows_the_line_that_a_person_sees():
    text = '\nname,note\nAmal,"two\nlines"\n\n,,\nBen,one\n'
    assert read(text.encode()) == [(3, ["Amal", "two\nlines"]), (7, ["Ben", "one"])]
    assert read(book(["name"], ["Amal"], [], ["Ben"])) == [(2, ["Amal"]), (4, ["Ben"])]


def test_cells_of_a_workbook_read_as_a_person_sees_them():
    (row,) = read(
        book(
            ["a", "b", "c", "d", "e", "f", "g"],
            [13800138000, 0.1 + 0.2, date(2026, 10, 12), wall(2026, 10, 12, 9, 30), True, None, "  007 "],
        )
    )
    assert row.cells == ["13800138000", "0.3", "2026-10-12", "2026-10-12 09:30:00", "TRUE", "", "007"]


NAMES = {"number": ("工号", "staff number"), "name": ("姓名", "Name"), "mail": ("邮箱", "Mail")}


def test_a_column_is_known_by_its_name_in_any_language_whatever_its_case():
    found = tables.read_table("Staff Number *,姓名：,shoe size\n7,张伟,43\n8".encode())
    columns = found.columns(NAMES)
    assert columns == {"number": 0, "name": 1}
    assert list(found.records(columns)) == [(2, {"number": "7", "name": "张伟"}), (3, {"number": "8", "name": ""})]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "nothing in this file"),
        ("\n , ,\n", "nothing in this file"),
        ("工号,staff number\n1,2", "“工号” and “staff number” say the same"),
        ("a,b\n1,2,3", "Line 2: there are more cells"),
        ('a,b\n1,2\n"1,2\n3,4', "Line 3: a quotation mark is not closed"),
        ("\x01\x02\x03,b\n1,2", "cannot be read as a table"),
    ],
)
def test_a_file_that_is_no_good_table_is_refused_with_its_line(app, text, sentence):
    def walk():
        found = tables.read_table(text.encode())
        return list(found.records(found.columns(NAMES)))

    with app.test_request_context(headers={"Accept-Language": "en"}), pytest.raises(Refused, match=sentence):
        walk()


@pytest.mark.attack(26)
@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe\x00", b"%PDF-1.7\xff\xff\x80\x80", b"PK\x03\x04 torn", b"\xd0\xcf\x11\xe0 old", bytes(range(256))],
)
def test_what_is_no_table_at_all_is_refused(data):
    with pytest.raises(Refused):
        read(data)


@pytest.mark.attack(7)
@pytest.mark.parametrize(
    ("limit", "within", "beyond"),
    [
        ({"size": 6}, b"a\n1\n2\n", b"a\n1\n23\n"),
        ({"rows": 2}, b"a\n1\n2\n", b"a\n1\n2\n3\n"),
        ({"columns": 2}, b"a,b\n1,2", b"a,b,c\n1,2,3"),
        ({"cell": 3}, b"a\n123", b"a\n1234"),
        ({"rows": 2}, book(["a"], [1], [2]), book(["a"], [1], [2], [3])),
        ({"columns": 2}, book(["a", "b"]), book(["a", "b", "c"])),
        ({"cell": 3}, book(["a"], ["123"]), book(["a"], ["1234"])),
    ],
)
def test_a_file_holds_as_much_as_its_limits_and_no_more(limit, within, beyond):
    read(within, **limit)
    with pytest.raises(Refused):
        read(beyond, **limit)


@pytest.mark.attack(7)
@pytest.mark.parametrize(
    "bomb",
    [
        package(**{"xl/media/zeros.bin": bytes(9 << 20)}),
        package(strings=b"<sst>" + b"<si/>" * 100_000 + b"</sst>"),
        package(sheet=sheet(b"<row>" + b"<c/>" * 200_000 + b"</row>")),
        package(sheet=sheet(b"<junk/>" * 200_000)),
        package(sheet=sheet(b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>')),
        package(sheet=sheet(b'<row r="1"><c r="ZZZZZZZZZ1"><v>1</v></c></row>')),
        package(sheet=sheet(b"<row><c t='inlineStr'><is><t>&b;</t></is></c></row>", b'<!DOCTYPE a [<!ENTITY b "c">]>')),
        package(sheet=b"no xml"),
        package(**{"[Content_Types].xml": b"<Types/>"}),
    ],
    ids=["unpacks", "strings", "cells", "junk", "row", "column", "entities", "no xml", "no sheet"],
)
def test_a_bomb_in_a_workbook_is_refused_before_it_goes_off(bomb):
    with pytest.raises(Refused):
        read(bomb, unpacked=8 << 20, rows=1_000)


HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "'=1",
    '=HYPERLINK("http://a.example")',
    "甲\n乙",
    "'",
    "",
]


@pytest.mark.attack(25)
def test_no_cell_that_somebody_typed_runs_in_a_spreadsheet():
    written = b"".join(tables.csv_file(["=head"], [[text] for text in HOSTILE]))
    assert written.startswith(b"\xef\xbb\xbf'=head\r\n")
    for line in written.decode("utf-8-sig").split("\r\n"):
        assert not line.lstrip('"')[:1] or line.lstrip('"')[0] not in "=+-@\t\r＝＋－＠"

    sheet = load_workbook(BytesIO(b"".join(tables.xlsx_file(["=head"], [[text] for text in HOSTILE])))).worksheets[0]
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s"}
    assert sheet["A2"].value == "=1+1"


@pytest.mark.attack(25)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)))
@settings(deadline=None, max_examples=50)
def test_what_was_written_is_read_back_as_it_was(cells):
    data = b"".join(tables.csv_file(["head"], [[cell] for cell in cells]))
    assert [row.cells[0] for row in read(data)] == cells


@pytest.mark.attack(25)
@pytest.mark.parametrize("written", [tables.csv_file, tables.xlsx_file])
def test_hostile_text_is_read_back_as_it_was(written):
    data = b"".join(written(["head"], [[text] for text in HOSTILE]))
    assert [row.cells[0] for row in read(data)] == [text.strip() for text in HOSTILE if text]


def test_days_moments_and_amounts_are_real_ones_in_a_workbook_and_plain_text_in_csv(app):
    row = [date(2026, 10, 12), datetime(2026, 10, 12, 2, 0, tzinfo=UTC), Decimal("4000.00"), 7, None]
    head = ["a", "b", "c", "d", "e"]
    assert b"".join(tables.csv_file(head, [row])).decode("utf-8-sig") == (
        "a,b,c,d,e\r\n2026-10-12,2026-10-12 10:00:00,4000.00,7,\r\n"
    )
    found = load_workbook(BytesIO(b"".join(tables.xlsx_file(head, [row])))).worksheets[0]
    assert [cell.value for cell in found[2]] == [
        wall(2026, 10, 12), wall(2026, 10, 12, 10, 0), 4000, 7, None,
    ]  # fmt: skip


def test_text_longer_than_a_cell_of_a_workbook_is_cut_and_says_so():
    longest = "甲" * tables.LONGEST_CELL
    data = b"".join(tables.xlsx_file(["a"], [[longest], [longest + "乙"]]))
    assert [row.cells[0][-2:] for row in read(data)] == ["甲甲", "甲…"]


@pytest.mark.attack(26)
def test_a_hundred_thousand_rows_are_read():
    text = "工号,姓名\n" + "\n".join(f"{number},张伟" for number in range(100_000))
    rows = read(text.encode("gb18030"))
    assert len(rows) == 100_000
    assert rows[-1] == (100_001, ["99999", "张伟"])
