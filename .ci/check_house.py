"""Check the order of the house: imports run one way, names are public where they are shared, and no room is too large to be held in mind.

Notebooks sort as they may import from each other: each imports only from those before it. A letter after the number marks a room that was
cut out of its neighbour when that grew too large (01a, 12b) or that serves the next one (20a before 21); so the numbers of the others can stay.
"""
import ast
import json
import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
package, nbs = root/"biotrove_fe", root/"nbs"
LONGEST_MODULE, LONGEST_NOTEBOOK, LONGEST_LINE = 450, 120, 120  # lines, code cells, characters
EXCEPTED: dict[str, str] = {}  # module or notebook → why it may be longer
problems: list[str] = []


def source_of(cell: dict) -> str:
    "The text of a cell."
    return "".join(cell["source"])


def pages() -> dict[str, dict]:
    "The notebooks, in the order of their names."
    paths = (p for p in sorted(nbs.rglob("*.ipynb")) if not any(part.startswith((".", "_")) for part in p.relative_to(nbs).parts))
    return {path.relative_to(root).as_posix(): json.loads(path.read_text(encoding="utf-8")) for path in paths}


def modules_in_order(notebooks: dict[str, dict]) -> list[str]:
    "The modules, in the order of the notebooks that they come from: the order in which they may be imported."
    heads = (source_of(notebook["cells"][0]) for notebook in notebooks.values())
    names = [match[1] for head in heads if (match := re.match(r"#\| *default_exp (\w+)", head))]
    for name in {name for name in names if names.count(name) > 1}: problems.append(f"{name}: two notebooks make this module")
    return names


def imports(tree: ast.Module) -> list[tuple[str, str]]:
    "Every import from this package, wherever it stands: the module, and the name or '' for the module itself."
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name.removeprefix("biotrove_fe."), "") for alias in node.names if alias.name.startswith("biotrove_fe.")]
        elif isinstance(node, ast.ImportFrom):
            module = ("biotrove_fe." if node.level else "") + (node.module or "")
            if module.rstrip(".") == "biotrove_fe": found += [(alias.name, "") for alias in node.names]
            elif module.startswith("biotrove_fe."): found += [(module.removeprefix("biotrove_fe."), alias.name) for alias in node.names]
    return found


def public_names(tree: ast.Module) -> set[str]:
    "What `__all__` of a module names."
    tables = [node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"]
    return set(ast.literal_eval(tables[0])) if tables else set()


def check_modules(order: list[str], trees: dict[str, ast.Module]) -> None:
    "Imports go to modules further up, take public names that are there, and modules are short."
    for name in trees.keys() - set(order): problems.append(f"{name}.py comes from no notebook: run nbdev_export, or delete it")
    for name in set(order) - trees.keys(): problems.append(f"{name}.py is not there: run nbdev_export")
    for name in (name for name in order if name in trees):
        for module, what in imports(trees[name]):
            if module not in trees: problems.append(f"{name}: imports biotrove_fe.{module}, which is no module")
            elif order.index(module) >= order.index(name): problems.append(f"{name}: imports {module}, which stands below it")
            if what.startswith("_"): problems.append(f"{name}: imports the private name {what} from {module}")
        length = len((package/f"{name}.py").read_text(encoding="utf-8").splitlines())
        if length > LONGEST_MODULE and name not in EXCEPTED: problems.append(f"{name}: {length} lines, more than {LONGEST_MODULE}")
    for name, tree in trees.items():
        for same in trees.keys() & public_names(tree): problems.append(f"{name}: {same} is also the name of a module")


def check_package(trees: dict[str, ast.Module]) -> None:
    "The names of the package are public where the table says, and type checkers are told the same."
    tree = ast.parse((package/"__init__.py").read_text(encoding="utf-8"))
    told = {(module, name) for module, name in imports(tree) if module != "docstrings"}  # which the import hook calls
    table = next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_MODULES")
    loaded = {(module, name) for module, names in table.items() for name in names}
    for module, name in sorted(told ^ loaded): problems.append(f"__init__: {name} of {module} stands either among the imports or in the table, not in both")
    for module, name in sorted(loaded):
        if module not in trees or name not in public_names(trees[module]): problems.append(f"__init__: {module} has no public name {name}")


def check_notebooks(notebooks: dict[str, dict]) -> None:
    "Notebooks are short, and so are their lines."
    for path, notebook in notebooks.items():
        cells = [source_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "code" and source_of(cell).strip()]
        if len(cells) > LONGEST_NOTEBOOK and path not in EXCEPTED: problems.append(f"{path}: {len(cells)} code cells, more than {LONGEST_NOTEBOOK}")
        for line in (line for cell in cells for line in cell.splitlines() if len(line) > LONGEST_LINE and not line.startswith("#| fig-")):
            problems.append(f"{path}: a line of {len(line)} characters: {line.strip()[:60]} …")


def check_excepted(notebooks: dict[str, dict], trees: dict[str, ast.Module]) -> None:
    "What may be longer is there."
    for name in EXCEPTED.keys() - notebooks.keys() - trees.keys(): problems.append(f"EXCEPTED: {name} is not there")


def main() -> None:
    notebooks = pages()
    trees = {p.stem: ast.parse(p.read_text(encoding="utf-8")) for p in sorted(package.glob("[!_]*.py"))}
    order = modules_in_order(notebooks)
    check_modules(order, trees)
    check_package(trees)
    check_notebooks(notebooks)
    check_excepted(notebooks, trees)
    for problem in problems: print(problem)
    print(f"{len(trees)} modules, {len(notebooks)} notebooks, {len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__": main()
