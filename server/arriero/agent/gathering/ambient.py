"""What the user did not ask for but would have to say: where he is, what is wrong, what is near.

Each source answers for itself, and says nothing where it knows nothing. All of them block.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

from arriero.agent.gathering.budget import Budget
from arriero.agent.gathering.files import part_offer
from arriero.agent.gathering.git_state import GitKnown, git_known
from arriero.agent.gathering.known import Known
from arriero.agent.gathering.offer import Offer
from arriero.agent.gathering.problems import problem_entries
from arriero.agent.gathering.project import project_facts
from arriero.agent.gathering.shapes import Around, Entries, Lines
from arriero.agent.gathering.spot import Spot
from arriero.index.keywords import keywords
from arriero.index.map import Focus
from arriero.index.search import SearchHit
from arriero.tools.registry import Tier
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.excerpt import cut, plain_lines
from arriero.workspace.problem import Problem
from arriero.workspace.view import WorkspaceView

log = logging.getLogger(__name__)

GIT_SECONDS = 0.2
_SHARES = {"near": 0.35, "problems": 0.25, "hits": 0.3, "map": 0.4, "git": 0.1, "facts": 0.15}
_LEAST_MAP = 150  # tokens; a smaller map tells nothing
_MOST_PROBLEMS = 20
_MOST_CHANGED = 10
_HITS: dict[Tier, int] = {"small": 5, "medium": 8, "large": 10}
_HIT_LINES: dict[Tier, int] = {"small": 0, "medium": 3, "large": 8}
_COLUMNS = 200
_LOOKED_FOR = 2_000  # characters of a prompt


def near(view: WorkspaceView, spot: Spot, attached: Sequence[str]) -> tuple[Offer, ...]:
    """Return what is selected, unless it is `attached`, and the lines around the cursor."""
    try:
        path = view.locate(spot.path)
        lines = plain_lines(view.peek(path).text)
    except WorkspaceError as error:
        log.info("the document in front of the user is not given: %s", error)
        return ()
    if not lines:
        return ()
    shown = view.display(path)
    first, last = spot.first, min(spot.last, len(lines))
    offers = []
    selected = "\n".join(lines[first - 1 : last]) if 0 < first <= last else ""
    given = ["\n".join(plain_lines(text)).strip() for text in attached]
    if selected.strip() and not any(_covers(text, selected.strip()) for text in given):
        offers.append(part_offer(shown, lines, first, last, "it is selected"))
    around = Around(lines, spot.line or first, first, last)
    title = f"The file in front of the user: {shown}"
    why = "it is the file in front of you"
    return (*offers, Offer(shown, why, title, around, _SHARES["near"]))


def _covers(text: str, selected: str) -> bool:
    """Tell whether a text is what is selected, of which the first and last line may be a part."""
    if selected in text:
        return True
    return text in selected and 2 * len(text) >= len(selected)


def problems(view: WorkspaceView, found: Sequence[Problem], spot: Spot) -> tuple[Offer, ...]:
    """Return what the editor reports of the document in front of the user."""
    shape = _first(problem_entries(found, view.display, spot.line), _MOST_PROBLEMS)
    title = "Problems that the editor reports there"
    why = "the editor reports them for the file in front of you"
    return (Offer("problems", why, title, shape, _SHARES["problems"]),)


def broken(view: WorkspaceView, found: Sequence[Problem]) -> tuple[Offer, ...]:
    """Return the errors that the editor reports of files that the model edited."""
    shape = _first(problem_entries(found, view.display), _MOST_PROBLEMS)
    title = "Errors that the editor reports in files that you edited"
    why = "the editor reports them for files that were edited in this session"
    return (Offer("problems after edits", why, title, shape, _SHARES["problems"]),)


def hits(
    view: WorkspaceView, known: Known, prompt: str, tier: Tier, beside: Collection[str], said: str
) -> tuple[Offer, ...]:
    """Return what the index finds for a prompt, but for the files `beside`, given already."""
    words = prompt[:_LOOKED_FOR]
    asked = keywords(words)
    if len(asked.words) < 2 and not asked.certain and not asked.files:
        return ()  # "Go on." is about nothing
    blocks = []
    for hit in known.search(words).hits:
        if hit.path in beside:
            continue
        block = _hit(view, hit, _HIT_LINES[tier])
        if block not in said:
            blocks.append(block)
        if len(blocks) == _HITS[tier]:
            break
    title = "Places in the workspace that may matter, found by words; read them before you use them"
    why = "the index found them for the words of your prompt"
    return (Offer("places found", why, title, Entries(blocks), _SHARES["hits"]),)


def outline(
    known: Known, budget: Budget, estimate: Callable[[str], int], focus: Focus
) -> tuple[Offer, ...]:
    """Return the map of the workspace."""
    tokens = int(budget.whole * _SHARES["map"])
    if tokens < _LEAST_MAP:
        return ()
    title = "Outline of the most important files"
    # The title and the fence take a little of it.
    text = known.outline(tokens - estimate(title) - 16, estimate, focus)
    why = "a session begins with it"
    shape = Lines(text.splitlines())
    return (Offer("map of the workspace", why, title, shape, _SHARES["map"]),)


def git(view: WorkspaceView) -> tuple[Offer, ...]:
    """Return branch and changed files of the first folder."""
    known = git_known(view.roots[0], GIT_SECONDS) if view.roots else GitKnown()
    shape = _first(known.entries, _MOST_CHANGED + 1, open_end=not known.complete)
    why = "it tells what you are working on"
    return (Offer("state of Git", why, "State of Git", shape, _SHARES["git"]),)


def facts(view: WorkspaceView) -> tuple[Offer, ...]:
    """Return what the files of the project say about how it is built and checked."""
    lines = project_facts(view)
    why = "a session is told it once"
    return (Offer("project facts", why, "Project", Entries(lines), _SHARES["facts"]),)


def _first(entries: Sequence[str], most: int, *, open_end: bool = False) -> Entries:
    """Return the first entries, and how many others there are."""
    return Entries(entries[:most], max(len(entries) - most, 0), open_end)


def _hit(view: WorkspaceView, hit: SearchHit, most: int) -> str:
    where = view.display(hit.path)
    lines = f":{hit.line}" if hit.line == hit.end_line else f":{hit.line}-{hit.end_line}"
    why = f" ({'; '.join(hit.why[:2])})" if hit.why else ""
    text = [f"  {cut(line, _COLUMNS)}" for line in plain_lines(hit.text)[:most]]
    return "\n".join([f"{where}{lines}{why}", *text])
