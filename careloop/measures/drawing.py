"""A small canvas: the same shapes as SVG text or, with Pillow, as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

Point = tuple[float, float]

FONTS = (
    "NotoSansSC-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "wqy-microhei.ttc",
    "msyh.ttc",
    "DejaVuSans.ttf",
)
PNG_SCALE = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """A polyline, polygon, circle or text in canvas units, origin top left."""

    kind: str
    points: tuple[Point, ...]
    color: str
    width: float = 1.0
    opacity: float = 1.0
    text: str = ""
    anchor: str = "start"
    size: float = 12.0


@dataclass
class Canvas:
    """Shapes in the order in which they are painted on white."""

    width: int
    height: int
    title: str
    shapes: list[Shape] = field(default_factory=list)

    def line(self, points: Sequence[Point], color: str, width: float = 1.0) -> None:
        """A polyline."""
        self.shapes.append(Shape("line", tuple(points), color, width))

    def area(self, points: Sequence[Point], color: str, opacity: float = 1.0) -> None:
        """A filled polygon."""
        self.shapes.append(Shape("area", tuple(points), color, opacity=opacity))

    def dot(self, at: Point, radius: float, color: str) -> None:
        """A filled circle."""
        self.shapes.append(Shape("dot", (at,), color, radius))

    def label(self, at: Point, text: str, *, anchor: str = "start", size: float = 12.0, color: str = "#222222") -> None:
        """A text; anchor start, middle or end of its base line."""
        self.shapes.append(Shape("text", (at,), color, text=text, anchor=anchor, size=size))


def to_svg(canvas: Canvas) -> str:
    """The canvas as an SVG document with a title for screen readers; no script, no style sheet."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {canvas.width} {canvas.height}" '
        f'width="{canvas.width}" height="{canvas.height}" role="img" font-family="sans-serif">',
        f"<title>{escape(canvas.title)}</title>",
        f'<rect width="{canvas.width}" height="{canvas.height}" fill="#ffffff"/>',
    ]
    lines += [_svg(shape) for shape in canvas.shapes]
    return "\n".join([*lines, "</svg>", ""])


def _svg(shape: Shape) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
    x, y = shape.points[0]
    if shape.kind == "line":
        return f'<polyline points="{points}" fill="none" stroke="{shape.color}" stroke-width="{shape.width:g}"/>'
    if shape.kind == "area":
        return f'<polygon points="{points}" fill="{shape.color}" fill-opacity="{shape.opacity:g}"/>'
    if shape.kind == "dot":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{shape.width:g}" fill="{shape.color}"/>'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{shape.size:g}" fill="{shape.color}" '
        f'text-anchor="{shape.anchor}">{escape(shape.text)}</text>'
    )


def write_png(canvas: Canvas, path: Path) -> None:
    """The canvas as PNG at twice its size (Pillow)."""
    from PIL import Image, ImageColor, ImageDraw  # slow: only for --chart x.png

    image = Image.new("RGBA", (canvas.width * PNG_SCALE, canvas.height * PNG_SCALE), "#ffffff")
    for shape in canvas.shapes:
        layer = Image.new("RGBA", image.size, (0, 0, 0, 0)) if shape.opacity < 1.0 else image
        pen = ImageDraw.Draw(layer)
        points = [(x * PNG_SCALE, y * PNG_SCALE) for x, y in shape.points]
        if shape.kind == "line":
            pen.line(points, fill=shape.color, width=max(1, round(shape.width * PNG_SCALE)))
        elif shape.kind == "area":
            pen.polygon(points, fill=(*ImageColor.getrgb(shape.color)[:3], round(255 * shape.opacity)))
        elif shape.kind == "dot":
            x, y, r = *points[0], shape.width * PNG_SCALE
            pen.ellipse((x - r, y - r, x + r, y + r), fill=shape.color)
        else:
            anchor = {"start": "ls", "middle": "ms", "end": "rs"}[shape.anchor]
            pen.text(points[0], shape.text, fill=shape.color, font=_font(shape.size), anchor=anchor)
        if layer is not image:
            image.alpha_composite(layer)
    image.convert("RGB").save(path)


def _font(size: float) -> Any:
    from PIL import ImageFont  # slow: only for --chart x.png

    for name in FONTS:
        try:
            return ImageFont.truetype(name, round(size * PNG_SCALE))
        except OSError:
            continue
    return ImageFont.load_default(size=size * PNG_SCALE)
