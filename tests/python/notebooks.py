"""Runs the notebooks of docs/notebooks on a lake.

    notebooks.py check LAKE     run them; compare what comes out with what is committed
    notebooks.py refresh LAKE   run them; write what comes out into the files

What comes out must be the same on every machine: no clock, no path, no address
of memory, no font but the one that comes with matplotlib. Exit status 1 and a
line for each difference when something is wrong.
"""

import base64
import io
import os
import re
import sys
import tempfile
from pathlib import Path

import nbclient
import nbformat
import numpy
from PIL import Image

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
TIMEOUT_S = 300

# Rendering of text differs a little between processors; a chart of other data
# differs in far more than this share of its pixels.
MAX_DIFFERENT_PIXELS = 0.002
MIN_COLOURS = 8


def main(action: str, lake: str) -> int:
    problems = []
    with tempfile.TemporaryDirectory() as settings:
        set_environment(lake, settings)
        for path in sorted(FOLDER.glob("*.ipynb")):
            committed = nbformat.read(path, as_version=4)
            print(f"running {path.name} ...", file=sys.stderr, flush=True)
            ran, error = run(committed)
            found = [error] if error else list(unfit(ran, lake))
            if action == "check" and not found:
                found = list(differences(committed, ran))
            if action == "refresh" and not found:
                path.write_text(nbformat.writes(ran) + "\n", encoding="utf-8")
            problems += [f"{path.name}: {problem}" for problem in found]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def set_environment(lake: str, settings: str) -> None:
    """What the person at this machine has configured stays out."""
    os.environ.update(
        REGATTA_LAKE=str(Path(lake).resolve()),
        REGATTA_CHART_FONT="DejaVu Sans",
        IPYTHONDIR=f"{settings}/ipython",
        JUPYTER_CONFIG_DIR=f"{settings}/jupyter",
        JUPYTER_RUNTIME_DIR=f"{settings}/runtime",
        MPLCONFIGDIR=f"{settings}/matplotlib",
        PYDEVD_DISABLE_FILE_VALIDATION="1",
        TZ="UTC",
        LC_ALL="C.UTF-8",
    )
    for name in list(os.environ):
        if name.startswith(("POLARS_", "MPLBACKEND")):
            del os.environ[name]


def run(committed):
    """A copy with fresh outputs, and the error of the cell that failed."""
    notebook = nbformat.from_dict(committed)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = nbclient.NotebookClient(
        notebook,
        timeout=TIMEOUT_S,
        startup_timeout=TIMEOUT_S,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        return None, f"a cell failed\n{error}"
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    nbformat.validate(notebook)
    return notebook, None


def unfit(notebook, lake: str):
    """What must not be committed."""
    places = {str(Path(lake).resolve()), str(FOLDER.parents[1]), str(Path.home()), "/tmp/", "127.0.0.1"}
    for number, output in outputs(notebook):
        if output.output_type == "stream" and output.name == "stderr":
            yield f"cell {number} warns: {output.text.strip()}"
        for text in texts(output).values():
            for place in places:
                if place in text:
                    yield f"cell {number} shows a place of this machine: {place}"
            if address := re.search(r"\b0x[0-9a-f]{6,}\b", text):
                yield f"cell {number} shows an address of memory: {address[0]}"
        if (picture := png(output)) is not None:
            colours = len(numpy.unique(picture.reshape(-1, picture.shape[-1]), axis=0))
            if colours < MIN_COLOURS:
                yield f"cell {number}: a picture of {colours} colours is empty"


def differences(committed, ran):
    expected, found = list(outputs(committed)), list(outputs(ran))
    if [n for n, _ in expected] != [n for n, _ in found]:
        yield f"outputs of cells {[n for n, _ in expected]} are committed, {[n for n, _ in found]} came"
        return
    for (number, old), (_, new) in zip(expected, found):
        for kind in sorted(texts(old).keys() | texts(new).keys()):
            before, after = texts(old).get(kind, ""), texts(new).get(kind, "")
            if before != after:
                yield f"cell {number}, {kind}: {first_difference(before, after)}"
        before, after = png(old), png(new)
        if (before is None) != (after is None):
            yield f"cell {number}: a picture is committed or came, not both"
        elif before is not None and before.shape != after.shape:
            yield f"cell {number}: a picture of {before.shape} is committed, {after.shape} came"
        elif before is not None:
            share = numpy.mean(numpy.abs(before.astype(int) - after).max(axis=-1) > 64)
            if share > MAX_DIFFERENT_PIXELS:
                yield f"cell {number}: {share:.1%} of the picture's pixels differ"


def outputs(notebook):
    """Number of the cell (from 1, of all cells) and output."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            yield number, output


def texts(output) -> dict[str, str]:
    if output.output_type == "stream":
        return {output.name: output.text}
    return {kind: data for kind, data in output.get("data", {}).items() if kind.startswith("text/")}


def png(output):
    data = output.get("data", {}).get("image/png")
    return None if data is None else numpy.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


def first_difference(before: str, after: str) -> str:
    for old, new in zip(before.splitlines() + [""], after.splitlines() + [""]):
        if old != new:
            return f"{old!r} is committed, {new!r} came"
    return f"{len(before.splitlines())} lines are committed, {len(after.splitlines())} came"


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("check", "refresh"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
