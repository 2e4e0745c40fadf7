"""The buttons on Start: shapes bound to macros, side by side in one row, as a drawing part."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from lossmit_workbook import styles
from lossmit_workbook.macro_actions import ACTIONS, Action

NAMESPACES = (
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
EMU = 9525  # a pixel
WIDTH, GAP, INSET, HEIGHT = 145, 10, 5, 30  # pixels
ROW_POINTS = 30.0
"""Height of the row of buttons: 40 pixels."""


def drawing(row: int, widths: Sequence[float]) -> bytes:
    """The drawing part with a button an action, in a row (from 1) of a sheet with these column widths."""
    made = [_button(action, place, row, widths) for place, action in enumerate(ACTIONS)]
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f"{head}<xdr:wsDr {NAMESPACES}>{''.join(made)}</xdr:wsDr>".encode()


def _button(action: Action, place: int, row: int, widths: Sequence[float]) -> str:
    left = INSET + place * (WIDTH + GAP)
    return (
        '<xdr:twoCellAnchor editAs="absolute">'
        f"<xdr:from>{_corner(left, INSET, row, widths)}</xdr:from>"
        f"<xdr:to>{_corner(left + WIDTH, INSET + HEIGHT, row, widths)}</xdr:to>"
        f'<xdr:sp macro="[0]!{action.macro}" textlink="">'
        f'<xdr:nvSpPr><xdr:cNvPr id="{place + 2}" name="lm_button_{action.sub}" descr={quoteattr(action.tip)}/>'
        "<xdr:cNvSpPr/></xdr:nvSpPr>"
        f'<xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{WIDTH * EMU}" cy="{HEIGHT * EMU}"/></a:xfrm>'
        '<a:prstGeom prst="roundRect"><a:avLst/></a:prstGeom>'
        f'<a:solidFill><a:srgbClr val="{styles.NAVY[2:]}"/></a:solidFill><a:ln><a:noFill/></a:ln></xdr:spPr>'
        '<xdr:txBody><a:bodyPr vertOverflow="clip" rtlCol="0" anchor="ctr"/><a:lstStyle/><a:p>'
        '<a:pPr algn="ctr"/><a:r><a:rPr lang="en-US" sz="1000" b="1"><a:solidFill><a:srgbClr val="FFFFFF"/>'
        f'</a:solidFill><a:latin typeface="{styles.FACE}"/></a:rPr><a:t>{action.label}</a:t></a:r></a:p></xdr:txBody>'
        '</xdr:sp><xdr:clientData fPrintsWithSheet="0"/></xdr:twoCellAnchor>'
    )


def _corner(left: int, top: int, row: int, widths: Sequence[float]) -> str:
    """A point of the sheet as column and row with offsets into them."""
    column = 0
    while column < len(widths) - 1 and left >= pixels(widths[column]):
        left -= pixels(widths[column])
        column += 1
    return (
        f"<xdr:col>{column}</xdr:col><xdr:colOff>{left * EMU}</xdr:colOff>"
        f"<xdr:row>{row - 1}</xdr:row><xdr:rowOff>{top * EMU}</xdr:rowOff>"
    )


def pixels(width: float) -> int:
    """Width of a column in pixels, from Excel's characters."""
    return round(width * 7 + 5)
