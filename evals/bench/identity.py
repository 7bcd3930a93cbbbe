"""How identity resolution grows: `python -m evals.bench.identity RECORDS` measures one size.

Each size runs in a process of its own, so that its peak memory is its own. A fifth of the
records repeats an earlier human under another key; some phones are a whole company's.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from evals.bench.measure import Measure, fresh
from tools.identity.pages import PAGE, RawRecord

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (2_000, 8_000)
_MEMORY_GOAL_MB = 1_500
_SECONDS_GOAL = 300 / 1_000_000
"""Goal per record: a million in five minutes of one core."""
_REPEATS, _SWITCHBOARD = 0.2, 0.01
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟静敏磊洋艳勇军杰娟涛超明刚平辉玲桂丹萍鑫波宇浩凯健俊帆雪蕾"


def records(count: int) -> Iterator[tuple[RawRecord, ...]]:
    """Yield invented records in pages, in the order of their ids."""
    rng = random.Random(1)
    page: list[RawRecord] = []
    for number in range(count):
        is_repeat = number > 100 and rng.random() < _REPEATS
        human = rng.randrange(number) if is_repeat else number
        page.append(_record(rng, number, human))
        if len(page) == PAGE:
            yield tuple(page)
            page = []
    if page:
        yield tuple(page)


def _record(rng: random.Random, number: int, human: int) -> RawRecord:
    own = random.Random(human)
    name = own.choice(_SURNAMES) + own.choice(_GIVEN) + own.choice(_GIVEN)
    company = f"公司{own.randrange(1 + human // 4)}有限公司"
    phone = f"1{3 + human % 7}{human * 387_420_489 % 1_000_000_000:09d}"
    if rng.random() < _SWITCHBOARD:
        phone = f"139{own.randrange(1_000):08d}"
    keys = (
        ("phone", "phone", phone if rng.random() < 0.9 else ""),
        ("email", "email", f"u{human}@example.cn" if rng.random() < 0.8 else ""),
    )
    made = datetime(2024, 1, 1) + timedelta(minutes=number)  # noqa: DTZ001 - local wall time
    return RawRecord(f"r{number:09d}", made, name, company, f"职务{human % 12}", "bench", keys)  # type: ignore[arg-type]


def one(count: int) -> dict[str, float]:
    """Load and link that many records; return seconds, peak megabytes and people found."""
    import resource

    from tools.identity.store import IdentityStore, Manual

    with tempfile.TemporaryDirectory() as folder:
        store = IdentityStore(Path(folder) / "identity.duckdb")
        begin, worked = time.perf_counter(), time.process_time()
        store.load(records(count))
        loaded = time.process_time() - worked
        report = store.link(Manual())
        linked = time.process_time() - worked - loaded
        store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "load_s": loaded,
        "link_s": linked,
        "wall_s": time.perf_counter() - begin,
        "peak_mb": peak,
        "persons": report.persons,
    }


def measure(*, quick: bool = False) -> tuple[Measure, ...]:
    """Return the growth curve: CPU seconds and memory by number of records."""
    out: list[Measure] = []
    first: tuple[int, float, float] | None = None
    for count in QUICK_SIZES if quick else SIZES:
        found = json.loads(fresh(["-m", "evals.bench.identity", str(count)], timeout=3_600))
        total, peak = found["load_s"] + found["link_s"], found["peak_mb"]
        first = first or (count, total, peak)
        size, cpu, memory = (
            now / then for now, then in zip((count, total, peak), first, strict=True)
        )
        note = (
            f"load {found['load_s']:.1f} s, link {found['link_s']:.1f} s of CPU, "
            f"{found['wall_s']:.1f} s in all, {found['persons']:,} people"
        )
        out.append(Measure(f"identity, {count:,} records", total, "s", _SECONDS_GOAL * count, note))
        grown = f"{size:.0f} times the records take {cpu:.1f} times the CPU and {memory:.1f} times the memory"
        out.append(Measure("  peak memory", peak, "MB", _MEMORY_GOAL_MB, grown))
    return tuple(out)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(one(int(sys.argv[1]))))
