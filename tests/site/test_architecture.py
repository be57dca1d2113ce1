"""The house: downwards only, no cycle, one place that commits, the request only at the door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = [
    {"kernel", "web"},
    {"organisation"},
    {"policies", "calendar"},
    {"customers", "lists", "training", "conduct", "deductions"},
    {"tickets", "archive", "duty", "attendance"},
    {"notifications", "audit"},
    {"today", "search", "reports", "check"},
    {"demo"},
]
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}
FILES = {"states", "rules", "events", "models", "queries", "actions", "jobs", "forms", "views", "cli", "__init__"}
SPLIT = ("views", "forms")
"""Files that a large feature may divide by subject: `department_views` is `views`, and held to the same."""
MAY_USE_THE_SESSION = {"queries", "actions", "jobs"}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / "portal").rglob("*.py")):
        if "translations" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    """Full names of what a module imports from the portal; imports for type checkers alone do not run."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            for inner in node.body:
                inner.__dict__["names"] = []
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("portal"):
            for name in node.names:
                yield f"{node.module}.{name.name}"
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("portal"))


def place(path: Path) -> tuple[str, str]:
    """(feature, kind of file) of a module of the portal; feature is "" for those at the top."""
    parts = path.relative_to(ROOT / "portal").with_suffix("").parts
    if len(parts) == 1:
        return "", parts[0]
    return parts[0], next((kind for kind in SPLIT if parts[-1].endswith(f"_{kind}")), parts[-1])


def test_features_import_downwards_only():
    wrong = []
    for path, tree in sources():
        feature, _file = place(path)
        if feature not in FLOOR_OF:
            continue
        for name in imports(tree):
            other = name.split(".")[1] if name.count(".") else ""
            if other in FLOOR_OF and other != feature and FLOOR_OF[other] > FLOOR_OF[feature]:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_features_of_one_floor_do_not_import_in_circles():
    edges = {
        (place(path)[0], name.split(".")[1])
        for path, tree in sources()
        for name in imports(tree)
        if place(path)[0] in FLOOR_OF and name.count(".") and name.split(".")[1] in FLOOR_OF
    }
    both = {(a, b) for a, b in edges if a < b and (b, a) in edges and {a, b} != {"kernel", "web"}}
    assert both == set()


def test_every_feature_stands_on_a_floor():
    features = {path.name for path in (ROOT / "portal").iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert features <= set(FLOOR_OF)


def test_the_kernel_knows_no_request_and_no_feature():
    for path, tree in sources():
        if place(path)[0] == "kernel":
            found = {name for name in imports(tree) if name.split(".")[1] not in ("kernel", "extensions", "config")}
            assert found == set(), path
            assert not uses(tree, {"request", "current_user", "session"}, "flask", "flask_login"), path


def test_only_the_kernel_commits():
    committing = [
        str(path.relative_to(ROOT))
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "commit" and "session" in ast.unparse(node.value)
    ]
    assert set(committing) <= {"portal/kernel/actions.py", "portal/kernel/jobs.py"}


def test_the_request_stands_only_at_the_door():
    for path, tree in sources():
        feature, file = place(path)
        if feature in ("web", "") or file == "views" or feature == "kernel":
            continue
        assert not uses(tree, {"request", "current_user", "flash"}, "flask", "flask_login"), path


def test_views_ask_no_database():
    for path, tree in sources():
        feature, file = place(path)
        if (
            feature in FLOOR_OF
            and feature not in ("kernel", "web", "demo", "organisation")
            and file in ("views", "forms", "rules", "states", "events")
        ):
            assert not any(name == "portal.extensions.db" for name in imports(tree)), path


def test_rules_know_neither_database_nor_flask():
    for path, tree in sources():
        if place(path)[1] in ("rules", "states"):
            modules = {getattr(node, "module", "") or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
            assert not {one for one in modules if one.split(".")[0] in ("flask", "sqlalchemy")}, path


def test_nothing_is_a_drawer():
    drawers = {"utils", "helpers", "common", "misc", "lib", "tools"}
    assert [path for path, _tree in sources() if path.stem in drawers] == []


@pytest.mark.parametrize(
    "top", ["portal", "templates", "static", "migrations", "tests", "wsgi.py", "pyproject.toml", "README.md"]
)
def test_the_top_of_the_house_is_as_agreed(top):
    assert (ROOT / top).exists()


def uses(tree: ast.Module, names: set[str], *modules: str) -> set[str]:
    return {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in modules
        for name in node.names
        if name.name in names
    }
