"""The catalogues are complete, and the tool that keeps them mends what a merge leaves behind."""

import subprocess
from pathlib import Path

import pytest

from portal.translations import update
from portal.translations.update import CONVERTED, WRITTEN, Entry, Key, parse, render


@pytest.mark.parametrize("locale", [WRITTEN, CONVERTED])
def test_every_text_is_translated_with_the_same_placeholders(locale: str) -> None:
    assert list(update.complaints(update.up_to_date()[locale])) == []


@pytest.mark.parametrize("locale", [WRITTEN, CONVERTED])
def test_the_catalogue_is_in_step_with_the_sources(locale: str) -> None:
    assert update.path_of(locale).read_text("utf-8") == render(update.up_to_date()[locale], locale), "run `make texts`"


def catalogue(**texts: str) -> dict[Key, Entry]:
    return {Key("", text): Entry(translation=translation) for text, translation in texts.items()}


def merged(folder: Path, base: dict[Key, Entry], *sides: dict[Key, Entry]) -> str:
    """What git leaves of two branches in a file that merges by union."""
    names = ["ours", "base", "theirs"]
    for name, entries in zip(names, [sides[0], base, sides[1]], strict=True):
        (folder / name).write_text(render(entries, WRITTEN), "utf-8")
    done = subprocess.run(["git", "merge-file", "--union", "-p", *names], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()


def test_two_branches_that_add_texts_at_one_place_keep_both(tmp_path: Path) -> None:
    base = catalogue(Aa="甲", Zz="癸")
    ours, theirs = base | catalogue(Bb="乙", Cc="丙"), base | catalogue(Cd="", Dd="丁")
    assert parse(merged(tmp_path, base, ours, theirs)) == ours | theirs


def test_a_translation_wins_over_none_whichever_branch_wrote_it(tmp_path: Path) -> None:
    base = catalogue(Aa="甲", Zz="癸")
    for ours, theirs in [("", "乙"), ("乙", "")]:
        both = merged(tmp_path, base, base | catalogue(Bb=ours), base | catalogue(Bb=theirs))
        assert parse(both) == base | catalogue(Bb="乙")


def test_the_first_of_two_translations_stays(tmp_path: Path) -> None:
    base = catalogue(Aa="甲", Zz="癸")
    both = merged(tmp_path, base, base | catalogue(Aa="乙"), base | catalogue(Aa="丙"))
    assert parse(both) == base | catalogue(Aa="乙")


def test_a_text_whose_translation_a_merge_lost_is_asked_for_again() -> None:
    torn = 'msgid ""\nmsgstr ""\n\nmsgid "Bb"\nmsgid "Cc"\nmsgstr "丙"\n'
    assert parse(torn) == catalogue(Bb="", Cc="丙")


def test_a_catalogue_reads_back_as_it_was_written() -> None:
    entries = {
        Key("", 'Say "yes"\nor \\ no'): Entry(translation="说“是”\n或 \\ 否"),
        Key("", "%(num)s ticket"): Entry("%(num)s tickets", "%(num)s 张工单"),
        Key("clock", "due"): Entry(translation="到期", remarks=["# not the money"]),
        Key("", "maybe"): Entry(translation="也许", fuzzy=True),
    }
    assert parse(render(entries, WRITTEN)) == entries


def test_strings_over_several_lines_are_understood_as_other_editors_write_them() -> None:
    assert parse('msgid ""\n"one\\n"\n"two"\nmsgstr ""\n"一\\n"\n"二"\n') == catalogue(**{"one\ntwo": "一\n二"})


def test_traditional_texts_follow_the_simplified_ones_but_not_where_a_person_remarked() -> None:
    written = catalogue(print="打印", archive="档案")
    by_hand = {Key("", "archive"): Entry(translation="卷宗", remarks=["# the archive says so"])}
    stale = {Key("", "print"): Entry(translation="印")}
    assert update.converted(written, by_hand | stale) == catalogue(print="列印") | by_hand


@pytest.mark.parametrize(
    ("text", "translation", "complaint"),
    [
        ("Due {day}", "到期", "other placeholders"),
        ("Due %(day)s", "%(date)s 到期", "other placeholders"),
        ("Closed.", "", "no translation"),
        ("Closed.", "已关闭！", "shouts"),
    ],
)
def test_complaints_name_what_a_reader_would_stumble_over(text: str, translation: str, complaint: str) -> None:
    (sentence,) = update.complaints(catalogue(**{text: translation}))
    assert sentence.startswith(complaint)
