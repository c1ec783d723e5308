"""Open every page of the site in a browser, at 1440 and at 390 pixels: none may be wider than its window, ask another site for anything,
show a picture without words, or the address of a link in a signature.

    python .ci/look_at_site.py [--keep FOLDER] [NOTEBOOK …]   pages made here from the notebooks: nbdev's processors, nbconvert, and the site's own styles
    python .ci/look_at_site.py --site _docs                   the pages that Quarto rendered, as the docs workflow has them

It needs chromium, and for pages made here all extras, as the imports of every page are executed.
"""
import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

import nbformat
import yaml
from jinja2 import DictLoader
from nbconvert import HTMLExporter
from playwright.sync_api import Page, sync_playwright

root = Path(__file__).resolve().parent.parent
nbs = root/"nbs"
WIDTHS = (1440, 390)  # a laptop, a telephone
UNSEEN = "Quarto's own bars, search, contents and colours, its Markdown, and 404.qmd: the docs workflow looks at those, with --site _docs"

# What Quarto's theme does to the parts that can make a page wide; styles.css comes on top.
LOOK = """
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; font: 17px/1.5 system-ui, sans-serif; background: #fff; color: #212529; overflow-wrap: break-word; }
main { padding: 0 12px; margin: 0 auto; max-width: 850px; }
img, svg { max-width: 100%; height: auto; }
pre { overflow: auto; font-size: 0.875em; margin: 0 0 1rem; padding: 0.4rem; }
code { font-family: monospace; font-size: 0.875em; }
div.sourceCode { background: rgba(233, 236, 239, 0.65); border-radius: 4px; }
code.sourceCode { white-space: pre-wrap; }
table { border-collapse: collapse; margin-bottom: 1rem; caption-side: top; }
th, td { padding: 0.5rem; border-bottom: 1px solid #dee2e6; text-align: left; vertical-align: top; }
figure { margin: 0 0 1rem; }
@media (min-width: 992px) { main { width: 800px; } }
"""
PAGE = """
{%- macro picture(cell, output, kind) -%}
<div class="cell-output cell-output-display"><figure class="quarto-figure figure"><p><img class="figure-img" src="data:{{ kind }};base64,{{ output.data[kind] }}"{% if cell.alt %} alt="{{ cell.alt | e }}"{% endif %}></p>
{% if cell.caption %}<figcaption>{{ cell.caption | e }}</figcaption>{% endif %}</figure></div>
{%- endmacro -%}
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{ nb.title | e }}</title><link rel="icon" href="data:,">
<style>{{ nb.look }}</style></head><body><main class="content">
<h1 class="title">{{ nb.title | e }}</h1><p class="description">{{ nb.summary | markdown2html }}</p>
{% for cell in nb.cells %}
{% if cell.cell_type == "markdown" %}{{ cell.source | markdown2html }}
{% elif cell.cell_type == "code" %}<div class="cell">
{% if cell.source and cell.shown %}<div class="sourceCode cell-code"><pre class="sourceCode python"><code class="sourceCode python">{{ cell.source | e }}</code></pre></div>{% endif %}
{% for output in cell.outputs %}{% set data = output.data or {} %}
{% if output.output_type == "stream" %}<div class="cell-output cell-output-stdout"><pre><code>{{ output.text | e }}</code></pre></div>
{% elif "text/markdown" in data %}<div class="cell-output cell-output-display">{{ data["text/markdown"] | markdown2html }}</div>
{% elif "text/html" in data %}<div class="cell-output cell-output-display">{{ data["text/html"] }}</div>
{% elif "image/svg+xml" in data %}<div class="cell-output cell-output-display">{{ data["image/svg+xml"] }}</div>
{% elif "image/png" in data %}{{ picture(cell, output, "image/png") }}
{% elif "image/jpeg" in data %}{{ picture(cell, output, "image/jpeg") }}
{% elif "text/plain" in data %}<div class="cell-output cell-output-display"><pre><code>{{ data["text/plain"] | e }}</code></pre></div>
{% endif %}{% endfor %}</div>
{% endif %}{% endfor %}</main></body></html>
"""
MEASURE = """() => {
    const room = document.documentElement.clientWidth;
    const named = e => e.tagName.toLowerCase() + (e.classList.length ? '.' + [...e.classList].join('.') : '') + ' "' + (e.textContent || '').trim().replace(/\\s+/g, ' ').slice(0, 40) + '"';
    const scrolls = e => { for (let p = e.parentElement; p; p = p.parentElement) if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return true; };
    const wide = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > room + 1 && !scrolls(e));
    return { width: document.documentElement.scrollWidth, room, wide: wide.slice(-2).map(named),
             addresses: [...document.querySelectorAll('pre code')].filter(c => /# [^\\n]*\\[`[^`\\n]+`\\]\\(https?:/.test(c.textContent)).length,
             wordless: [...document.querySelectorAll('main img')].filter(i => !i.alt.trim()).length,
             broken: [...document.querySelectorAll('main img')].filter(i => i.complete && !i.naturalWidth).map(i => i.src.slice(0, 100)) };
}"""


def options(source: str) -> tuple[dict, str]:
    "The options at the top of a cell, and the rest of it."
    lines = source.splitlines()
    told = "\n".join(re.findall(r"(?m)^#\| *([\w-]+: .+)$", source))
    return yaml.safe_load(told) or {}, "\n".join(line for line in lines if not line.startswith("#|"))


def plain(text: str) -> str:
    "Markdown that nbconvert understands, from Quarto's: links to pages, citations, divisions, and attributes."
    text = re.sub(r"(\]\([^)\s]+)\.ipynb\b", r"\1.html", text)
    text = re.sub(r"(?<!\])\[(-?@[\w:-]+(?:[^\]]*))\](?!\()", lambda m: "(" + re.sub(r"-?@([a-z-]+)(\d{4})\w*", r"\1 et al. \2", m[1]) + ")", text)
    return re.sub(r"(?m)^:::.*$|(?<=\))\{[^}\n]*\}", "", text)


def page(notebook: nbformat.NotebookNode) -> str:
    "A processed notebook as HTML, in the classes of Quarto."
    head = next((c for c in notebook.cells if c.source.startswith("---\n")), None)
    front = yaml.safe_load(head.source.strip().strip("-")) if head else {}
    notebook.cells = [c for c in notebook.cells if c is not head]
    for cell in notebook.cells:
        if cell.cell_type != "code":
            cell.source = plain(cell.source)
            continue
        told, cell.source = options(cell.source)
        cell.shown, cell.alt, cell.caption = told.get("echo", True), told.get("fig-alt", ""), told.get("fig-cap", "")
        for output in cell.outputs:
            if "text/markdown" in output.get("data", {}): output.data["text/markdown"] = plain(output.data["text/markdown"])
    notebook.title, notebook.summary = front.get("title", ""), plain(front.get("description", ""))
    notebook.look = LOOK + (nbs/"styles.css").read_text(encoding="utf-8")
    exporter = HTMLExporter(extra_loaders=[DictLoader({"page.html.j2": PAGE})], template_file="page.html.j2")
    return exporter.from_notebook_node(notebook)[0]


def make(path: Path, folder: Path) -> str:
    "Write the page of a notebook into a folder, as the site has it; returns what went wrong."
    from nbdev.processors import FilterDefaults
    from nbdev.serve_drv import exec_nb
    os.environ.update(IN_TEST="1", MPLBACKEND="agg")
    out = folder/path.relative_to(nbs).with_suffix(".html")
    processed = out.with_suffix(".processed")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        exec_nb(path, processed, FilterDefaults)
        out.write_text(page(nbformat.read(processed, 4)), encoding="utf-8")
    except Exception as e: return f"{path.relative_to(nbs)}: no page can be made ({' '.join(str(e).split())[:200]})"
    finally: processed.unlink(missing_ok=True)
    return ""


def make_all(notebooks: list[Path], folder: Path) -> list[str]:
    "What went wrong with some notebooks."
    return [told for path in notebooks if (told := make(path, folder))]


def build(notebooks: list[Path], folder: Path) -> list[str]:
    "All pages, and beside them the pictures and pages that the site has as files."
    for path in nbs.rglob("*"):
        inside = path.relative_to(nbs)
        if path.suffix in (".png", ".jpg", ".html") and not any(part.startswith((".", "_")) for part in inside.parts):
            (folder/inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder/inside)
    halves = [notebooks[start::2] for start in range(2)] # one task for each process: a page that ran has taken the place of `__main__`
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool: return [told for each in pool.map(partial(make_all, folder=folder), halves) for told in each]


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *words): pass


def look(tab: Page, address: str, name: str, width: int) -> list[str]:
    "What is wrong with one page at one width."
    elsewhere, gone = [], []
    def asked(request) -> None:
        if not request.url.startswith((address, "data:", "blob:")): elsewhere.append(request.url)
    def answered(response) -> None:
        if response.status >= 400 and not response.url.endswith("/favicon.ico"): gone.append(response.url.removeprefix(address))
    tab.on("request", asked)
    tab.on("response", answered)
    tab.goto(f"{address}{name}")
    tab.wait_for_timeout(50)
    seen = tab.evaluate(MEASURE)
    tab.remove_listener("request", asked)
    tab.remove_listener("response", answered)
    problems = [f"asks {url[:100]}" for url in sorted(set(elsewhere))] + [f"{url} is not there" for url in sorted(set(gone))]
    if seen["width"] > seen["room"]: problems.append(f"is {seen['width']} px wide: {'; '.join(seen['wide'])}")
    if seen["addresses"]: problems.append(f"{seen['addresses']} signatures show the address of a link")
    if seen["wordless"]: problems.append(f"{seen['wordless']} pictures have no words (alt)")
    problems += [f"the picture {source} does not show" for source in seen["broken"]]
    return [f"{name} at {width} px: {problem}" for problem in problems]


def look_at_all(folder: Path) -> tuple[int, list[str]]:
    "Every page of a folder at every width: their number, and what is wrong."
    names, problems = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.html")), []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"])
        for width in WIDTHS:
            context = browser.new_context(viewport={"width": width, "height": 900})
            context.route(lambda url: not url.startswith((address, "data:", "blob:")), lambda route: route.abort())
            tab = context.new_page()
            for name in names: problems += look(tab, address, name, width)
            context.close()
        browser.close()
    server.shutdown()
    return len(names), problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--site", type=Path, help="a folder of rendered pages")
    parser.add_argument("--keep", type=Path, help="where the pages that are made are to stay")
    words, start = parser.parse_args(), time.perf_counter()
    every = [p for p in sorted(nbs.rglob("*.ipynb")) if not any(part.startswith((".", "_")) for part in p.relative_to(nbs).parts)]
    with tempfile.TemporaryDirectory() as made:
        folder = words.site or words.keep or Path(made)
        problems = [] if words.site else build([p.resolve() for p in words.notebooks] or every, folder.resolve())
        n_pages, seen = look_at_all(folder.resolve())
    for problem in problems + seen: print(problem)
    print(f"{n_pages} pages at {' and '.join(map(str, WIDTHS))} px, {len(problems + seen)} problems, {time.perf_counter() - start:.0f} s")
    if not words.site: print(f"not seen here: {UNSEEN}")
    sys.exit(bool(problems + seen))


if __name__ == "__main__": main()
