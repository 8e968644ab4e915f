"""`python -m bench [ROW …]`: measures the rows, prints the table; all of them: writes docs/benchmarks.md."""

import os
import signal
import sys
from pathlib import Path
from types import ModuleType

import cyclopts
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from . import (
    chunk_upload,
    cold_start,
    footprint,
    hls,
    keys_sold,
    licences_issued,
    offers_get,
    offers_list,
    ranged_download,
    stock_search,
)
from .context import Context
from .result import BenchFailed, Result

# A row is a module with NAME, GOAL and run(context) -> Result; the order is that of the table.
ROWS: list[ModuleType] = [
    offers_get,
    offers_list,
    chunk_upload,
    ranged_download,
    keys_sold,
    licences_issued,
    stock_search,
    hls,
    cold_start,
    footprint,
]

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
_HEAD = ["", "Vitrina", "peer", "ratio", "goal", ""]
_out = Console(highlight=False)
app = cyclopts.App(name="bench", help="Measures Vitrina beside what people use today.", version_flags=[])


@app.default
def measure(
    *names: str, rounds: int = 3, seconds: int = 8, warm_up: int = 2, write: bool | None = None
) -> None:
    """Measure rows, all if none is named, and print the table.

    Parameters
    ----------
    names
        Rows to measure: offers_get, offers_list, chunk_upload, ranged_download, keys_sold, licences_issued,
        stock_search, hls, cold_start, footprint.
    rounds
        Times that each side is measured, in turn.
    seconds
        Length of one measurement.
    warm_up
        Seconds of load before each measurement.
    write
        Write docs/benchmarks.md; the default is yes when all rows are measured.
    """
    by_name = {row.NAME: row for row in ROWS}
    if unknown := [name for name in names if name not in by_name]:
        raise BenchFailed(f"There is no row {', '.join(unknown)}; there are: {', '.join(by_name)}.")
    wanted = [by_name[name] for name in names] or ROWS
    busy = os.getloadavg()[0]
    results = []
    with Context(rounds=rounds, seconds=seconds, warm_up=warm_up) as context:
        context.versions["load before the run"] = f"{busy:.1f}" + (
            " (busy: noisy figures)" if busy > 0.7 else ""
        )
        for row in wanted:
            context.say(f"{row.NAME}: {row.GOAL}")
            results.append((row, row.run(context)))
            _show(results[-1][1])
            if write or (write is None and wanted == ROWS):  # after each: a row that fails takes none away
                _PAGE.write_text(_page(results, context), encoding="utf-8")
    for name, what in context.versions.items():
        _out.print(f"{name}: {what}", style="dim", markup=False)


def _show(result: Result) -> None:
    table = Table(
        *_HEAD,
        title=escape(f"{result.title} against {result.peer}"),
        caption=escape(result.how),
        title_justify="left",
    )
    for figure in result.figures:
        table.add_row(*figure.cells)
    _out.print(table)


def _page(results: list[tuple[ModuleType, Result]], context: Context) -> str:
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`, which installs the peers, starts both sides on this machine and measures them in",
        "turn (A B A B …) in one run. Figures are medians, with the least and the greatest of the rounds; what",
        "counts is the ratio. `python -m bench ROW` measures one row.",
        "",
    ]
    for row, result in results:
        lines += [
            f"## {result.title}",
            "",
            f"Against: {result.peer}. {result.how}. Each of {context.rounds} rounds takes {context.seconds} s after"
            f" {context.warm_up} s of warm-up. Measured by `python -m bench {row.NAME}`.",
            "",
            f"| {' | '.join(_HEAD)} |",
            "|" + " --- |" * len(_HEAD),
            *(f"| {' | '.join(figure.cells)} |" for figure in result.figures),
            "",
        ]
    lines += ["## What it ran on", "", "| | |", "| --- | --- |"]
    lines += [f"| {name} | {what} |" for name, what in context.versions.items()]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers stop, too
    try:
        app()
    except BenchFailed as failed:
        _out.print(str(failed), style="red", markup=False)
        sys.exit(1)
