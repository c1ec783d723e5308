"""Check the site without rendering it: links, cross-references, citations, figures and their words, documentation, the YAML, what runs after rendering, and that every notebook converts."""
import ast
import inspect
import os
import re
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from types import FunctionType

import nbformat
import yaml
from nbconvert import HTMLExporter
from nbdev.doclinks import NbdevLookup

root = Path(__file__).resolve().parent.parent
nbs = root/"nbs"
notebooks = sorted(p for p in nbs.rglob("*.ipynb") if not any(part.startswith((".", "_")) for part in p.relative_to(nbs).parts))
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)[^)]*\)")
SPAN = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)  # code in text: no links and no citations in there
LONGEST = 6_000  # words of a page: text, code that is shown, and what it shows
LONGER = {"17_verdicts.ipynb": "it shows how often its own verdicts are wrong: in simulations, on a leak, and on real photos"}  # page → why
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
        if re.search(r"[\x00-\x08\x0b-\x1f]", cell.source): problems.append(f"{path}: cell {number} has a character that nobody sees: a backslash was lost")
        try: yaml.safe_load("\n".join(re.findall(r"(?m)^#\| (\S+: .+)$", cell.source)))
        except yaml.YAMLError as e: problems.append(f"{path}: the options of cell {number} are no YAML ({' '.join(str(e).split())})")
        kinds = {kind for output in cell.get("outputs", []) for kind in output.get("data", {}) if kind.startswith("image/")}
        shown = {kind for output in cell.get("outputs", []) for kind in output.get("data", {})}
        if re.search(r"(?m)^#\| fig-cap: \S", cell.source) and not any(kind.startswith("image/") or kind == "text/html" for kind in shown):
            problems.append(f"{path}: cell {number} has a fig-cap and no picture: run it again")
        for option in ("fig-cap", "fig-alt"):
            if kinds and "#| hide" not in cell.source and not re.search(rf"(?m)^#\| {option}: \S", cell.source): problems.append(f"{path}: the figure of cell {number} has no {option}")
        if any(output.output_type == "error" for output in cell.get("outputs", [])): problems.append(f"{path}: cell {number} ended with an error")
        if any(output.get("name") == "stderr" for output in cell.get("outputs", [])): problems.append(f"{path}: cell {number} shows a warning")
    if (n_words := words(notebook)) > LONGEST and path.name not in LONGER: problems.append(f"{path}: {n_words} words, more than {LONGEST}")
    if path.stat().st_size > 250_000: problems.append(f"{path}: {path.stat().st_size // 1000} KB, more than 250")
    try: HTMLExporter(template_name="basic").from_notebook_node(notebook)
    except Exception as e: problems.append(f"{path}: does not convert ({e})")
    return cited


def words(notebook: nbformat.NotebookNode) -> int:
    "How much there is to read on a page, without the signatures that nbdev adds."
    shown = [cell for cell in notebook.cells if not re.search(r"(?m)^#\| *(hide|export|default_exp)\b", cell.source)]
    texts = [cell.source for cell in shown]
    for output in (output for cell in shown for output in cell.get("outputs", [])):
        data = output.get("data", {})
        texts.append(re.sub(r"<style.*?</style>|<[^>]*>", " ", output.get("text") or data.get("text/html") or data.get("text/markdown") or data.get("text/plain", ""), flags=re.DOTALL))
    return sum(len(text.split()) for text in texts)


def check_imports(path: Path) -> None:
    "No cell of a module's page mixes imports with other code: nbdev would execute it, alone, when the site is built."
    cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    if not any("#| default_exp" in source for source in cells): return
    for source in cells:
        if re.search(r"(?m)^#\| (exports?|eval: false)$", source): continue
        nodes = list(ast.walk(ast.parse(re.sub(r"(?m)^[%!].*$", "", source))))
        if any(isinstance(n, (ast.Import, ast.ImportFrom)) for n in nodes) and any(isinstance(n, (ast.Expr, ast.Assign)) for n in nodes):
            problems.append(f"{path}: a cell mixes imports and other code: {source.splitlines()[0][:60]} …")


def check_references() -> None:
    "Every entry of the bibliography is closed before the next one begins, and has a key of its own."
    text, depth = (nbs/"references.bib").read_text(encoding="utf-8"), 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("@") and depth: problems.append(f"references.bib: line {number} begins an entry in another one")
        depth = 0 if line.startswith("@") and depth else depth
        depth += line.count("{") - line.count("}")
    if depth: problems.append("references.bib: its last entry is not closed")
    keys = re.findall(r"(?m)^@\w+\{([\w:-]+),", text)
    problems.extend(f"references.bib: {key} is there twice" for key in sorted({key for key in keys if keys.count(key) > 1}))


def check_sidebar() -> None:
    "Every page stands in the sidebar once, and nothing else does."
    entries = re.findall(r"(?m)^\s*- (\S+\.ipynb)\s*$", (nbs/"sidebar.yml").read_text(encoding="utf-8"))
    pages = {p.relative_to(nbs).as_posix() for p in notebooks}
    problems.extend(f"sidebar.yml: {entry} is not there" for entry in entries if entry not in pages)
    problems.extend(f"sidebar.yml: {page} stands there {entries.count(page)} times" for page in sorted(pages) if entries.count(page) != 1)


def undocumented(node: ast.FunctionDef | ast.ClassDef, lines: list[str]) -> list[str]:
    "The parameters and the return value that have no comment on their line; the help texts of commands stand elsewhere."
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef) and (each.name == "__init__" or not each.name.startswith("_"))]
    found = []
    for function in methods if isinstance(node, ast.ClassDef) else [node]:
        if any("command" in ast.unparse(decorator) for decorator in function.decorator_list): continue
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs, function.args.vararg, function.args.kwarg]
        found += [a.arg for a in arguments if a and a.arg not in ("self", "cls") and "#" not in lines[a.end_lineno - 1]]
        if function.returns and ast.unparse(function.returns) not in ("None", "Iterator[None]") and "#" not in lines[function.returns.end_lineno - 1]: found.append("what it returns")
    return found


def check_docs() -> None:
    "Every exported function and class says in one line what it is, and nbdev finds its page."
    lookup = NbdevLookup()
    for module in sorted((root/"biotrove_fe").glob("[!_]*.py")):
        tree, lines = ast.parse(module.read_text(encoding="utf-8")), module.read_text(encoding="utf-8").splitlines()
        exported = next((ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"), [])
        for node in tree.body:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name not in exported: continue
            if not ast.get_docstring(node): problems.append(f"{module}: {node.name} has no docstring")
            problems.extend(f"{module}: {node.name} says nothing of {name}" for name in undocumented(node, lines))
            if lookup.doc(f"biotrove_fe.{module.stem}.{node.name}") is None and lookup.doc(node.name) is None: problems.append(f"{module}: {node.name} has no page")


def help_of(thing: type | FunctionType, module: str) -> dict[str, FunctionType | type]:
    "A function, or a class and its own public methods, by name."
    if not inspect.isclass(thing): return {thing.__name__: thing}
    methods = {f"{thing.__name__}.{name}": getattr(member, "__func__", member) for name, member in vars(thing).items() if not name.startswith("_")}
    return {thing.__name__: thing} | {name: m for name, m in methods.items() if inspect.isfunction(m) and m.__module__ == module}


def check_help() -> None:
    "What `?` and help() show of a public name says something of every parameter; signatures show no addresses."
    for path in sorted((root/"biotrove_fe").glob("[!_]*.py")):
        if path.stem == "cli": continue  # its docstrings are the help texts of commands
        module = import_module(f"biotrove_fe.{path.stem}")
        things = (getattr(module, name, None) for name in getattr(module, "__all__", []))
        own = [t for t in things if (inspect.isclass(t) or inspect.isfunction(t)) and t.__module__ == module.__name__]
        for name, thing in (pair for each in own for pair in help_of(each, module.__name__).items()):
            try: signature = inspect.signature(thing)
            except (ValueError, TypeError): continue
            text, inherited = inspect.getdoc(thing) or "", inspect.isclass(thing) and "__init__" not in vars(thing)
            if " at 0x" in str(signature): problems.append(f"{path}: the signature of {name} shows an address: let the default be None or a name")
            if not thing.__doc__ or inherited or getattr(thing, "_is_protocol", False): continue  # said elsewhere
            missing = [p for p in signature.parameters if p not in ("self", "cls") and not re.search(rf"(?m)^{p} : |^{p}$", text)]
            if missing: problems.append(f"{path}: help({name}) says nothing of {', '.join(missing)}")


RENDERED = """<!DOCTYPE html>
<html><head>
<link rel="canonical" href="https://biotrove-fe.github.io/biotrove_fe/page.html">
<link href="https://fonts.example/css?family=Lato" rel="stylesheet">
<link href="site_libs/bootstrap/bootstrap.min.css" rel="stylesheet">
<script src="https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js" integrity="sha512-x" crossorigin="anonymous"></script>
<script src="//cdnjs.cloudflare.com/ajax/libs/jquery/3.5.1/jquery.min.js" data-relocate-top="true"></script>
<script type="application/javascript" data-relocate-top="true">define('jquery', [],function() {return window.jQuery;})</script>
<script src="https://cdn.jsdelivr.net/npm/mathjax@3/es5/tex-chtml-full.js" type="text/javascript"></script>
<script src="site_libs/quarto-nav/quarto-nav.js"></script>
<script>const inside = "<script src='https://text.example/x.js'>";</script>
</head><body><p>Größe &amp; <a href="https://www.inaturalist.org/">iNaturalist</a></p>
<pre><code>&lt;script src="https://code.example/y.js"&gt;&lt;/script&gt;</code></pre>
<img src="images/map.png"></body></html>
"""  # as Quarto leaves a page with a table, and what it must leave as it is


def check_offline() -> None:
    "What Quarto runs after rendering takes out of a page what comes from other sites, leaves the rest as it is, and says what it can't take out."
    with tempfile.TemporaryDirectory() as folder:
        page, picture, readme = (Path(folder)/"_docs"/name for name in ("page.html", "picture.html", "README.md"))
        page.parent.mkdir()
        page.write_text(RENDERED, encoding="utf-8", newline="")
        picture.write_text('<p><img alt="x" src="https://pictures.example/z.png"></p>', encoding="utf-8")
        readme.write_text(RENDERED, encoding="utf-8", newline="")
        def finished(*files: Path) -> subprocess.CompletedProcess[str]:
            listed = "\n".join(str(file.relative_to(folder)) for file in files)
            return subprocess.run([sys.executable, str(root/".ci"/"offline_site.py")], cwd=folder, capture_output=True, text=True,
                                  env=os.environ | {"QUARTO_PROJECT_OUTPUT_FILES": listed})
        once = finished(page, readme)
        gone = ("fonts.example", "require.min.js", "jquery.min.js", "define('jquery'", "mathjax")
        kept = [line for line in RENDERED.splitlines() if not any(word in line for word in gone)]
        if once.returncode or [line for line in page.read_text(encoding="utf-8").splitlines() if line.strip()] != kept:
            problems.append(f"offline_site.py: a made-up page is not what it should be ({once.stdout}{once.stderr})")
        if readme.read_text(encoding="utf-8") != RENDERED: problems.append("offline_site.py: changes what is no page")
        if finished(page).stdout != "offline: 0 of 1 pages changed, 0 problems\n": problems.append("offline_site.py: changes a page twice")
        told = finished(picture)
        if told.returncode != 1 or "fetches https://pictures.example/z.png" not in told.stderr: problems.append("offline_site.py: says nothing of a picture from elsewhere")


def check_readme() -> None:
    "The README.md that Quarto makes for nbdev gives way to ours; other Markdown stays."
    with tempfile.TemporaryDirectory() as folder:
        theirs = [Path(folder)/name for name in ("README.md", "index.md")]
        for path in theirs: path.write_text("[a page](tutorials/page.ipynb)\n", encoding="utf-8")
        subprocess.run([sys.executable, str(root/".ci"/"readme.py")], cwd=folder, check=True, env=os.environ | {"QUARTO_PROJECT_OUTPUT_FILES": "README.md\nindex.md"})
        after = [path.read_text(encoding="utf-8") for path in theirs]
        if after != [(root/"README.md").read_text(encoding="utf-8"), "[a page](tutorials/page.ipynb)\n"]: problems.append("readme.py: after rendering, README.md is not that of the repository")


def check_options() -> None:
    "What Quarto is told to run after rendering, and to serve as it is, is there; its paths start in nbs/."
    project = yaml.safe_load((root/"_quarto.yml").read_text(encoding="utf-8"))["project"]
    for name in ("offline_site.py", "readme.py"):
        if f"../.ci/{name}" not in project.get("post-render", []): problems.append(f"_quarto.yml: {name} is not run after rendering")
    for name in project.get("resources", []):
        page = nbs/name
        if not page.is_file(): problems.append(f"_quarto.yml: {name} is not there")
        elif page.stat().st_size > 4_000_000: problems.append(f"{page}: {page.stat().st_size // 1000} KB, more than 4000")
        elif told := re.search(r"(?:/home/|/root/|/Users/|/tmp/|C:\\\\Users)[\w./\\-]+", page.read_text(encoding="utf-8")): problems.append(f"{page}: has a path of a machine, {told[0]}")
    for page in nbs.rglob("*.html"):
        inside = page.relative_to(nbs)
        if not any(part.startswith((".", "_")) for part in inside.parts) and inside.as_posix() not in project.get("resources", []): problems.append(f"{page}: is not among the resources of _quarto.yml")


def main() -> None:
    for path in [root/"_quarto.yml", root/"CITATION.cff", root/".pre-commit-config.yaml", *root.glob(".github/**/*.yml"), *nbs.glob("*.yml")]:
        try: yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as e: problems.append(f"{path}: {' '.join(str(e).split())}")
    bibliography = set(re.findall(r"(?m)^@\w+\{([\w:-]+),", (nbs/"references.bib").read_text(encoding="utf-8")))
    cited = set()
    for path in notebooks:
        cited |= check_notebook(path, bibliography)
        check_links(path, prose(path))
        check_imports(path)
    for path in root.glob("*.md"): check_links(path, prose(path))
    problems.extend(f"references.bib: {key} is cited nowhere" for key in sorted(bibliography - cited))
    check_references()
    check_sidebar()
    check_docs()
    check_help()
    check_offline()
    check_readme()
    check_options()
    for problem in problems: print(problem.replace(f"{root}/", ""))
    print(f"{len(notebooks)} pages, {len(bibliography)} references, {len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__": main()
