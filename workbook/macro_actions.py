"""What a user can press: one table from which the buttons on Start and the ribbon's tab are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

RIBBON_NAMESPACE = "http://schemas.microsoft.com/office/2009/07/customui"


@dataclass(frozen=True)
class Action:
    """A macro without arguments (`MODULE.SUB`), its label, what it does in a line, and Office's picture for it."""

    macro: str
    label: str
    tip: str
    picture: str
    group: str

    @property
    def sub(self) -> str:
        """Name of the macro without its module."""
        return self.macro.rpartition(".")[2]

    @property
    def callback(self) -> str:
        """What the ribbon calls."""
        return f"Ribbon{self.sub}"


TAPE, WORK, HANDOVER = "Tape", "Work", "Hand over"
ACTIONS = (
    Action("LmPython.ImportTape", "Import tape", "Read a seller's tape and show how its headings were understood",
           "FileOpen", TAPE),
    Action("LmPython.Build", "Build", "Write the workbook of the imported tape, with what you typed in this one",
           "CalculateNow", TAPE),
    Action("LmCompare.CompareSelected", "Compare loan", "Show the loan of this row on Compare", "FindDialog", WORK),
    Action("LmRefresh.RefreshSummary", "Refresh", "Compute every formula anew and look at the checks", "RefreshAll",
           WORK),
    Action("LmPartner.PartnerCopy", "Partner copy", "A copy that needs neither macros nor Python", "FileSaveAs",
           HANDOVER),
    Action("LmSetup.CheckSetup", "Check set-up", "Is everything there that Import and Build need?", "Help", HANDOVER),
)  # fmt: skip


def ribbon() -> bytes:
    """The part customUI/customUI14.xml: a tab LossMit with a group for each step of the work."""
    groups = []
    for number, title in enumerate((TAPE, WORK, HANDOVER), start=1):
        buttons = "".join(_ribbon_button(action) for action in ACTIONS if action.group == title)
        groups.append(f'<group id="lmGroup{number}" label={quoteattr(title)}>{buttons}</group>')
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<customUI xmlns="{RIBBON_NAMESPACE}" onLoad="RibbonLoaded"><ribbon><tabs>'
        f'<tab id="lmTab" label="LossMit">{"".join(groups)}</tab></tabs></ribbon></customUI>'
    ).encode()


def _ribbon_button(action: Action) -> str:
    return (
        f'<button id="lm{action.sub}" label={quoteattr(action.label)} size="large" imageMso="{action.picture}" '
        f'onAction="LmRibbon.{action.callback}" screentip={quoteattr(action.label)} supertip={quoteattr(action.tip)}/>'
    )
