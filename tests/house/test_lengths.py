"""The house's own rules on size: functions are one thought, modules stay readable, names say what is inside."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSE = ("amprenta_core", "plugins", "docs", "benchmarks")
LONGEST_FUNCTION, NINE_OF_TEN, LONGEST_MODULE = 60, 24, 400
HIDING = {"utils", "helpers", "common", "base", "misc", "core", "manager", "types", "constants"}


def modules() -> list[Path]:
    return [
        path
        for room in HOUSE
        for path in sorted((ROOT / room).rglob("*.py"))
        if not {"tests", "build", "migrations"} & set(path.relative_to(ROOT).parts)
    ]


def functions() -> Iterator[tuple[int, str]]:
    """Lines of each function, its docstring left out, and where it stands."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield length(node), f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert node.end_lineno is not None
    whole = node.end_lineno - node.lineno + 1
    first = node.body[0]
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    if not is_text or first.end_lineno is None:
        return whole
    return whole - (first.end_lineno - first.lineno + 1)


def test_no_function_is_longer_than_one_screen() -> None:
    assert [(n, where) for n, where in functions() if n > LONGEST_FUNCTION] == []


def test_nine_of_ten_functions_are_short() -> None:
    lengths = sorted(n for n, _ in functions())
    assert lengths[int(len(lengths) * 0.9)] <= NINE_OF_TEN


def test_no_module_is_longer_than_can_be_read_at_once() -> None:
    sizes = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n") for path in modules()}
    assert {name: size for name, size in sizes.items() if size > LONGEST_MODULE} == {}


def test_no_module_hides_what_is_inside() -> None:
    assert [path for path in modules() if path.stem in HIDING] == []


def test_nothing_was_left_for_later() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "X" * 3)
    found = [
        f"{path.relative_to(ROOT)}:{n}"
        for path in modules()
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(word in line for word in words)
    ]
    assert found == []
