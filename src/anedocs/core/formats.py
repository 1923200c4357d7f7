"""The papers and card sizes that documents are made for; their measures stand in the templates."""

from __future__ import annotations

from typing import Literal, get_args

Paper = Literal["letter", "a4"]
CardSize = Literal["badge", "index", "a6"]
PAPERS: tuple[Paper, ...] = get_args(Paper)
CARD_SIZES: tuple[CardSize, ...] = get_args(CardSize)
