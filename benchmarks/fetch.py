"""Brings public benchmarks as items: downloads a pinned revision, checks it, converts it, keeps its terms beside it.

Reads what benchmarks/catalog.toml names, over HTTPS or from a copy at hand; writes NAME.jsonl and NAME.LICENCE.txt to
--benchmarks-dir, the files as they came to .fetched/NAME/ in it, and fetched.lock.

    python3 -m benchmarks.fetch --list
    python3 -m benchmarks.fetch xstest gsm8k
    python3 -m benchmarks.fetch xstest --from ~/Downloads/xstest_prompts.csv
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bar

from benchmarks.catalog import Source, SourceFile, chosen_source, read_catalog
from benchmarks.converters import CONVERTERS
from benchmarks.converters.rows import read_rows
from benchmarks.converters.usable import Conversion, usable
from benchmarks.download import NotThere, Progress, download
from benchmarks.pins import Pins
from utils.atomic import write_bytes, write_text
from utils.cli import layout_from, run_stage, shown, stage_parser, warn
from utils.errors import DONE, PARTLY_FAILED, UNUSABLE_INPUT, UserError, one_line
from utils.hashing import sha256_file
from utils.jsonl import object_line

FETCHED = ".fetched"  # below --benchmarks-dir: the files as they came, and the layout that --mirror expects


@dataclass(frozen=True)
class Options:
    """Where to and where from; `any_revision` takes other bytes than the pinned ones, with a warning."""

    folder: Path
    copies: tuple[Path, ...] = ()
    mirror: str = ""
    any_revision: bool = False


def main(argv: Sequence[str] | None = None) -> int:
    """Fetch the named benchmarks, one after the other; the others go on when one fails.

    Returns:
        0 all are there, 1 some are, 2 none is.

    Raises:
        UserError: a name is not in the catalogue, or the flags do not go together.
    """
    arguments = _parser().parse_args(argv)
    catalog = read_catalog()
    if arguments.list:
        print("\n".join(line for source in catalog.values() for line in listed(source)))
        return DONE
    names = list(dict.fromkeys(getattr(arguments, "names", None) or ()))
    if not names:
        raise UserError("name a benchmark; `python3 -m benchmarks.fetch --list` shows what there is")
    copies = tuple(getattr(arguments, "copies", None) or ())
    if copies and (len(names) > 1 or arguments.mirror):
        raise UserError("--from converts a copy of one benchmark: give one NAME, and no --mirror")
    sources = [chosen_source(catalog, name) for name in names]
    options = Options(layout_from(arguments).benchmarks, copies, arguments.mirror, arguments.any_revision)
    failed = 0
    for source in sources:
        try:
            print("\n".join(summary(source, fetch(source, options), options.folder)))
        except UserError as error:
            failed += 1
            print(f"error: {one_line(f'{source.name}: {error}')}", file=sys.stderr)
    return DONE if not failed else PARTLY_FAILED if failed < len(sources) else UNUSABLE_INPUT


def fetch(source: Source, options: Options) -> Conversion:
    """Bring one benchmark, write its items and its terms; the return is what its rows became.

    Raises:
        UserError: a file cannot be had, is not the pinned one, has another shape, or would overwrite a user's own.
    """
    _keep_own_files(source, options.folder)
    pins = Pins(options.folder)
    if options.copies:
        paths = _copies(source, options.copies)
    else:
        print(f"{source.title}, {source.licence}: {_amount(source)} from {_whence(source, options)}")
        paths = {file.name: _fetched(source, file, options, pins) for file in source.files}
    digests = {name: _sha256(path) for name, path in paths.items()}
    is_pinned = _check(source, paths, digests, options, pins)
    rows = {file.name: read_rows(paths[file.name]) for file in source.files}
    conversion = usable(item for name in rows for item in CONVERTERS[source.name](Path(name).stem, rows[name]))
    if not conversion.items:
        raise UserError("none of its rows makes an item; the files have another shape than the pinned ones")
    if not options.copies and is_pinned:
        _trust(source, digests, pins)
    # The terms first: items never lie there without them.
    write_text(terms_path(source, options.folder), terms(source, digests, conversion, is_pinned=is_pinned))
    write_bytes(items_path(source, options.folder), b"".join(map(object_line, conversion.items)))
    return conversion


def items_path(source: Source, folder: Path) -> Path:
    """The file of the benchmark's items."""
    return folder / f"{source.name}.jsonl"


def terms_path(source: Source, folder: Path) -> Path:
    """The file of the benchmark's licence, citation and origin."""
    return folder / f"{source.name}.LICENCE.txt"


def listed(source: Source) -> list[str]:
    """The lines of `--list` about one benchmark."""
    unknown = sum(file.sha256 is None for file in source.files)
    pinned = "revision and SHA-256 pinned" if not unknown else "revision pinned, SHA-256 recorded on first fetch"
    return [
        f"{source.name:<15} {source.task:<10} {source.items:>6,} items  {_amount(source)}  {source.licence}",
        f"    {source.title}. {source.note}",
        f"    {source.citation}",
        f"    {source.page} ({pinned})",
    ]


def summary(source: Source, conversion: Conversion, folder: Path) -> list[str]:
    """The lines that say what was written, on what terms, and what to do with it."""
    pairs = len({item["pair"] for item in conversion.items if "pair" in item})
    left_out = "; ".join(f"{count:,} left out: {reason}" for reason, count in conversion.left_out)
    return [
        f"{shown(items_path(source, folder))}: {len(conversion.items):,} items of task {source.task}, {pairs} pairs"
        + (f" ({left_out})" if left_out else ""),
        f"  note     {source.note}",
        f"  licence  {source.licence}, {source.licence_url}",
        f"  cite     {source.citation}",
        f"  kept in  {shown(terms_path(source, folder))}",
        f"  next     python3 -m runners.auto_run_async --benchmarks {source.name} --dry-run",
    ]


def terms(source: Source, digests: Mapping[str, str], conversion: Conversion, *, is_pinned: bool) -> str:
    """The text that is kept beside the items."""
    left_out = "".join(f"Left out:  {count} ({reason})\n" for reason, count in conversion.left_out)
    files = "".join(f"File:      {name}, SHA-256 {digest}\n" for name, digest in digests.items())
    other = "" if is_pinned else "These files are not the pinned ones (--any-revision).\n"
    return (
        f"{source.title}, converted to TrustBench items as {source.name}.jsonl\n\n"
        f"Licence:   {source.licence} ({source.licence_url})\n"
        f"Citation:  {source.citation}\n"
        f"Source:    {source.page}, revision {source.revision}\n{files}{other}"
        f"Changes:   converted to JSON lines, labels and options renamed\n{left_out}"
        f"Note:      {source.note}\n"
    )


def _check(source: Source, paths: Mapping[str, Path], digests: Mapping[str, str], options: Options, pins: Pins) -> bool:
    """Whether no file is another than the pinned one; with `any_revision` that is a warning, else an error."""
    is_pinned = True
    for file in source.files:
        if mismatch := pins.mismatch(source, file, digests[file.name]):
            is_pinned = False
            if not options.any_revision:
                raise UserError(f"{paths[file.name]}: {mismatch}; --any-revision converts it all the same")
            warn(f"{paths[file.name]}: {mismatch}; converted all the same")
        elif options.copies and pins.expected(source, file) is None:
            warn(f"{paths[file.name]}: no SHA-256 of {file.name} is known yet, so it is taken as it is")
    return is_pinned


def _trust(source: Source, digests: Mapping[str, str], pins: Pins) -> None:
    for file in source.files:
        if pins.record(source, file, digests[file.name]):
            warn(f"{source.name}: {file.name} is trusted on this first fetch; its SHA-256 is now in {shown(pins.path)}")


def _fetched(source: Source, file: SourceFile, options: Options, pins: Pins) -> Path:
    """The file in `.fetched/NAME/`, downloaded where it is not there or is not the right one."""
    path = options.folder / FETCHED / source.name / file.name
    if path.is_file() and not pins.mismatch(source, file, _sha256(path)):
        return path
    part = path.with_name(f"{path.name}.part")
    urls = (f"{options.mirror.rstrip('/')}/{source.name}/{file.name}",) if options.mirror else source.urls(file)
    try:
        with _progress(file) as progress:
            resumed = download(urls, part, progress)
            if resumed and pins.mismatch(source, file, _sha256(part)):
                part.unlink()  # the bytes of the earlier try may be at fault
                download(urls, part, progress)
    except NotThere as error:
        raise UserError(f"{error}; {_by_hand(source, f'see {source.page}, agree to what it asks, and')}") from None
    except UserError as error:
        raise UserError(f"{error}; {_by_hand(source, 'with a copy at hand')}") from None
    mismatch = pins.mismatch(source, file, _sha256(part))
    if mismatch and not options.any_revision:
        part.unlink()
        raise UserError(f"{urls[0]}: {mismatch}; --any-revision converts it all the same")
    part.replace(path)
    return path


def _sha256(path: Path) -> str:
    try:
        return sha256_file(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def _by_hand(source: Source, how: str) -> str:
    files = "FILE" if len(source.files) == 1 else "FOLDER"
    return f"{how}: python3 -m benchmarks.fetch {source.name} --from {files}"


def _copies(source: Source, given: Sequence[Path]) -> dict[str, Path]:
    """For each file of the source the copy at hand: the one given, or the one of that name in a folder given."""
    if len(source.files) == 1 and len(given) == 1 and not given[0].is_dir():
        found = {source.files[0].name: given[0]}
    else:
        there = {path.name: path for place in given for path in (place.iterdir() if place.is_dir() else [place])}
        found = {file.name: there[file.name] for file in source.files if file.name in there}
    missing = [file.name for file in source.files if file.name not in found or not found[file.name].is_file()]
    if missing:
        raise UserError(f"--from {' '.join(map(str, given))}: lacks {', '.join(missing)}")
    return found


def _keep_own_files(source: Source, folder: Path) -> None:
    """A file of that name without terms beside it was not fetched: it is the user's own."""
    for path in (items_path(source, folder), folder / f"{source.name}.csv"):
        if path.exists() and (path.suffix == ".csv" or not terms_path(source, folder).exists()):
            raise UserError(f"{path}: stands there already and was not fetched; rename it, or give --benchmarks-dir")


def _amount(source: Source) -> str:
    sizes = [file.bytes for file in source.files]
    known = [size for size in sizes if size is not None]
    size = f"{sum(known) / 1000:,.0f} kB" if len(known) == len(sizes) else "size not known"
    return f"{len(sizes)} file{'s' if len(sizes) > 1 else ''}, {size}"


def _whence(source: Source, options: Options) -> str:
    return options.mirror or source.urls(source.files[0])[0].split("/")[2]


@contextmanager
def _progress(file: SourceFile) -> Iterator[Progress]:
    """A bar on a terminal; nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(file.name, total=file.bytes)
        yield lambda done, total: bar.update(task, completed=done, total=total or file.bytes)


def _parser() -> argparse.ArgumentParser:
    parser = stage_parser(
        "benchmarks.fetch",
        "Bring public benchmarks as items: a pinned revision, checked, converted, with licence and citation beside it.",
        "python3 -m benchmarks.fetch xstest gsm8k",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", default=argparse.SUPPRESS, help="benchmarks; see --list")
    parser.add_argument("--list", action="store_true", help="show what there is, with licence, size and citation")
    parser.add_argument(
        "--from",
        dest="copies",
        nargs="+",
        type=Path,
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="convert a copy at hand (a file, or the folder with its files) instead of downloading",
    )
    parser.add_argument(
        "--mirror", default="", metavar="URL", help=f"fetch URL/NAME/FILE instead: the layout of {FETCHED}/"
    )
    parser.add_argument(
        "--any-revision", action="store_true", help="take a file with another SHA-256 than the pinned one, and warn"
    )
    return parser


if __name__ == "__main__":
    run_stage(main)
