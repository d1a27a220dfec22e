"""(k) A 日报 as PDF and as XLSX: from the facts of a busy day to the bytes, in a process that has set one before."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from store.history.database import migrate, open_engine
from tests.benchmarks.figures import Figure, quantile

LIMIT_S = 1.5
TIMES = 10


def measure() -> Figure:
    from dashboard.reports.pdf import pdf
    from dashboard.reports.xlsx import xlsx
    from tests.reports import day

    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'history.db'}", write=True)
        migrate(engine)
        day.written(engine, quick=False)
        taken: dict[str, list[float]] = {"facts": [], "pdf": [], "xlsx": []}
        for _ in range(TIMES):
            began = time.perf_counter()
            made = day.paper(engine)
            taken["facts"].append(time.perf_counter() - began)
            for name, write in (("pdf", pdf), ("xlsx", xlsx)):
                began = time.perf_counter()
                write(made)
                taken[name].append(time.perf_counter() - began)
        engine.dispose()
    middle = {name: quantile(values, 0.5) for name, values in taken.items()}
    whole = {name: middle["facts"] + middle[name] for name in ("pdf", "xlsx")}
    return Figure(
        "k",
        "(k) a 日报 from the database to the bytes",
        f"PDF {whole['pdf']:.2f} s, XLSX {whole['xlsx']:.2f} s",
        f"<= {LIMIT_S:g} s each",
        met=max(whole.values()) <= LIMIT_S,
        note=f"median of {TIMES}; of it reading the facts {middle['facts']:.2f} s; "
        f"the first PDF of a process opens the fonts: {taken['pdf'][0]:.2f} s",
        details={name: [round(value, 3) for value in values] for name, values in taken.items()},
    )
