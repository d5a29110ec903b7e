"""Cut paper: layers of one colour with a soft shadow, drawn at twice the size so that edges come out smooth."""

from math import pi, sin

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1600, 1067
SCALE = 2
SHADOW = 4  # the shadow is drawn this much smaller than the layer, since it is blurred anyway
REACH = 128  # how far around a layer its shadow can fall, on the large drawing

Point = tuple[float, float]


class Layer:
    """A sheet to cut shapes from; all measures are those of the finished picture."""

    def __init__(self):
        self.mask = Image.new("L", (WIDTH * SCALE, HEIGHT * SCALE), 0)
        self._draw = ImageDraw.Draw(self.mask)

    def _scaled(self, points) -> list[Point]:
        return [(x * SCALE, y * SCALE) for x, y in points]

    def polygon(self, points: list[Point], ink: int = 255) -> "Layer":
        """Any straight-edged shape; ink 0 cuts a hole."""
        self._draw.polygon(self._scaled(points), fill=ink)
        return self

    def box(self, left: float, top: float, right: float, bottom: float, ink: int = 255, radius: float = 0) -> "Layer":
        """A rectangle, with round corners if asked for."""
        corners = [left * SCALE, top * SCALE, right * SCALE, bottom * SCALE]
        self._draw.rounded_rectangle(corners, radius=radius * SCALE, fill=ink)
        return self

    def circle(self, x: float, y: float, radius: float, ink: int = 255) -> "Layer":
        """A circle around a point."""
        self._draw.ellipse(
            [(x - radius) * SCALE, (y - radius) * SCALE, (x + radius) * SCALE, (y + radius) * SCALE], fill=ink
        )
        return self

    def arch(self, x: float, top: float, width: float, bottom: float, ink: int = 255) -> "Layer":
        """A round arch, standing on ``bottom``, its middle at ``x``."""
        radius = width / 2
        self.circle(x, top + radius, radius, ink)
        return self.box(x - radius, top + radius, x + radius, bottom, ink)

    def hill(self, height: float, *waves: tuple[float, float, float]) -> "Layer":
        """Ground up to ``height`` from the top, in waves of (size, length, shift)."""
        ridge = [(x, ridge_at(x, height, waves)) for x in range(-20, WIDTH + 21, 8)]
        return self.polygon([*ridge, (WIDTH + 20, HEIGHT + 20), (-20, HEIGHT + 20)])

    def house(self, x: float, ground: float, width: float, height: float, roof: float) -> "Layer":
        """A house with a pointed roof and a chimney; ``x`` is its left side."""
        eaves = ground - height
        self.box(x, eaves, x + width, ground)
        self.box(x + width * 0.72, eaves - roof * 0.9, x + width * 0.84, eaves)
        return self.polygon([(x - width * 0.08, eaves), (x + width / 2, eaves - roof), (x + width * 1.08, eaves)])

    def tree(self, x: float, ground: float, radius: float) -> "Layer":
        """A round tree on a trunk."""
        self.circle(x, ground - radius * 1.9, radius)
        return self.box(x - radius * 0.09, ground - radius * 1.9, x + radius * 0.09, ground + 4)


def ridge_at(x: float, height: float, waves) -> float:
    """How far from the top the ridge of a hill is at ``x``."""
    return height + sum(size * sin(2 * pi * x / length + shift) for size, length, shift in waves)


class Paper:
    """The picture, built from the back to the front."""

    def __init__(self):
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))

    def sky(self, top: str, bottom: str) -> None:
        """Fill the sheet, one colour fading into the other."""
        fade = Image.linear_gradient("L").resize(self.image.size)
        self.image = Image.composite(Image.new("RGB", fade.size, bottom), Image.new("RGB", fade.size, top), fade)

    def lay(self, layer: Layer, colour: str, shadow: int = 70) -> None:
        """Put a layer on top, with its shadow on what lies below."""
        place = layer.mask.getbbox()
        if place is None:
            return
        if shadow:
            self._cast(layer.mask, place, shadow)
        self.image.paste(colour, place, layer.mask.crop(place))

    def _cast(self, mask: Image.Image, place: tuple[int, int, int, int], strength: int) -> None:
        """Darken what lies around the layer; only that part of the picture is touched."""
        left, top = max(place[0] - REACH, 0), max(place[1] - REACH, 0)
        around = (left, top, min(place[2] + REACH, mask.width), min(place[3] + REACH, mask.height))
        small = mask.crop(around).reduce(SHADOW * SCALE).filter(ImageFilter.GaussianBlur(18 / SHADOW))
        soft = small.point(lambda ink: ink * strength // 255)
        raised = Image.new("L", soft.size, 0)
        raised.paste(soft, (0, -8 // SHADOW))
        size = (around[2] - around[0], around[3] - around[1])
        self.image.paste("#073539", around, raised.resize(size, Image.Resampling.BILINEAR))

    def finished(self) -> Image.Image:
        """The picture at its own size."""
        return self.image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
