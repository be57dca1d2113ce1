"""Keep the catalogues in step with the sources: `make texts` runs this file, `make check` runs it with `--check`.

The English text in the sources is the key. zh_Hans_CN is written by people. zh_Hant_TW is made from it anew each time
by OpenCC (Taiwan's characters and words), except for entries that carry a remark (`# because …`): those were written by
hand and are kept.

The files are made for quiet merges: sorted, one string on one line, no dates, no source lines. `*.po` merges by union,
which leaves doubled, broken or unsorted entries behind. Reading therefore forgives all of that, and the next run
repairs it: of two entries for the same text the one with a translation stays.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from json import dumps, loads
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WRITTEN, CONVERTED = "zh_Hans_CN", "zh_Hant_TW"
TITLES = {
    WRITTEN: "Simplified Chinese, written by people. `make texts` sorts this file and adds what is new.",
    CONVERTED: "Traditional Chinese, made by `make texts`. Only entries with a remark above them are kept as they are.",
}

SOURCES = {
    "portal": [("**.py", "python")],
    "templates": [("**", "jinja2")],
}
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2), "say": None}
TEMPLATES_ARE_READ_AS_BY_THE_PORTAL = {
    "extensions": "jinja2.ext.do",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "silent": "false",  # a template that cannot be read is an error, not one without texts
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{[^{}]*\}")
PART = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr)(?:\[0\])?\s+(".*")\s*$')


@dataclass(frozen=True, order=True)
class Key:
    """What identifies a text: its context (mostly empty) and its English."""

    context: str
    text: str


@dataclass
class Entry:
    """One text: `plural` is its English plural, `translation` is empty while nobody wrote one."""

    plural: str = ""
    translation: str = ""
    remarks: list[str] = field(default_factory=list)
    fuzzy: bool = False


Entries = dict[Key, Entry]


def from_sources() -> Entries:
    """Every text that the code and the templates ask for, without translations."""
    found, options = Catalog(), {"**": TEMPLATES_ARE_READ_AS_BY_THE_PORTAL}
    for folder, methods in SOURCES.items():
        for _, _, text, _, context in extract_from_dir(ROOT / folder, methods, options, KEYWORDS):
            found.add(text, context=context)
    entries: Entries = {}
    for message in found:
        one, many = message.id if isinstance(message.id, tuple) else (message.id, "")
        if one:
            entries[Key(str(message.context or ""), str(one))] = Entry(str(many))
    return entries


def parse(text: str) -> Entries:
    """The entries of a catalogue, whatever a merge has done to it."""
    entries: Entries = {}
    for block in _blocks(text.splitlines()):
        key = Key(block.get("msgctxt", ""), block["msgid"])
        remarks = [line for line in block["#"].splitlines() if line.startswith("# ")]
        entry = entries.setdefault(key, Entry())
        entry.plural = entry.plural or block.get("msgid_plural", "")
        entry.translation = entry.translation or block.get("msgstr", "")
        entry.remarks = list(dict.fromkeys(entry.remarks + remarks))
        entry.fuzzy = entry.fuzzy or "#, fuzzy" in block["#"]
    entries.pop(Key("", ""), None)  # the head of the file, which is written anew
    return entries


def _blocks(lines: list[str]) -> Iterator[dict[str, str]]:
    """The parts of each entry by their keyword, doubled and broken entries included; `#` holds the lines above it."""
    block, last = {"#": ""}, ""
    for line in lines:
        if line.startswith('"'):  # goes on with the string of the line before
            block[last] = block.get(last, "") + loads(line)
            continue
        part = PART.match(line)
        name = part[1] if part else line[:1]
        if name in ("#", "msgctxt", "msgid") and "msgid" in block:
            yield block
            block = {"#": ""}
        if part:
            # Of two strings for one keyword the first stays; a merge put the second one there.
            last = name if not block.get(name) else "dropped"
            block[last] = loads(part[2])
        elif name == "#":
            block["#"] += line + "\n"
    if "msgid" in block:
        yield block


def render(entries: Entries, locale: str) -> str:
    """The catalogue as it stands in the file."""
    head = f"Language: {locale}\nContent-Type: text/plain; charset=utf-8\nPlural-Forms: nplurals=1; plural=0;\n"
    parts = [f'# {TITLES[locale]}\nmsgid ""\nmsgstr {_quoted(head)}\n']
    for key, entry in sorted(entries.items()):
        lines = entry.remarks + ["#, fuzzy"] * entry.fuzzy
        lines += [f"msgctxt {_quoted(key.context)}"] * bool(key.context)
        lines += [f"msgid {_quoted(key.text)}"]
        lines += [f"msgid_plural {_quoted(entry.plural)}"] * bool(entry.plural)
        lines += [f"msgstr{'[0]' * bool(entry.plural)} {_quoted(entry.translation)}"]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _quoted(text: str) -> str:
    return dumps(text, ensure_ascii=False)


def translated(asked: Entries, catalogue: Entries) -> Entries:
    """What the sources ask for, with the translations that the catalogue has; what nobody asks for is dropped."""
    result: Entries = {}
    for key, entry in asked.items():
        known = catalogue.get(key, Entry())
        result[key] = Entry(entry.plural, known.translation, known.remarks, known.fuzzy)
    return result


def converted(written: Entries, catalogue: Entries) -> Entries:
    """Traditional Chinese from Simplified, but entries of `catalogue` with a remark as they are."""
    from opencc import OpenCC

    convert = OpenCC("s2twp").convert
    return {
        key: by_hand
        if (by_hand := catalogue.get(key)) and by_hand.remarks
        else Entry(entry.plural, convert(entry.translation))
        for key, entry in written.items()
    }


def complaints(entries: Entries) -> Iterator[str]:
    """What a reader of this catalogue would stumble over, one sentence each."""
    for key, entry in sorted(entries.items()):
        wanted, given = (
            sorted(set(PLACEHOLDER.findall(text))) for text in (entry.plural or key.text, entry.translation)
        )
        if not entry.translation:
            yield f"no translation: {key.text!r}"
        elif entry.fuzzy:
            yield f"marked as doubtful: {key.text!r}"
        elif wanted != given:
            yield f"other placeholders: {key.text!r} has {wanted}, {entry.translation!r} has {given}"
        elif "！" in entry.translation:
            yield f"shouts: {entry.translation!r}"


def refused(text: str, locale: str) -> Iterator[str]:
    """What the compiler does not take: a “%” before a space and a letter is a placeholder to it."""
    for message, errors in read_po(BytesIO(text.encode()), locale=locale).check():
        yield f"{locale} cannot be compiled: {message.id!r}: {errors[0]}"


def path_of(locale: str) -> Path:
    """Where the catalogue of `locale` stands."""
    return HERE / locale / "LC_MESSAGES" / "messages.po"


def up_to_date() -> dict[str, Entries]:
    """Both catalogues as they should be now."""
    before = {locale: parse(path_of(locale).read_text("utf-8")) for locale in TITLES}
    written = translated(from_sources(), before[WRITTEN])
    return {WRITTEN: written, CONVERTED: converted(written, before[CONVERTED])}


def compile_catalogue(locale: str) -> None:
    """Write the binary form beside the catalogue, which the portal reads."""
    path = path_of(locale)
    catalogue = read_po(BytesIO(path.read_bytes()), locale=locale)
    with path.with_suffix(".mo").open("wb") as out:
        write_mo(out, catalogue)


def compile_what_changed() -> None:
    """Compile the catalogues that are newer than their binary form."""
    for locale in TITLES:
        source = path_of(locale)
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            compile_catalogue(locale)


def main(check: bool) -> int:
    """Write the catalogues, or with `check` only compare them: exit code 1 with any complaint."""
    found: dict[str, None] = {}  # a text without a translation is missing in both: it is named once
    for locale, entries in up_to_date().items():
        path, text = path_of(locale), render(entries, locale)
        found |= dict.fromkeys(complaints(entries))
        found |= dict.fromkeys(refused(text, locale))
        if not check:
            path.write_text(text, "utf-8", newline="\n")
            compile_catalogue(locale)
        elif path.read_text("utf-8") != text:
            found[f"{locale} is not in step with the sources: run `make texts`."] = None
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.stdout.write(f"{len(entries)} texts, {len(found)} complaints.\n")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
