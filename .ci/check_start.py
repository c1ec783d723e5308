"""Measure what a help text and a misspelt path take, beside what importing Typer and pandas takes: at most three times as long."""
import subprocess
import sys
import tempfile
import time

LIMIT = 3
COMMANDS = {  # name → arguments of Python, and the exit code that is right
    "import typer, pandas": (["-c", "import typer, pandas"], 0),
    "import biotrove_fe": (["-c", "import biotrove_fe"], 0),
    "biotrove-fe --help": (["-m", "biotrove_fe", "--help"], 0),
    "biotrove-fe compare, a missing CSV": (["-m", "biotrove_fe", "compare", ".", "nowhere.csv", "--out", "new"], 2),
}


def seconds(arguments: list[str], code: int) -> float:
    "The least wall time of five."
    times = []
    for _ in range(5):
        start = time.perf_counter()
        process = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=folder)
        times.append(time.perf_counter() - start)
        if process.returncode != code: sys.exit(f"{arguments} ended with {process.returncode}: {process.stderr}")
    return min(times)


with tempfile.TemporaryDirectory() as folder:
    taken = {name: seconds(*command) for name, command in COMMANDS.items()}
yardstick = next(iter(taken.values()))
for name, time_taken in taken.items(): print(f"{time_taken:6.2f} s  {time_taken/yardstick:5.2f} times  {name}")
sys.exit(any(time_taken > LIMIT*yardstick for time_taken in taken.values()))
