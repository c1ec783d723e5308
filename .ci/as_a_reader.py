"""Run every notebook as a reader does, "Run All" in a fresh kernel without IN_TEST: no cell may end with an error or say a word on stderr.

    python .ci/as_a_reader.py [--twice] [NOTEBOOK …]

With --twice each is run a second time, and must come out the same, byte by byte. The notebooks themselves are left as they are.
"""
import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbdev.clean import clean_nb

root = Path(__file__).resolve().parent.parent
nbs = root/"nbs"


def run(path: Path) -> tuple[str, list[str]]:
    "Run a notebook in memory: the cleaned result as text, and what is wrong."
    notebook = nbformat.read(path, 4)
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
    "The cells that did not come out the same."
    cells = zip(json.loads(first)["cells"], json.loads(second)["cells"])
    return [f"{path}: cell {number} came out differently when run again" for number, (a, b) in enumerate(cells) if a != b]


def read(path: Path, twice: bool) -> tuple[Path, float, list[str]]:
    "Run a notebook once or twice: its path, seconds, and what is wrong."
    start = time.perf_counter()
    first, problems = run(path)
    if twice and not problems:
        second, problems = run(path)
        problems = problems or differences(path, first, second)
    return path, time.perf_counter() - start, problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    words = parser.parse_args()
    hidden = (".", "_")
    every = [p for p in sorted(nbs.rglob("*.ipynb")) if not any(part.startswith(hidden) for part in p.relative_to(nbs).parts)]
    os.environ.pop("IN_TEST", None)
    os.environ.update({"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])})
    os.environ.pop("MPLBACKEND", None)  # Jupyter's own, as a reader has it
    problems = []
    with ProcessPoolExecutor(words.workers) as pool:
        for done in as_completed([pool.submit(read, path.resolve(), words.twice) for path in words.notebooks or every]):
            path, seconds, wrong = done.result()
            print(f"{seconds:6.0f} s  {path.relative_to(root)}{'' if not wrong else '  FAILED'}", flush=True)
            problems += wrong
    for problem in problems: print(problem.replace(f"{root}/", ""))
    print(f"{len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__": main()
