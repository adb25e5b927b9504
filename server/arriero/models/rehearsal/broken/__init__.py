"""Models that break on purpose, as small models and their servers do, while they do a real job.

Each solves the demo's sample (see `solver`) in whatever form it is given its tools (see `reading`)
and has one bad habit (see `kinds`). What they do not imitate: a model that does not understand the
task, that gives up, or that has several bad habits at once.
"""

from arriero.models.rehearsal.broken.kinds import KINDS
from arriero.models.rehearsal.broken.model import BrokenModel

__all__ = ["KINDS", "BrokenModel"]
