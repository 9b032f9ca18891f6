#!/usr/bin/env python3
"""Prints the results of the benches and their budgets as Markdown tables.

usage: table.py [GROUP] [CRITERION_DIRECTORY]     (default: every group that has results, target/criterion)

A ratio is the median of one row over the median of another; both should be of the same run, so
rows that are much older than the newest one are named below the tables.
"""

import json
import sys
from pathlib import Path

SAME_RUN_SECONDS = 600


class Group:
    """The rows of a bench, and which of them are divided by which.

    A ratio is a complus row, the row (or the rows together) it is divided by, budget and goal; None: the ratio is
    only reported.
    """

    def __init__(self, name, rows, ratios):
        self.name = name
        self.rows = rows
        self.ratios = ratios


INTRUSIVE = ("floor", "by_value_intrusive")
FRESH_ARC = ("floor", "fresh_arc_id")
INHERIT = ("complus", "inherit")
DEPTH_1 = ("complus", "depth_1")
CAS_OWNER = ("floor", "cas_owner_call")
REENTRANT = ("floor", "reentrant_call")

ENTER_LEAVE = Group(
    "enter_leave",
    {
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
    },
    [
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
        ("new_transaction", ("complus", "method_call"), 0.5, None),
    ],
)

ACTIVITY_SYNC = Group(
    "activity_sync",
    {
        "floor": ["cas_owner_call", "reentrant_call"],
        "peer": ["desync", "actix_ask", "ractor_call", "kameo_ask"],
        "complus": ["uncontended", "reentrant", "unsynchronized", "with_a_value", "new_transaction"],
    },
    [
        ("uncontended", CAS_OWNER, 2.5, 1.5),
        ("reentrant", REENTRANT, 4.0, 2.0),
        ("unsynchronized", REENTRANT, None, None),
        ("with_a_value", CAS_OWNER, None, None),
        ("new_transaction", CAS_OWNER, None, None),
    ],
)

SHAPES = ["1p_1a", "2p_1a", "1p_1000a", "2p_1000a", "4p_1000a", "1p_100000a", "2p_100000a", "1p_1000000a"]

ACTIVITY_ASYNC = Group(
    "activity_async",
    {
        "floor": [row for shape in SHAPES for row in (shape, f"{shape}_lock_free")],
        "peer": [f"{peer}_{shape}" for peer in ("desync", "actix", "ractor", "kameo") for shape in ("1p_1a", "1p_1000a")]
        + ["rayon_spawn", "tokio_spawn"],
        "complus": [*SHAPES, "1p_unsynchronized"],
    },
    [(shape, ("floor", shape), 1.5, 1.0) for shape in SHAPES]
    + [(shape, ("floor", f"{shape}_lock_free"), None, None) for shape in SHAPES]
    + [("1p_unsynchronized", ("peer", "rayon_spawn"), None, None)],
)

ENTER = ("complus", "enter_leave")
SYNCHRONIZED = [ENTER, ("complus", "activity_call")]

ACTIVATION = Group(
    "activation",
    {
        "floor": ["snapshot_decision", "snapshot_decision_2_readers", "fresh_arc_id"],
        "peer": [
            *(f"{peer}{readers}" for peer in ("papaya", "dashmap", "rwlock") for readers in ("", "_2_readers")),
            "r2d2",
            "deadpool",
        ],
        "complus": [
            "lookup_decision",
            "lookup_decision_2_readers",
            "create_in_callers_context",
            "create_in_own_context",
            "create_pooled",
            "enter_leave",
            "activity_call",
            "proxy_call",
            "proxy_call_synchronized",
            "proxy_call_tracked",
            "proxy_call_just_in_time",
            "proxy_call_transaction",
        ],
    },
    [
        ("lookup_decision", ("floor", "snapshot_decision"), 2.0, 1.2),
        # Both rows are the time for one of all look-ups: two readers should need half of it.
        ("lookup_decision_2_readers", ("complus", "lookup_decision"), 1 / 1.8, 0.5),
        ("create_in_callers_context", FRESH_ARC, 6.0, 3.0),
        ("create_in_own_context", FRESH_ARC, 6.0, 3.0),
        ("create_pooled", ("complus", "create_in_own_context"), 2.0, 1.0),
        ("proxy_call", ENTER, 2.0, 1.2),
        ("proxy_call_synchronized", SYNCHRONIZED, 2.0, None),
        ("proxy_call_tracked", SYNCHRONIZED, 2.0, None),
        ("proxy_call_just_in_time", SYNCHRONIZED, None, None),
        ("proxy_call_transaction", FRESH_ARC, None, None),
    ],
)

GROUPS = [ENTER_LEAVE, ACTIVITY_SYNC, ACTIVITY_ASYNC, ACTIVATION]


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


def load(group, directory):
    """The results found, by kind and row; first the rows named above, in their order."""
    results = {}
    for kind, rows in group.rows.items():
        paths = (directory / group.name / kind).glob("*/new/estimates.json")
        found = {path.parent.parent.name: path for path in paths}
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
    limits = [f"<= {limit:.3g}" if limit is not None else "" for limit in (budget, goal)]
    bases = base if isinstance(base, list) else [base]
    name = " + ".join(below for _, below in bases)
    above, below = results["complus", row], [results[key] for key in bases]
    if above is None or None in below:
        return [row, name, "missing", *limits, ""]
    ratio = above.median / sum(result.median for result in below)
    if budget is None:
        verdict = ""
    elif ratio > budget:
        verdict = "MISS"
    else:
        verdict = "pass, goal met" if goal is not None and ratio <= goal else "pass"
    return [row, name, f"{ratio:.2f}", *limits, verdict]


def report(group, results):
    """The two tables of a group."""
    measured = {key: result for key, result in results.items() if result is not None}
    levels = sorted({f"{result.level:.0%}" for result in measured.values()})
    print(f"`{group.name}`\n")
    print_table(
        ["kind", "row", "median ns", f"{'/'.join(levels)} interval"],
        [time_row(key, result) for key, result in results.items()],
    )
    print_table(
        ["complus row", "over", "ratio", "budget", "goal", "verdict"],
        [ratio_row(results, *ratio) for ratio in group.ratios],
    )

    newest = max(result.time for result in measured.values())
    old = [row for (_, row), result in measured.items() if newest - result.time > SAME_RUN_SECONDS]
    if old:
        minutes = SAME_RUN_SECONDS // 60
        print(f"More than {minutes} minutes older than the newest row, so not of the same run: {', '.join(old)}.\n")


def main():
    arguments = sys.argv[1:]
    if len(arguments) > 2 or any(argument in ("-h", "--help") for argument in arguments):
        sys.exit(__doc__)
    named = [group for group in GROUPS if group.name in arguments]
    others = [argument for argument in arguments if argument not in {group.name for group in named}]
    if len(others) > 1:
        sys.exit(__doc__)
    directory = Path(others[0] if others else "target/criterion")
    found = [(group, load(group, directory)) for group in named or GROUPS]
    found = [(group, results) for group, results in found if any(results.values())]
    if not found:
        sys.exit(f"no results in {directory}; run `cargo bench -p complus-benches` first")
    for group, results in found:
        report(group, results)


if __name__ == "__main__":
    main()
