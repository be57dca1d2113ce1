"""Tables that people bring are read whatever program wrote them, and refused in a sentence when they cannot be."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from portal.kernel.errors import Refused
from portal.kernel.tables import MOST_UNPACKED, Row, read_table


def read(data: bytes) -> tuple[list[str], list[Row]]:
    table = read_table(data)
    return table.head, list(table.rows)


def sheet(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.attack(26)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_csv_is_read_in_the_encodings_of_peoples_programs(encoding):
    assert read("姓名,电话\n张伟,8001\n".encode(encoding)) == (["姓名", "电话"], [Row(2, ["张伟", "8001"])])


@pytest.mark.parametrize("mark", [",", ";", "\t", "，"])
def test_cells_are_parted_by_comma_semicolon_or_tab(mark):
    assert read(f"日期{mark}类型\r\n2026-10-01{mark} 假 ".encode()) == (
        ["日期", "类型"],
        [Row(2, ["2026-10-01", "假"])],
    )


def test_line_numbers_are_those_of_the_file_even_with_line_ends_inside_cells_and_empty_lines():
    head, rows = read(b'\na,b\n"one\ntwo",2\n,\n3,4\n')
    assert head == ["a", "b"]
    assert rows == [Row(3, ["one\ntwo", "2"]), Row(6, ["3", "4"])]


def test_xlsx_is_read_as_text_with_days_and_whole_numbers():
    days = [date(2026, 10, 1), 3.0, datetime(2026, 10, 1, 8, 30)]  # noqa: DTZ001 (a sheet knows no zones)
    head, rows = read(sheet(["日期", "数", "时刻"], days, [], [None, "甲", 1.5]))
    assert head == ["日期", "数", "时刻"]
    assert rows == [Row(2, ["2026-10-01", "3", "2026-10-01 08:30:00"]), Row(4, ["", "甲", "1.5"])]


@pytest.mark.attack(26)
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "nothing in this file"),
        (b"\n\n , \n", "nothing in this file"),
        (b"\xff\xfe\x00", "cannot be read as UTF-8"),
        (b"\x81\xff\xff", "cannot be read as UTF-8"),
        (b'a,b\n1,"' + b"x" * 200_000, "damaged"),
        (b"PK\x03\x04 and nothing more", "damaged or protected"),
        (sheet(["a"])[:-200], "damaged or protected"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(data, why):
    with pytest.raises(Refused) as no:
        read(data)
    assert why in no.value.sentence.template


@pytest.mark.attack(7)
def test_a_sheet_that_unpacks_to_more_than_it_should_is_not_unpacked():
    out = io.BytesIO(sheet(["a"]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as parts, parts.open("bomb", "w") as bomb:
        for _ in range(MOST_UNPACKED // 1024**2 + 1):
            bomb.write(bytes(1024**2))
    with pytest.raises(Refused) as no:
        read(out.getvalue())
    assert "too large once unpacked" in no.value.sentence.template
