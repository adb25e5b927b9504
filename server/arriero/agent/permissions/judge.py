"""Whether a call may run: the rules of the settings, what was answered, then the profile.

`deny` wins over `ask`, `ask` over `allow`, whatever layer they come from. Rules that deny or ask
only ever narrow; a rule that allows, and nothing else, lets through what the profile would not.
What was answered stands in for a question, and for nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from arriero.agent.permissions import forms
from arriero.agent.permissions.call import Call
from arriero.agent.permissions.matching import allowing, is_about_tool, may_be_about, narrows
from arriero.agent.permissions.paths import Place
from arriero.agent.permissions.profiles import Verdict, of_command, of_tool
from arriero.agent.permissions.remembered import Remembered
from arriero.sessions.events import ToolKind
from arriero.settings.permissions import PermissionSettings
from arriero.settings.rules import Rule, Then, parse_rule
from arriero.shadow.protected import is_protected


@dataclass(frozen=True)
class Decision:
    """The verdict on a call, and what decided it, in words.

    `form` are the rules by which a lasting answer would be remembered in the workspace, none where
    it cannot be; `session` what an answer for the session stands for. `rule` is the rule that
    decided, empty where the profile did.
    """

    verdict: Verdict
    because: str
    rule: str = ""
    form: tuple[str, ...] = ()
    session: tuple[str, ...] = ()


@dataclass
class Permissions:
    """The decisions of one session, in its folders (canonical, the first is its workspace).

    `always` is what the user allowed for the session; it lives as long as the session is at hand.
    """

    settings: PermissionSettings
    roots: tuple[str, ...] = ()
    remembered: Remembered | None = None
    always: set[str] = field(default_factory=set)

    def judge(self, call: Call) -> Decision:
        """Return the verdict on a call. Looks at the disk: call it in a thread."""
        place = Place(self.roots, os.path.expanduser("~"))
        rules = list(self.settings.rules)
        answered = self._answered()
        denied = next((r for r in (*rules, *answered["deny"]) if _denies(r, call, place)), None)
        if denied is not None:
            where = "the rule" if denied in rules else "what you answered for this workspace:"
            return Decision("deny", f"{where} deny {denied}", str(denied))
        verdict, because = self._of_profile(call)
        rule = ""
        allowed = allowing((r for r in rules if r.then == "allow"), call, place)
        if allowed and not (call.runs and self.settings.commands == "deny"):
            rule = _told(allowed)
            verdict, because = "allow", f"the rule allow {rule}"
        if verdict == "deny":
            return Decision(verdict, because)
        asking = next((r for r in rules if r.then == "ask" and narrows(r, call, place)), None)
        if asking is not None:
            return Decision("ask", f"the rule ask {asking}", str(asking))
        narrow = (r for r in (*rules, *answered["deny"]) if r.then != "allow")
        for doubt in narrow:
            if why := may_be_about(doubt, call):
                because = f"{why}, so {doubt.then} {doubt} might be about it"
                return Decision("ask", because, str(doubt))
        if verdict == "allow":
            return Decision(verdict, because, rule)
        return self._asked(call, because, answered["allow"], place)

    def offers(self, tool: str, kind: ToolKind) -> bool:
        """Whether any call of a tool may be allowed: else a model need not know of it."""
        about = [rule for rule in self.settings.rules if is_about_tool(rule, tool, kind)]
        if any(rule.then == "deny" and not rule.pattern for rule in about):
            return False
        verdict, _ = self._of_profile(Call(tool, kind, confined=True))
        if kind == "execute" and self.settings.commands == "deny":
            return False
        return verdict != "deny" or any(rule.then == "allow" for rule in about)

    def allow_always(self, decision: Decision) -> None:
        """Remember that the user does not want to be asked again in this session."""
        self.always.update(decision.session)

    def remember(self, decision: Decision, then: Then) -> bool:
        """Keep an answer for the workspace; tell whether it was kept. Blocks."""
        if self.remembered is None or not self.roots or not decision.form:
            return False
        return self.remembered.add(self.roots[0], then, decision.form)

    def _asked(self, call: Call, because: str, answered: Sequence[Rule], place: Place) -> Decision:
        """Answer in the place of the person if that was said before."""
        session = forms.for_session(call)
        if not self.always.isdisjoint(session) and self.always.issuperset(session):
            told = ", ".join(session)
            return Decision("allow", f"you allowed it for this session: {told}", told)
        said = [*_parsed(self.always), *answered]
        found = allowing((r for r in said if _holds(r, call)), call, place)
        if found:
            kept = "for this workspace" if set(found) <= set(answered) else "for this session"
            return Decision("allow", f"you allowed it {kept}: {_told(found)}", _told(found))
        lasting = forms.lasting(call) if self.remembered is not None and self.roots else ()
        return Decision("ask", because, "", lasting, session)

    def _of_profile(self, call: Call) -> tuple[Verdict, str]:
        settings = self.settings
        profile = f"the profile {settings.profile}"
        if not call.runs:
            name = _obeyed(call)
            verdict = of_tool(settings.profile, call.kind, obeyed=bool(name))
            if verdict != of_tool(settings.profile, call.kind):
                profile = f"{profile}: other programs obey {name}"
            return verdict, profile
        if settings.commands == "deny":
            return "deny", "permissions.commands: deny"
        known = not call.confined and call.known.kind == "reads"
        verdict = of_command(
            settings.profile, settings.commands, confined=call.confined, known=known
        )
        if settings.commands != "auto":
            profile = f"permissions.commands: {settings.commands} ({profile})"
        if call.confined:
            return verdict, f"{profile}: the shadow confines it"
        why = call.known.why if call.command is not None else "it runs code"
        return verdict, f"{profile}: nothing confines it, and {why}"

    def _answered(self) -> dict[Then, list[Rule]]:
        kept = self.remembered.of(self.roots[0]) if self.remembered and self.roots else []
        found: dict[Then, list[Rule]] = {"allow": [], "deny": []}
        for one in kept:
            found[one.rule.then].append(one.rule)
        return found


def _obeyed(call: Call) -> str:
    """Return a file of the workspace that a call names and other programs obey; or none."""
    inside = [os.path.relpath(path, root) for path in call.paths for root in call.roots]
    return next((one for one in inside if one[:3] != "../" and is_protected(one)), "")


def _denies(rule: Rule, call: Call, place: Place) -> bool:
    return rule.then == "deny" and narrows(rule, call, place)


def _holds(rule: Rule, call: Call) -> bool:
    """Whether an answer holds for a call: one with a `*` only if the same would be shown for it."""
    return not (call.command is not None and rule.pattern.endswith("*")) or (
        str(rule) in forms.lasting(call)
    )


def _parsed(texts: set[str]) -> list[Rule]:
    found = []
    for text in sorted(texts):
        try:
            found.append(parse_rule(text, "allow"))
        except ValueError:  # a line that is only ever compared as a whole
            continue
    return found


def _told(rules: Sequence[Rule]) -> str:
    return ", ".join(map(str, rules))
