"""The pages say what is so: generated parts are current, examples run, links lead somewhere."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from lossmit_udfs import FUNCTIONS
from lossmit_udfs.call import call
from lossmit_udfs.catalog import BY_NAME
from lossmit_udfs.vba import XLWINGS_VERSION
from lossmit_xl import states
from lossmit_xl.assumptions import INPUTS
from lossmit_xl.columns import LOAN_COLUMNS
from lossmit_xl.expr import Expr, name
from lossmit_xl.model import SECTIONS, flow_model, flows, model, yield_model, yields
from lossmit_xl.ops import BLANK, annuity, first_of, known, maximum, not_, where

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
METHOD = DOCS / "method.md"


def _script(stem: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(stem, DOCS / f"{stem}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def make_method() -> ModuleType:
    return _script("make_method")


# --- method.md


def test_the_method_page_is_what_the_script_writes(make_method: ModuleType) -> None:
    assert METHOD.read_text(encoding="utf-8") == make_method.page(), "run python docs/make_method.py"


def test_every_column_has_its_rule(make_method: ModuleType) -> None:
    """Each column stands on the page by its name, or as a block's column under one of the prefixes listed."""
    text = METHOD.read_text(encoding="utf-8")
    own = set(re.findall(r"^\| `(\w+)` \| .* \| `.+` \|$", text, re.MULTILINE))
    prefixes = set(re.findall(r"^\| `(\w+)_…` \| \[(\w+)\]", text, re.MULTILINE))
    rows: dict[str, set[str]] = {}
    for block, table in re.findall(r"^### Block (\w+)\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL):
        rows[block] = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    from_blocks = {f"{prefix}_{column}" for prefix, block in prefixes for column in rows[block]}
    tried = {name for name, column in yield_model().columns.items() if column.section != "yields"}  # the model's again
    wanted = {*model().columns, *flow_model().columns, *yield_model().columns} - tried
    assert wanted == wanted & (own | from_blocks)
    assert len(from_blocks) > 400


def test_every_input_and_state_is_listed() -> None:
    text = METHOD.read_text(encoding="utf-8")
    for entry in (*LOAN_COLUMNS, *INPUTS):
        assert f"\n| `{entry.name}` | " in text, entry.name
    for code, row in states().iterrows():
        assert re.search(rf"^\| `{code}` \| .*{row['fc_months']} \[\d+\]", text, re.MULTILINE), code


def test_every_section_has_its_chapter(make_method: ModuleType) -> None:
    chapters = re.findall(r"^## (.+)$", METHOD.read_text(encoding="utf-8"), re.MULTILINE)
    titles = [make_method.TITLES[module.__name__.rpartition(".")[2]] for module in (*SECTIONS, yields, flows)]
    assert [chapter for chapter in chapters if chapter in titles] == titles


a, b, c = (name(letter) for letter in "abc")
READABLE = [
    (a - (b - c), "a - (b - c)"),
    (a - b - c, "a - b - c"),
    (a / (b * c), "a / (b * c)"),
    (a / b * c, "a / b * c"),
    (-(a + b) * 2, "-(a + b) * 2"),
    ((a + b) * 0.5 + 1e-6, "(a + b) * 0.5 + 0.000001"),
    ((a > 0) & ((b > 0) | (c != "x")), 'a > 0 and (b > 0 or c <> "x")'),
    (where(a > b, BLANK, where(known(c), c, 0)), "if a > b then blank else if c is known then c else 0"),
    (1 + where(a > 0, a, b), "1 + (if a > 0 then a else b)"),
    (not_(a == "yes") & known(b), 'not(a = "yes") and b is known'),
    (first_of(a < 0, "floor", b <= a, "yield", "value"), '"floor" if a < 0; "yield" if b <= a; else "value"'),
    (maximum(0, annuity(a, b + 1)), "max(0, annuity(a, b + 1))"),
    ((a > b) * c, "(a > b) * c"),
]


@pytest.mark.parametrize(("rule", "text"), READABLE, ids=[text for _, text in READABLE])
def test_rules_read_as_they_compute(rule: object, text: str, make_method: ModuleType) -> None:
    assert make_method.readable(rule) == text


def test_readable_rules_compute_the_same(make_method: ModuleType) -> None:
    """A rule's text, evaluated by Python where it happens to be Python, is the rule."""
    values = {"a": 7.0, "b": 3.0, "c": 2.0}
    for rule in (a - (b - c), a / (b * c), a / b / c, a - b + c, a * (b + c), -(a - b) / c, (a - b) * (c - a) / -b):
        text = make_method.readable(rule)
        assert eval(text, {}, values) == pytest.approx(_value(rule, values)), text


def _value(node: object, values: dict[str, float]) -> float:
    if not isinstance(node, Expr):
        return float(node)  # type: ignore[arg-type]
    if node.op == "name":
        return values[node.args[0]]
    parts = [_value(arg, values) for arg in node.args]
    operations = {"+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "/": lambda x, y: x / y,
                  "neg": lambda x: -x}  # fmt: skip
    return float(operations[node.op](*parts))


# --- functions.md


def test_the_functions_page_is_what_the_script_writes() -> None:
    page = (DOCS / "functions.md").read_text(encoding="utf-8")
    assert page == _script("make_functions").page(), "run python docs/make_functions.py"


def test_every_function_argument_and_number_of_the_guide() -> None:
    """Each function has its entry and arguments; what the prose says of a result is the result."""
    page = (DOCS / "functions.md").read_text(encoding="utf-8")
    for function in FUNCTIONS:
        entry = page.partition(f"#### {function.name}\n")[2].partition("####")[0]
        assert f"`={function.signature}`" in entry
        assert all(f"`{a.name}`" in entry or f"`[{a.name}]`" in entry for a in function.arguments)
    said = re.search(r"^=MODPAYMENT\((.*)\) {8}([\d,.]+)$", page, re.MULTILINE)
    assert said is not None
    payment = call(BY_NAME["MODPAYMENT"], *map(float, said[1].split(",")))
    assert f"{payment:,.2f}" == said[2]
    for sentence, given in (("annual_rate is 'x', not a number.", "x"), ("did you mean 0.05 (5 %)?", 5)):
        assert sentence in page and sentence in call(BY_NAME["LM_WHY"], "MODPAYMENT", 250_000, given, 360)


def test_the_guide_names_the_versions_that_are_pinned() -> None:
    page = (DOCS / "functions.md").read_text(encoding="utf-8")
    node = json.loads((ROOT / "tests" / "package.json").read_text(encoding="utf-8"))
    assert f"xlwings64-{XLWINGS_VERSION}.dll" in page and f"xlwings=={XLWINGS_VERSION}" in page
    assert f"Pyodide {node['devDependencies']['pyodide']}" in page


# --- README.md


def test_the_commands_print_what_the_readme_shows() -> None:
    assert _script("make_readme").page() == README.read_text(encoding="utf-8"), "run python docs/make_readme.py"


def test_the_example_in_python_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 10
    monkeypatch.chdir(ROOT)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})
    shown = out.getvalue()
    coverage = re.search(r"^Valued +(.*)$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert coverage is not None and coverage[1] in shown  # the yield changes the bid, not who can be valued
    for word in ("bid_binding", "probability", "irr", "not valued"):
        assert word in shown, word


def test_a_check_goes_red_where_a_page_is_old(tmp_path: Path) -> None:
    functions = DOCS / "functions.md"
    for stem, page in (("make_method", METHOD), ("make_readme", README), ("make_functions", functions)):
        script = tmp_path / "docs" / f"{stem}.py"
        script.parent.mkdir(exist_ok=True)
        script.write_text((DOCS / f"{stem}.py").read_text(encoding="utf-8"), encoding="utf-8")
        for prose in DOCS.glob("*.md"):
            (tmp_path / "docs" / prose.name).write_text(prose.read_text(encoding="utf-8"), encoding="utf-8")
        (tmp_path / "README.md").write_text("```console\n$ lossmit --version\nold\n```\n", encoding="utf-8")
        copy = tmp_path / page.relative_to(ROOT)
        if page is not README:
            copy.write_text(copy.read_text(encoding="utf-8").replace("`upb`", "`ubp`", 1), encoding="utf-8")
        done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
        assert done.returncode == 1 and f"run python docs/{stem}.py" in done.stderr, done.stderr


# --- all pages

PAGES = [README, ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("http"):
            continue
        file, _, heading = target.partition("#")
        there = page.parent / file if file else page
        assert there.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in headings}
            assert heading in slugs, target


@pytest.mark.parametrize("page", [DOCS / "architecture.md"], ids=["architecture.md"])
def test_files_that_are_named_exist(page: Path) -> None:
    for path in re.findall(r"`((?:tests|docs|workbook|lossmit_xl)/[\w/.]*)`", page.read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"`(test_\w+\.py)`", page.read_text(encoding="utf-8")):
        assert (ROOT / "tests" / path).exists(), path
