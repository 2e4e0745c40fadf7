"""One Python file out of the definitions that some roots need: found by following the names in their source.

Each definition goes over as it is written, in the order of its module, without what only the package needs: type
hints, imports of our own, methods that nobody calls. Two of the same name are told apart by their module's. Whatever
cannot be carried over (another package, a module used as a value) is a `BundleError`, never left out in silence.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

OWN = ("lossmit_xl", "lossmit_udfs")
Key = tuple[str, str]
"""A definition: module, name."""
Edit = tuple[int, int, str]
"""Characters from, to, and what stands there instead."""


class BundleError(Exception):
    """A definition that cannot be carried into the file."""


def _own(module: str) -> bool:
    return module.partition(".")[0] in OWN


@dataclass(eq=False)
class Source:
    """A module's text and what its names mean. `imported`: local name -> (module, name there or "")."""

    module: str
    text: str
    nodes: dict[str, ast.stmt] = field(default_factory=dict)
    imported: dict[str, Key] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)

    def place(self, line: int, column: int) -> int:
        """Character of a position as `ast` gives it (lines from 1, columns in bytes)."""
        start = self.lines[line - 1]
        text = self.text[start : self.text.find("\n", start)]
        return start + len(text.encode()[:column].decode())

    def span(self, node: ast.expr | ast.stmt | ast.arg) -> tuple[int, int]:
        """(first character, one past the last) of a node, its decorators included."""
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        start = self.lines[first - 1] if first != node.lineno else self.place(node.lineno, node.col_offset)
        assert node.end_lineno is not None and node.end_col_offset is not None
        return start, self.place(node.end_lineno, node.end_col_offset)


def _imports(nodes: Iterable[ast.stmt]) -> Iterator[tuple[str, Key]]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            for alias in node.names:
                yield alias.asname or alias.name, (node.module or "", alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, (alias.name, "")


@cache
def source(module: str) -> Source:
    """A module of ours, read."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise BundleError(f"{module}: there is no such module")
    text = Path(spec.origin).read_text(encoding="utf-8")
    found = Source(module, text)
    place = 0
    for line in text.splitlines(keepends=True):
        found.lines.append(place)
        place += len(line)
    tree = ast.parse(text)
    found.imported.update(_imports(tree.body))
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.nodes[node.name] = node
        for target in _targets(node):
            found.nodes[target] = node
    return found


def _targets(node: ast.stmt) -> list[str]:
    aims = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [name.id for aim in aims for name in ast.walk(aim) if isinstance(name, ast.Name)]


class _Reader(ast.NodeVisitor):
    """The global names, attributes and edits of one definition."""

    def __init__(self, where: Source, methods: frozenset[str] | None) -> None:
        self.where = where
        self.methods = methods  # attributes that somebody uses: other methods are left out
        self.uses: list[tuple[ast.Name, Key | None]] = []
        self.attributes: set[str] = set()
        self.edits: list[Edit] = []
        self.scopes: list[set[str]] = []
        self.local_imports: dict[str, Key] = {}

    def visit_Name(self, node: ast.Name) -> None:
        if not any(node.id in scope for scope in self.scopes):
            self.uses.append((node, self.local_imports.get(node.id)))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.attributes.add(node.attr)
        self.visit(node.value)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef) and self._idle(statement):
                self._cut(statement)
            elif isinstance(statement, ast.AnnAssign):  # a field of a dataclass: a name and any type at all
                self.edits.append((*self.where.span(statement.annotation), "object"))
                if statement.value is not None:
                    self.visit(statement.value)
            else:
                self.scopes.append(_bound([statement]) if isinstance(statement, ast.Assign) else set())
                self.visit(statement)
                self.scopes.pop()

    def _idle(self, method: ast.FunctionDef) -> bool:
        dunder = method.name.startswith("__") and method.name.endswith("__")
        return self.methods is not None and not dunder and method.name not in self.methods

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        given = node.args
        for default in (*given.defaults, *(d for d in given.kw_defaults if d is not None)):
            self.visit(default)
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        arguments += [extra for extra in (given.vararg, given.kwarg) if extra is not None]
        for argument in arguments:
            if argument.annotation is not None:
                self._strip(argument, argument.arg, argument.annotation)
        if node.returns is not None:
            end = self.where.span(node.returns)[1]
            start = self.where.text.rindex("->", 0, self.where.span(node.returns)[0])
            self.edits.append((start - 1, end, ""))
        self.scopes.append({argument.arg for argument in arguments} | _bound(node.body))
        self._body(node.body)
        self.scopes.pop()

    def _body(self, body: list[ast.stmt]) -> None:
        for statement in body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                self._local(statement)
            else:
                self.visit(statement)

    def _local(self, statement: ast.Import | ast.ImportFrom) -> None:
        for name, key in _imports([statement]):
            self.local_imports[name] = key
            for scope in self.scopes:
                scope.discard(name)
        self._cut(statement)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._body(node.body)
        self._body(node.orelse)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._strip(node.target, None, node.annotation)
        if node.value is not None:
            self.visit(node.value)
        self.visit(node.target)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.scopes.append({argument.arg for argument in node.args.args})
        self.visit(node.body)
        self.scopes.pop()

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        self.scopes.append({n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)})
        self.generic_visit(node)
        self.scopes.pop()

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    def _strip(self, node: ast.expr | ast.arg, name: str | None, annotation: ast.expr) -> None:
        start, end = self.where.span(node)
        start = start + len(name) if name is not None else end
        self.edits.append((start, self.where.span(annotation)[1], ""))

    def _cut(self, node: ast.stmt) -> None:
        """The whole lines of a statement, and the blank line behind it."""
        start, end = self.where.span(node)
        start = self.where.text.rindex("\n", 0, start) + 1
        end = self.where.text.find("\n", end) + 1
        while self.where.text[end : end + 1] == "\n" and self.where.text[start - 2 : start] == "\n\n":
            end += 1
        self.edits.append((start, end, ""))


def _bound(body: list[ast.stmt]) -> set[str]:
    """Names that a function's body gives a value, those of its comprehensions not counted."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
            return
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return
        for child in ast.iter_child_nodes(node):
            visit(child)

    for statement in body:
        visit(statement)
    return found


class Bundle:
    """The definitions that the roots need. `name(key)`: what each is called in the file."""

    def __init__(self, roots: Iterable[Key], replaced: Mapping[Key, Key]) -> None:
        self.replaced = replaced
        self.outside: set[Key] = set()
        self.roots = [self.resolved(*root) for root in roots]
        self.readers = self._reached()
        self.names = self._names()

    def name(self, module: str, name: str) -> str:
        """What a definition is called in the file."""
        key = self.resolved(module, name)
        if key is None or key not in self.names:
            raise BundleError(f"{module}.{name} is not in the file")
        return self.names[key]

    def resolved(self, module: str, name: str) -> Key | None:
        """Where a name of a module is defined; None for a builtin. What is another package's is noted."""
        if (module, name) in self.replaced:
            return self.replaced[module, name]
        here = source(module)
        if name in here.nodes:
            return module, name
        if name in here.imported:
            return self._imported(*here.imported[name], f"{module}: {name}", name)
        if hasattr(builtins, name) or name in ("__name__",):
            return None
        raise BundleError(f"{module}: {name} is defined nowhere")

    def _imported(self, module: str, name: str, said: str, local: str) -> Key | None:
        if not _own(module):
            top = module.partition(".")[0]
            if top not in sys.stdlib_module_names and top not in ("numpy", "xlwings"):
                raise BundleError(f"{said} comes from {module}")
            alias = "" if local in (name, module) else local
            self.outside.add((f"from {module} import {name}" if name else f"import {module}", alias))
            return None
        if not name or name not in {**source(module).nodes, **source(module).imported}:
            raise BundleError(f"{said} is a module used as a value")
        return self.resolved(module, name)

    def _reached(self) -> dict[Key, _Reader]:
        """Every definition that is reached, methods in only where an attribute of that name is used."""
        attributes: frozenset[str] = frozenset()
        while True:
            readers: dict[Key, _Reader] = {}
            self.outside = set()
            waiting = [root for root in self.roots if root is not None]
            while waiting:
                key = waiting.pop()
                if key in readers:
                    continue
                reader = readers[key] = self._read(key, attributes)
                waiting += [found for node, own in reader.uses if (found := self._meant(key[0], node, own)) is not None]
            used = frozenset[str]().union(*(reader.attributes for reader in readers.values()))
            if used == attributes:
                return readers
            attributes = used

    def _read(self, key: Key, methods: frozenset[str]) -> _Reader:
        where = source(key[0])
        reader = _Reader(where, methods)
        reader.visit(where.nodes[key[1]])
        return reader

    def _meant(self, module: str, node: ast.Name, own: Key | None) -> Key | None:
        if own is not None:
            key = self.replaced.get(own)
            return key or self._imported(*own, f"{module}: {node.id}", node.id)
        return self.resolved(module, node.id)

    def _names(self) -> dict[Key, str]:
        often: dict[str, int] = {}
        for _, name in self.readers:
            often[name] = often.get(name, 0) + 1
        local = {alias or statement.split()[-1] for statement, alias in self.outside}
        names = {
            (module, name): name if often[name] == 1 and name not in local else f"{module.rpartition('.')[2]}_{name}"
            for module, name in self.readers
        }
        if len(set(names.values())) != len(names):
            raise BundleError("two definitions have the same name and the same module name")
        return names

    def imports(self) -> list[str]:
        """The import statements of the file."""
        plain = {f"{statement} as {alias}" if alias else statement for statement, alias in self.outside}
        return sorted(plain, key=lambda line: (line.split()[1] in ("numpy", "xlwings"), line))

    def text(self) -> Iterator[str]:
        """Each module's definitions in their order, modules before those that import them."""
        for module in self._order():
            nodes: dict[ast.stmt, Key] = {}
            for key in self.readers:
                if key[0] == module:
                    nodes.setdefault(source(module).nodes[key[1]], key)
            yield f"\n\n# --- {module}\n"
            after = False
            for node in sorted(nodes, key=lambda node: node.lineno):
                block = isinstance(node, (ast.FunctionDef, ast.ClassDef))
                yield ("\n\n" if block or after else "") + self._edited(nodes[node], node) + "\n"
                after = block

    def _order(self) -> list[str]:
        wanted = {module for module, _ in self.readers}
        placed: dict[str, None] = {}

        def place(module: str) -> None:
            if module in placed or not _own(module):
                return
            placed[module] = None
            for other, name in source(module).imported.values():
                sub = f"{other}.{name}"
                place(sub if _own(other) and name not in source(other).nodes and _is_module(sub) else other)
            del placed[module]
            placed[module] = None  # behind those it imports

        def leans(module: str) -> bool:
            return any(_own(other) for other, _ in source(module).imported.values())

        for module in sorted(wanted, key=lambda module: (leans(module), module)):  # those that stand alone first
            place(module)
        return [module for module in placed if module in wanted]

    def _edited(self, key: Key, node: ast.stmt) -> str:
        where, reader = source(key[0]), self.readers[key]
        start, end = where.span(node)
        edits = list(reader.edits)
        for name, own in reader.uses:
            meant = self._meant(key[0], name, own)
            if meant is not None and self.names[meant] != name.id:
                edits.append((*where.span(name), self.names[meant]))
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and self.names[key] != node.name:
            at = where.text.index(node.name, where.place(node.lineno, node.col_offset) + 4)
            edits.append((at, at + len(node.name), self.names[key]))
        made, place = [], start
        for first, last, instead in sorted(edits):
            made += [where.text[place:first], instead]
            place = min(last, end)
        return "".join([*made, where.text[place:end]]).rstrip()


@cache
def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
