"""Run every notebook as a reader does, "Run All" in a fresh kernel without IN_TEST: no cell may end with an error or say a word on stderr.

    python .ci/as_a_reader.py [NOTEBOOK …] [--twice [first]] [--change | --rest] [--marked]

--twice   each is run a second time, and must come out the same, byte by byte; with "first" only the pages that a reader opens first
--change  only the pages that say what a reader may change, each with other values
--rest    all others, and those that a reader opens first
--marked  marked cells are run, too

The notebooks themselves are left as they are.
"""
import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import zip_longest
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbdev.clean import clean_nb

root = Path(__file__).resolve().parent.parent
nbs = root/"nbs"

INVITATION = "What you may change" # begins the text above the cell with the parameters
CHANGES = { # page → what a reader might write below its parameters
    "09_single_layer_resnet50": "n_photos, n_numbers = 12, 60",
    "10_double_layer_resnet50": "n_photos = 20",
    "11_double_layer_resnet101": "n_photos = 6",
    "12_supervised_contrastive": "temperature, steps, n_families, n_each = 0.1, 100, 6, 3",
    "18_visualization": "n_neighbors, min_dist, n_small = 50, 0.5, 4",
    "tutorials/your_own_photos": "methods, family, n_alike = ['single_layer_resnet50', 'torchvision:resnet18'], 'Plumavidae', 6",
    "tutorials/your_own_model": "n_photos, n_cells, resnet, one_level = 60, 3, 'resnet34', 'torchvision:shufflenet_v2_x0_5'\n"
                                "steps = {'early': 'layer2', 'species': 'layer4'}",
    "tutorials/in_your_own_code": "n_photos, n_alike, method = 60, 5, 'torchvision:resnet18'\n"
                                  "architecture, layers = 'resnet34', {'early': 'layer1', 'late': 'layer4'}",
    "tutorials/does_it_find_families": "score, family_shown = 'R-precision', 'Rosaceae'\n"
                                       "levels = {'early': 'blocks.2', 'species': 'pooled'}",
    "tutorials/millions_of_photos": "mine, n_gpus = dict(photos=2e6, gpu=900, cores=8, price=1.2), (2, 4)",
    "tutorials/reproduce_the_experiment": "n_photos, batch_size = 40, 16",
    "explanations/anchor_positive_negative": "chosen, temperatures = [1, 2, 9, 12, 22, 30, 41, 50], (0.1, 1.0)",
    "explanations/how_to_read_a_score": "n_each, spread, seed = 6, 1.5, 7",
    "explanations/maps_and_chance": "n_vectors, n_numbers, neighbours = 200, 20, (5, 30)",
    "explanations/what_a_resnet_holds": "organism, depth, architecture = 25, 20, 'resnet101'",
}
FIRST = ("index", "tutorials/your_own_photos", "tutorials/in_your_own_code", "explanations/how_to_read_a_score", "09_single_layer_resnet50")
BY_NATURE = { # page → why it can't come out the same
    "08_extraction": "its bars of progress say how many photos a second were read",
    "16c_costs": "it measures the speed of this machine, and forecasts from it",
}


def page_name(path: Path) -> str:
    "Such as tutorials/your_own_photos."
    return path.relative_to(nbs).with_suffix("").as_posix()


def parameters(notebook: nbformat.NotebookNode) -> int | None:
    "The number of the cell in which a reader may change something."
    invited = [k for k, cell in enumerate(notebook.cells) if cell.cell_type == "markdown" and INVITATION in cell.source.splitlines()[0]]
    return invited[0] + 1 if invited else None


def run(path: Path, more: str = "") -> tuple[str, list[str]]:
    "Run a notebook in memory, perhaps with lines below its parameters: the cleaned result as text, and what is wrong."
    notebook = nbformat.read(path, 4)
    if more: notebook.cells[parameters(notebook)].source += f"\n{more}"
    for cell in notebook.cells:
        if cell.cell_type == "code": cell.outputs = []
    beside = {"metadata": {"path": str(path.parent)}}
    try: NotebookClient(notebook, timeout=900, kernel_name="python3", coalesce_streams=True, resources=beside).execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as e: return "", [f"{path}: {e}"]
    spoken = [(number, output.text) for number, cell in enumerate(notebook.cells) for output in cell.get("outputs", [])
              if output.output_type == "stream" and output.name == "stderr"]
    clean_nb(notebook)
    return json.dumps(notebook, sort_keys=True), [f"{path}: cell {number} says on stderr: {text.strip()[:500]}" for number, text in spoken]


def differences(path: Path, first: str, second: str) -> list[str]:
    "The cells that did not come out the same, each with the first line that differs."
    problems = []
    for number, (a, b) in enumerate(zip(json.loads(first)["cells"], json.loads(second)["cells"])):
        lines = zip_longest(*(json.dumps(cell, indent=1, ensure_ascii=False).replace("\\n", "\n").splitlines() for cell in (a, b)))
        other = next(((str(one).strip()[:120], str(two).strip()[:120]) for one, two in lines if one != two), None)
        if other: problems.append(f"{path}: cell {number} ({a['id']}) came out differently when run again: {other[0]} | {other[1]}")
    return problems


def read(path: Path, twice: bool, change: bool) -> tuple[Path, float, list[str], str]:
    "Run a notebook once or twice: its path, seconds, what is wrong, and a word on what need not be the same."
    start, name, remark = time.perf_counter(), page_name(path), ""
    first, problems = run(path, CHANGES[name] if change else "")
    if twice and not problems:
        second, problems = run(path)
        other = [] if problems else differences(path, first, second)
        if other and name in BY_NATURE: remark = f"{len(other)} cells differ by their nature: {BY_NATURE[name]}"
        else: problems = problems + other
    return path, time.perf_counter() - start, problems, remark


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--twice", nargs="?", const="all", choices=("all", "first"), default="")
    for word in ("--change", "--rest", "--marked"): parser.add_argument(word, action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    words = parser.parse_args()
    hidden = (".", "_")
    every = [p for p in sorted(nbs.rglob("*.ipynb")) if not any(part.startswith(hidden) for part in p.relative_to(nbs).parts)]
    inviting = {page_name(path) for path in every if parameters(nbformat.read(path, 4))}
    problems = [f"{path}: names no kernel in its metadata, so that JupyterLab would ask for one" for path in every
                if "kernelspec" not in nbformat.read(path, 4).metadata]
    problems += [f"{name}: in CHANGES of .ci/as_a_reader.py, but not a page with \"{INVITATION}\", or the other way round"
                for name in sorted(inviting ^ CHANGES.keys())]
    problems += [f"{name}: named in .ci/as_a_reader.py, but there is no such page"
                 for name in sorted({*FIRST, *BY_NATURE} - {page_name(path) for path in every})]
    for problem in problems: print(problem.replace(f"{root}/", ""))
    chosen = [path.resolve() for path in words.notebooks or every]
    if words.change: chosen = [path for path in chosen if page_name(path) in inviting & CHANGES.keys()]
    if words.rest: chosen = [path for path in chosen if page_name(path) in FIRST or page_name(path) not in CHANGES]
    twice = {"all": {page_name(path) for path in chosen}, "first": set(FIRST), "": set()}[words.twice]
    os.environ.pop("IN_TEST", None)
    if words.marked: os.environ["IN_TEST"] = "1"
    os.environ.update({"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])})
    os.environ.pop("MPLBACKEND", None)  # Jupyter's own, as a reader has it
    with ProcessPoolExecutor(words.workers) as pool:
        for done in as_completed([pool.submit(read, path, page_name(path) in twice, words.change) for path in chosen]):
            path, seconds, wrong, remark = done.result()
            print(f"{seconds:6.0f} s  {path.relative_to(root)}{'' if not wrong else '  FAILED'}  {remark}".rstrip(), flush=True)
            for problem in wrong: print(problem.replace(f"{root}/", ""), flush=True)
            problems += wrong
    print(f"{len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__": main()
