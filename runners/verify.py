"""Prove the results: recompute everything from submissions/ in a temporary place and compare it with what lies there.

Reads `submissions/`, `benchmarks/`, `results/` and `leaderboard/`; writes nothing but the bundle that is asked for.

    python3 -m runners.verify
    python3 -m runners.verify --bundle run.tar.gz
    python3 -m runners.verify --from-bundle run.tar.gz
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from runners.verification.bundle import unpack_bundle, write_bundle
from runners.verification.comparison import compare
from runners.verification.findings import Finding, differing
from runners.verification.recomputation import recompute
from runners.verification.records import check_records
from utils.cli import layout_from, run_stage, shown, stage_parser
from utils.errors import DONE, PARTLY_FAILED, one_line
from utils.layout import Layout

STAGE = "runners.verify"
DESCRIPTION = (
    "Recomputes results/ and leaderboard/ from submissions/ in a temporary place and compares them with what lies "
    "there; checks what step 1 put on record (the benchmarks' SHA-256, the sampled items, what was sent, who "
    "answered). One table says what is proven, what differs and what is not on record. Exit code 1 if anything differs."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the verification; the return is its exit code."""
    parser = stage_parser(STAGE, DESCRIPTION, f"python3 -m {STAGE} --bundle run.tar.gz")
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--bundle", type=Path, metavar="FILE",
        help="then pack submissions, manifests, benchmarks, results and versions into this .tar.gz, if nothing differs",
    )  # fmt: skip
    either.add_argument(
        "--from-bundle", type=Path, metavar="FILE", help="verify such a bundle instead of the folders under --root"
    )
    parser.add_argument("--all", action="store_true", help="name each file that is proven, too")
    arguments = parser.parse_args(argv)
    layout = layout_from(arguments)
    with tempfile.TemporaryDirectory(prefix="trustbench-verify-") as folder:
        if arguments.from_bundle:
            layout = unpack_bundle(arguments.from_bundle, Path(folder) / "bundle")
        findings = verify(layout, Path(folder) / "again")
    show(findings, everything=arguments.all)
    if differing(findings):
        return PARTLY_FAILED
    if arguments.bundle:
        count = write_bundle(layout, arguments.bundle)
        print(f"{count} files are in {shown(arguments.bundle.absolute())}")
    return DONE


def verify(layout: Layout, scratch: Path) -> list[Finding]:
    """All findings on a root: its records first, then each file of its results."""
    records = check_records(layout)
    scratch.mkdir()
    again = recompute(layout, scratch, lambda step: print(f"again: {step}", file=sys.stderr, flush=True))
    return [*records, *compare(layout, again)]


def show(findings: Sequence[Finding], *, everything: bool) -> None:
    """The table; of the files that are proven only the number, unless everything is asked for."""
    files = [finding for finding in findings if ": " not in finding.what and finding.state == "proven"]
    told = [finding for finding in findings if everything or finding not in files]
    width = max((len(finding.what) for finding in told), default=0)
    for finding in told:
        print(f"{finding.state:14}{one_line(finding.what):{width}}  {one_line(finding.detail)}")
    if files and not everything:
        print(f"{'proven':14}{len(files)} files of results/ and leaderboard/ follow from the submissions (--all: each)")
    counts = Counter(finding.state for finding in findings)
    print(", ".join(f"{counts[state]} {state}" for state in ("proven", "differs", "not on record")))


if __name__ == "__main__":
    run_stage(main)
