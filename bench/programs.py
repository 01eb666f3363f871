"""Running what is measured, and describing the machine that it ran on."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/bin/hashlens"
PYTHON = ROOT / ".deps/venv/bin/python"
PEERS = ROOT / "bench/peers"
EXIT_USAGE = 2
EXIT_UNREADABLE = 5
IDLE_LOAD = 0.5


def fail(message, code=1):
    print(f"compare: {message}", file=sys.stderr)
    sys.exit(code)


def note(message):
    print(f"compare: {message}", file=sys.stderr)


def lines(*command):
    """(exit code, the lines that the command printed, as JSON)."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, cwd=ROOT)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def run(*command):
    """The last line that the command prints, as JSON. Its failure ends this program: with its own code, when it has said why."""
    code, printed = lines(*command)
    if code in (EXIT_USAGE, EXIT_UNREADABLE):
        sys.exit(code)
    if code != 0 or not printed:
        fail(f"ended with {code}: {' '.join(str(part) for part in command)}")
    return printed[-1]


def check_installed(program, modules):
    """Ends this program when something is missing that is needed only after minutes of measuring."""
    for path, remedy in ((program, "make"), (PYTHON, "tools/setup.sh --bench")):
        if not path.exists():
            fail(f"{path} is not there; run {remedy}", EXIT_UNREADABLE)
    imports = f"import {', '.join(modules)}"
    if subprocess.run([PYTHON, "-c", imports], stderr=subprocess.DEVNULL).returncode != 0:
        fail(f"not all of {', '.join(modules)} are installed; run tools/setup.sh --bench", EXIT_UNREADABLE)


def machine():
    """The processor, and what others use of it, which had better be nothing."""
    load = os.getloadavg()[0]
    if load > IDLE_LOAD:
        note(f"the machine is not idle (load {load:.1f}): the times will not be steady")
    names = [line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {"processor": names[0] if names else "", "cores": os.cpu_count(), "load": round(load, 2)}


def write_json(path, figures):
    """Writes the figures so far, when a file is wanted."""
    if path:
        path.write_text(json.dumps(figures, indent=2) + "\n")


def draw(verb, figures, plot):
    """Draws the figures into an SVG file, when one is wanted."""
    if not plot:
        return
    drawn = subprocess.run([PYTHON, ROOT / "bench/plot.py", verb, plot], input=json.dumps(figures), text=True)
    if drawn.returncode != 0:
        fail(f"{plot} was not drawn")
