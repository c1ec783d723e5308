"""Check the site without rendering it: links, cross-references, citations, figures and their words, the YAML, and that every notebook converts."""
import ast
import re
import sys
from pathlib import Path

import nbformat
import yaml
from nbconvert import HTMLExporter
from nbdev.doclinks import NbdevLookup

root = Path(__file__).resolve().parent.parent
nbs = root/"nbs"
notebooks = sorted(p for p in nbs.rglob("*.ipynb") if not any(part.startswith((".", "_")) for part in p.relative_to(nbs).parts))
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)[^)]*\)")
SPAN = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)  # code in text: no links and no citations in there
problems = []


def slug(heading: str) -> str:
    "The anchor that Pandoc gives a heading."
    return re.sub(r"^[^a-z]+", "", re.sub(r"\s+", "-", re.sub(r"[^\w\s.-]", "", re.sub(r"[*`]|\]\([^)]*\)", "", heading).lower()).strip()))


def prose(path: Path) -> str:
    "The Markdown of a notebook or a Markdown file."
    if path.suffix != ".ipynb": return path.read_text(encoding="utf-8")
    return "\n\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type in ("markdown", "raw"))


def anchors(path: Path) -> set[str]:
    "The headings of a page, as anchors."
    return {slug(heading) for heading in re.findall(r"(?m)^#{1,6} +(.+?)\s*$", SPAN.sub("", prose(path)))}


def check_links(path: Path, text: str) -> None:
    "Every relative link leads to a file, and to a heading where it names one."
    for target in LINK.findall(SPAN.sub("", text)):
        if target.startswith(("http:", "mailto:")) or "://" in target:
            if not re.match(r"https://[\w.-]+\.\w+(/|$)|mailto:", target): problems.append(f"{path}: {target} is no https address")
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent/file).resolve() if file else path
        if not there.is_file(): problems.append(f"{path}: the link to {target} leads nowhere")
        elif there.suffix in (".ipynb", ".md") and anchor and anchor not in anchors(there): problems.append(f"{path}: {there.name} has no heading #{anchor}")


def check_notebook(path: Path, known: set[str]) -> set[str]:
    "The head of a page, its citations and its figures; returns what it cites."
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    text, head = prose(path), next((c.source for c in notebook.cells if c.cell_type == "markdown"), "")
    if not re.match(r"# \S.*\n\n> \S", head): problems.append(f"{path}: the first words are not a title and a summary")
    cited = set(re.findall(r"(?<![\w.])@([\w:-]+)", " ".join(re.findall(r"\[[^\]]*@[^\]]*\]", SPAN.sub("", text)))))
    problems.extend(f"{path}: @{key} is not in references.bib" for key in sorted(cited - known))
    for number, cell in enumerate(notebook.cells):
        kinds = {kind for output in cell.get("outputs", []) for kind in output.get("data", {}) if kind.startswith("image/")}
        if kinds and "#| hide" not in cell.source and not re.search(r"(?m)^#\| fig-alt: \S", cell.source): problems.append(f"{path}: the figure of cell {number} has no fig-alt")
        if any(output.output_type == "error" for output in cell.get("outputs", [])): problems.append(f"{path}: cell {number} ended with an error")
    if path.stat().st_size > 250_000: problems.append(f"{path}: {path.stat().st_size // 1000} KB, more than 250")
    try: HTMLExporter(template_name="basic").from_notebook_node(notebook)
    except Exception as e: problems.append(f"{path}: does not convert ({e})")
    return cited


def check_sidebar() -> None:
    "Every page stands in the sidebar once, and nothing else does."
    entries = re.findall(r"(?m)^\s*- (\S+\.ipynb)\s*$", (nbs/"sidebar.yml").read_text(encoding="utf-8"))
    pages = {p.relative_to(nbs).as_posix() for p in notebooks}
    problems.extend(f"sidebar.yml: {entry} is not there" for entry in entries if entry not in pages)
    problems.extend(f"sidebar.yml: {page} stands there {entries.count(page)} times" for page in sorted(pages) if entries.count(page) != 1)


def check_docs() -> None:
    "Every exported function and class says in one line what it is, and nbdev finds its page."
    lookup = NbdevLookup()
    for module in sorted((root/"biotrove_fe").glob("[!_]*.py")):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        exported = next((ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"), [])
        for node in tree.body:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name not in exported: continue
            if not ast.get_docstring(node): problems.append(f"{module}: {node.name} has no docstring")
            if lookup.doc(f"biotrove_fe.{module.stem}.{node.name}") is None and lookup.doc(node.name) is None: problems.append(f"{module}: {node.name} has no page")


def main() -> None:
    for path in [root/"_quarto.yml", root/"CITATION.cff", root/".pre-commit-config.yaml", *root.glob(".github/**/*.yml"), *nbs.glob("*.yml")]:
        try: yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as e: problems.append(f"{path}: {' '.join(str(e).split())}")
    bibliography = set(re.findall(r"(?m)^@\w+\{([\w:-]+),", (nbs/"references.bib").read_text(encoding="utf-8")))
    cited = set()
    for path in notebooks:
        cited |= check_notebook(path, bibliography)
        check_links(path, prose(path))
    for path in root.glob("*.md"): check_links(path, prose(path))
    problems.extend(f"references.bib: {key} is cited nowhere" for key in sorted(bibliography - cited))
    check_sidebar()
    check_docs()
    for problem in problems: print(problem.replace(f"{root}/", ""))
    print(f"{len(notebooks)} pages, {len(bibliography)} references, {len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__": main()
