#!/usr/bin/env python3
"""Prints the results of `cargo bench --bench enter_leave` and its budgets as Markdown tables.

usage: table.py [CRITERION_DIRECTORY]     (default: target/criterion)

A ratio is the median of one row over the median of another; both should be of the same run, so
rows that are much older than the newest one are named below the tables.
"""

import json
import sys
from pathlib import Path

GROUP = "enter_leave"
SAME_RUN_SECONDS = 600

ROWS = {
    "floor": ["by_value_intrusive", "by_value_vec", "fresh_arc_id"],
    "peer": [
        "tracing_existing_span",
        "tracing_new_span",
        "otel_attach",
        "otel_derive_attach",
        "fastrace_local_span",
        "tokio_task_local",
        "sentry_push_scope",
    ],
    "complus": [
        "inherit",
        "inherit_transaction",
        "inherit_timed_transaction",
        "new_transaction",
        "new_untimed_transaction",
        "depth_1",
        "depth_10000",
        "observed",
        "closure_inherit",
        "set_complete",
        "failed_enter",
        "explicit_runtime",
        "method_call",
    ],
}

INTRUSIVE = ("floor", "by_value_intrusive")
FRESH_ARC = ("floor", "fresh_arc_id")
INHERIT = ("complus", "inherit")
DEPTH_1 = ("complus", "depth_1")

# (complus row, the row it is divided by, budget, goal); None: the ratio is only reported.
RATIOS = [
    ("inherit", INTRUSIVE, 4.0, 2.0),
    ("new_transaction", FRESH_ARC, 2.0, 1.0),
    ("inherit_transaction", INTRUSIVE, None, None),
    ("inherit_timed_transaction", INTRUSIVE, None, None),
    ("new_untimed_transaction", FRESH_ARC, None, None),
    ("depth_1", INTRUSIVE, None, None),
    ("depth_10000", INTRUSIVE, None, None),
    ("observed", INTRUSIVE, None, None),
    ("closure_inherit", INTRUSIVE, None, None),
    ("set_complete", INTRUSIVE, None, None),
    ("failed_enter", INTRUSIVE, None, None),
    ("explicit_runtime", INTRUSIVE, None, None),
    ("depth_10000", DEPTH_1, 1.5, None),
    ("observed", INHERIT, 5.0, 3.0),
    ("set_complete", INHERIT, 1.0, None),
    ("failed_enter", INHERIT, 1.0, None),
    ("explicit_runtime", INHERIT, 1.0, None),
]


class Result:
    """One row of the group: its median with the confidence interval, in nanoseconds."""

    def __init__(self, path):
        median = json.loads(path.read_text())["median"]
        interval = median["confidence_interval"]
        self.median = median["point_estimate"]
        self.low = interval["lower_bound"]
        self.high = interval["upper_bound"]
        self.level = interval["confidence_level"]
        self.time = path.stat().st_mtime


def load(directory):
    """The results found, by kind and row; first the rows named above, in their order."""
    results = {}
    for kind, rows in ROWS.items():
        found = {path.parent.parent.name: path for path in (directory / GROUP / kind).glob("*/new/estimates.json")}
        for row in rows + sorted(found.keys() - set(rows)):
            results[kind, row] = Result(found[row]) if row in found else None
    return results


def print_table(header, rows):
    """Prints a Markdown table; every column but the first two is aligned to the right."""
    print(f"| {' | '.join(header)} |")
    print("|" + "|".join(" --- " if column < 2 else " ---: " for column in range(len(header))) + "|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print()


def time_row(key, result):
    """A line of the table of times."""
    if result is None:
        return [*key, "missing", ""]
    return [*key, f"{result.median:.2f}", f"{result.low:.2f} .. {result.high:.2f}"]


def ratio_row(results, row, base, budget, goal):
    """A line of the table of ratios."""
    limits = [f"<= {limit:g}" if limit is not None else "" for limit in (budget, goal)]
    above, below = results["complus", row], results[base]
    if above is None or below is None:
        return [row, base[1], "missing", *limits, ""]
    ratio = above.median / below.median
    if budget is None:
        verdict = ""
    elif ratio > budget:
        verdict = "MISS"
    else:
        verdict = "pass, goal met" if goal is not None and ratio <= goal else "pass"
    return [row, base[1], f"{ratio:.2f}", *limits, verdict]


def main():
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else "target/criterion")
    results = load(directory)
    measured = {key: result for key, result in results.items() if result is not None}
    if not measured:
        sys.exit(f"no results in {directory / GROUP}; run `cargo bench -p complus-benches` first")

    levels = sorted({f"{result.level:.0%}" for result in measured.values()})
    print_table(
        ["kind", "row", "median ns", f"{'/'.join(levels)} interval"],
        [time_row(key, result) for key, result in results.items()],
    )
    print_table(
        ["complus row", "over", "ratio", "budget", "goal", "verdict"],
        [ratio_row(results, *ratio) for ratio in RATIOS],
    )

    newest = max(result.time for result in measured.values())
    old = [row for (_, row), result in measured.items() if newest - result.time > SAME_RUN_SECONDS]
    if old:
        minutes = SAME_RUN_SECONDS // 60
        print(f"More than {minutes} minutes older than the newest row, so not of the same run: {', '.join(old)}.")


if __name__ == "__main__":
    main()
