"""What a column's name says of its values: how good the best rating is, how a date puts its parts."""

import re
import unicodedata

from services.ingest.dates import DateOrder
from services.ingest.ratings import StarsScale

_BEST = re.compile(
    r"(?:/|÷|(?<![^\W_])(?:out of|von|sur|sobre|van|max\.?|de|di|su|av|af|z|из))\s*(\d{1,3})(?![\d/.\-])"
    r"|(?<!\d)[01]\s*(?:[-–—~〜…]|\.\.+|to|bis|à|a|tot|till|do|до|から)\s*(\d{1,3})(?![\d/.\-])"
    r"|(?<!\d)[01]\s*=[^()]*?(?<!\d)(\d{1,3})\s*="
    r"|(\d{1,3})\s*(?:点満点|段階|分制|점 만점)"
)
_HUNDRED = re.compile(r"%|(?<![^\W_])(?:percent|prozent|pourcent|porcent|por ?ciento)")
_TEN = re.compile(r"(?<![^\W_])(?:nps|net ?promoter)")
_DAY_MONTH = re.compile(r"(?<![^\W_])([dtj]{1,2})[/.\-]m{1,2}(?!\w)")
_MONTH_DAY = re.compile(r"(?<![\w/.\-])m{1,2}[/.\-][dtj]{1,2}(?!\w)")

_LOOKED_AT = 200
"""Characters at a name's end."""


def scale_named(name: str) -> StarsScale | None:
    """The best rating that a column's name says, as `Rating (out of 10)`, `Note /20` and `NPS` do."""
    plain = unicodedata.normalize("NFKC", name[-_LOOKED_AT:]).casefold()
    if match := _BEST.search(plain):
        best = int(next(filter(None, match.groups())))
        return best if 1 < best <= 100 else None
    if _HUNDRED.search(plain):
        return 100
    return 10 if _TEN.search(plain) else None


def order_named(name: str) -> DateOrder | None:
    """Whether a column's name puts the day or the month first, as `Date (DD/MM/YYYY)` does."""
    plain = name[-_LOOKED_AT:].casefold()
    if _DAY_MONTH.search(plain):
        return DateOrder.DAY_FIRST
    return DateOrder.MONTH_FIRST if _MONTH_DAY.search(plain) else None
