"""All that is fuzzed, by name."""

from __future__ import annotations

from tests.fuzzing import bundles, imported, providers, readers, shown, submissions, tables
from tests.fuzzing.target import Target

GROUPS = (submissions, tables, readers, imported, providers, bundles, shown)
TARGETS: dict[str, Target] = {target.name: target for group in GROUPS for target in group.TARGETS}
