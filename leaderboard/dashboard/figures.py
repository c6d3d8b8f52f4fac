"""A chart as a picture file, made when it is asked for, without a network."""

from __future__ import annotations

from typing import Any, Literal

import altair as alt

Kind = Literal["png", "svg"]
KINDS: dict[Kind, str] = {"png": "image/png", "svg": "image/svg+xml"}
WIDTH = 720  # pixels: a page of paper or a slide, whatever the window
SCALE = 2  # pixels of the PNG for one of the chart, so that it stays sharp in print
PLAIN: dict[str, Any] = {"background": "#FFFFFF", "padding": 12, "font": "sans-serif"}


def rendered(drawing: alt.LayerChart, suffix: Kind) -> bytes:
    """The chart as PNG or SVG, on white; nothing that its text names is fetched."""
    import vl_convert  # here: it takes as long to load as a page to draw, and few pages are downloaded

    options: dict[str, Any] = {"vl_version": ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])}
    options["allowed_base_urls"] = []
    chart = drawing.properties(width=WIDTH).configure(**PLAIN).to_json()
    if suffix == "png":
        return bytes(vl_convert.vegalite_to_png(chart, scale=SCALE, **options))
    return str(vl_convert.vegalite_to_svg(chart, **options)).encode("utf-8")
