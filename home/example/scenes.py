"""What the pictures show, layer by layer from the back to the front."""

from math import pi, sin

from home.example.paper import HEIGHT, WIDTH, Layer, Paper, ridge_at

PAPER, SAND, AMBER, RUST = "#fbf7ef", "#fde6bd", "#f6b24f", "#7d3411"
TINT, MIST, SAGE, LEAF, TEAL, DEEP, DEEPER = "#e4efec", "#a9d0c8", "#7fb8ae", "#5fa39b", "#0d6166", "#0b4a4f", "#073539"
CLAY = "#b8683a"


def _ribbon(middle: list[tuple[float, float, float]]) -> list[tuple[float, float]]:
    """The outline of a river or path from (x, y, width) points, rounded between them."""
    smooth = []
    for (x0, y0, w0), (x1, y1, w1) in zip(middle, middle[1:], strict=False):
        for step in range(24):
            t = step / 24
            eased = t * t * (3 - 2 * t)
            smooth.append((x0 + (x1 - x0) * eased, y0 + (y1 - y0) * t, w0 + (w1 - w0) * t))
    smooth.append(middle[-1])
    left = [(x - width / 2, y) for x, y, width in smooth]
    right = [(x + width / 2, y) for x, y, width in smooth]
    return [*left, *reversed(right)]


def _clouds(paper: Paper, *places: tuple[float, float, float], colour: str = PAPER) -> None:
    layer = Layer()
    for x, y, size in places:
        layer.circle(x, y, size * 0.55).circle(x + size * 0.7, y + size * 0.1, size * 0.42)
        layer.circle(x - size * 0.65, y + size * 0.16, size * 0.36)
        layer.box(x - size * 1.05, y + size * 0.1, x + size * 1.15, y + size * 0.54, radius=size * 0.22)
    paper.lay(layer, colour, shadow=25)


def _trees(paper: Paper, colour: str, *places: tuple[float, float, float]) -> None:
    layer = Layer()
    for x, ground, radius in places:
        layer.tree(x, ground, radius)
    paper.lay(layer, colour, shadow=45)


def _windows(paper: Paper, colour: str, *places: tuple[float, float, float]) -> None:
    layer = Layer()
    for x, y, size in places:
        layer.box(x, y, x + size, y + size * 1.3, radius=size * 0.1)
    paper.lay(layer, colour, shadow=0)


def bridge(paper: Paper) -> None:
    """A stone bridge over the river."""
    paper.sky(SAND, PAPER)
    paper.lay(Layer().circle(1130, 290, 120), AMBER, shadow=30)
    _clouds(paper, (330, 210, 120), (640, 140, 80))
    paper.lay(Layer().hill(420, (70, 1400, 0.4), (20, 500, 1)), MIST)
    paper.lay(Layer().hill(520, (60, 1100, 2.4), (15, 420, 0)), LEAF)
    _trees(paper, TEAL, (150, 540, 46), (240, 560, 34), (1380, 520, 50), (1480, 530, 36))
    paper.lay(Layer().hill(600, (26, 1500, 4.2)), SAGE)
    water = _ribbon([(860, 560, 260), (800, 760, 520), (800, 1080, 1100)])
    paper.lay(Layer().polygon(water), TINT, shadow=50)
    lines = Layer()
    for x, y, length in ((620, 880, 190), (900, 930, 240), (560, 990, 160), (980, 840, 130), (760, 1030, 260)):
        lines.box(x, y, x + length, y + 7, radius=3)
    paper.lay(lines, MIST, shadow=0)
    stone = Layer().polygon([(-20, 560), (800, 480), (1620, 560), (1620, 860), (-20, 860)])
    for x, width, top in ((800, 330, 570), (400, 270, 610), (1200, 270, 610)):
        stone.arch(x, top, width, 880, ink=0)
    for x in (400, 800, 1200):
        stone.box(x - 20, 860, x + 20, 870, ink=0)
    paper.lay(stone, CLAY)
    coping = Layer().polygon([(-20, 548), (800, 466), (1620, 548), (1620, 584), (800, 502), (-20, 584)])
    paper.lay(coping, RUST, shadow=40)
    paper.lay(Layer().polygon([(-20, 780), (180, 830), (300, 940), (360, 1090), (-20, 1090)]), DEEP)
    paper.lay(Layer().polygon([(1620, 770), (1440, 820), (1320, 930), (1250, 1090), (1620, 1090)]), DEEP)
    _trees(paper, LEAF, (90, 860, 60), (1520, 850, 66), (1405, 900, 42))


def houses(paper: Paper) -> None:
    """A row of houses at dusk."""
    paper.sky("#12585d", SAND)
    paper.lay(Layer().circle(330, 250, 84), PAPER, shadow=0)
    stars = Layer()
    for x, y in ((560, 150), (720, 260), (880, 110), (1060, 210), (1240, 130), (1400, 270), (160, 120), (1520, 120)):
        stars.circle(x, y, 5)
    paper.lay(stars, SAND, shadow=0)
    paper.lay(Layer().hill(560, (70, 1500, 0.8), (20, 520, 2)), SAGE)
    paper.lay(Layer().hill(680, (50, 1300, 3.4)), LEAF)
    waves = ((36, 1900, 5.0),)
    colours = (CLAY, PAPER, RUST, SAND, CLAY, PAPER)
    for number, colour in enumerate(colours):
        x = 250 + number * 190
        ground = ridge_at(x + 80, 790, waves) + 40
        height = (180, 210, 176, 190, 220, 186)[number]
        paper.lay(Layer().house(x, ground, 160, height, 96), colour, shadow=60)
        lit = RUST if colour in {SAND, PAPER} else AMBER
        _windows(paper, lit, (x + 66, ground - 84, 30))
        _windows(paper, AMBER, (x + 24, ground - height + 30, 32), (x + 100, ground - height + 30, 32))
    paper.lay(Layer().hill(790, *waves), TEAL)
    _trees(paper, DEEP, (140, 850, 60), (1500, 800, 64), (1410, 830, 40))
    paper.lay(Layer().hill(900, (40, 1700, 1.4)), DEEP)
    paper.lay(Layer().polygon(_ribbon([(800, 826, 30), (880, 920, 70), (760, 1080, 190)])), SAND, shadow=30)
    paper.lay(Layer().hill(1010, (26, 1200, 4)), DEEPER)


def hills(paper: Paper) -> None:
    """Hills in many colours, one behind the other."""
    paper.sky(SAND, PAPER)
    paper.lay(Layer().circle(800, 330, 150), AMBER, shadow=25)
    ranges = (
        (330, TINT, ((60, 900, 0.2), (20, 310, 1))),
        (420, SAND, ((70, 1200, 2.2), (18, 400, 0))),
        (500, MIST, ((66, 1000, 4.1), (16, 380, 2))),
        (590, AMBER, ((56, 1300, 0.9), (14, 430, 1))),
        (670, SAGE, ((60, 1100, 3.0), (14, 360, 0))),
        (750, CLAY, ((54, 1400, 5.2), (12, 420, 2))),
        (830, LEAF, ((48, 1000, 1.5), (12, 400, 1))),
        (900, RUST, ((44, 1250, 3.7),)),
        (970, DEEP, ((36, 1500, 0.3),)),
    )
    for height, colour, waves in ranges:
        paper.lay(Layer().hill(height, *waves), colour)


def arches(paper: Paper) -> None:
    """Arches within arches, the house motif."""
    paper.sky(TINT, PAPER)
    rows = ((-80, (DEEP, AMBER, TEAL, CLAY, LEAF)), (0, (LEAF, RUST, DEEP, SAGE, AMBER)))
    for row, (shift, colours) in enumerate(rows):
        bottom = 560 + row * 540
        for number, colour in enumerate(colours):
            x = 150 + shift + number * 360
            paper.lay(Layer().arch(x, bottom - 470, 320, bottom), colour, shadow=55)
            paper.lay(Layer().arch(x, bottom - 390, 220, bottom), PAPER if number % 2 else SAND, shadow=35)
            paper.lay(Layer().arch(x, bottom - 300, 118, bottom), colour, shadow=35)
        paper.lay(Layer().box(-20, bottom - 4, WIDTH + 20, bottom + 26), DEEPER if row else SAND, shadow=40)


def village(paper: Paper) -> None:
    """Houses and trees around a green."""
    paper.sky(TINT, PAPER)
    paper.lay(Layer().circle(1240, 240, 96), AMBER, shadow=20)
    _clouds(paper, (420, 190, 110), (900, 130, 78))
    paper.lay(Layer().hill(430, (56, 1300, 0.5), (14, 420, 2)), MIST)
    paper.lay(Layer().hill(520, (40, 1100, 2.9)), SAGE)
    back = ((190, CLAY), (370, SAND), (560, RUST), (800, PAPER), (1010, CLAY), (1230, SAND))
    for x, colour in back:
        paper.lay(Layer().house(x, 690, 150, 130, 86), colour, shadow=55)
        _windows(paper, DEEP, (x + 26, 590, 28), (x + 94, 590, 28))
    _trees(paper, TEAL, (90, 700, 70), (735, 700, 46), (1450, 700, 76), (1190, 700, 36))
    paper.lay(Layer().hill(690, (14, 1600, 1)), LEAF)
    paper.lay(Layer().circle(800, 1330, 560), SAND, shadow=40)
    paper.lay(Layer().circle(800, 1360, 520), SAGE, shadow=40)
    for x, colour in ((60, PAPER), (1330, RUST)):
        paper.lay(Layer().house(x, 960, 210, 180, 118), colour, shadow=60)
        _windows(paper, AMBER, (x + 36, 820, 38), (x + 130, 820, 38))
    _trees(paper, DEEP, (330, 960, 80), (1270, 970, 66), (1570, 980, 84), (20, 990, 70))
    paper.lay(Layer().hill(1010, (20, 1500, 2)), DEEP)


def coast(paper: Paper) -> None:
    """Cliffs above a quiet sea."""
    paper.sky(AMBER, SAND)
    paper.lay(Layer().circle(1050, 470, 130), PAPER, shadow=20)
    _clouds(paper, (420, 170, 110), (1320, 220, 84))
    paper.lay(Layer().box(-20, 520, WIDTH + 20, HEIGHT + 20), MIST, shadow=30)
    for number, (height, colour) in enumerate(((590, SAGE), (690, LEAF), (800, TEAL), (920, DEEP))):
        paper.lay(Layer().hill(height, (13, 240 + number * 40, number * 1.7)), colour, shadow=45)
    glints = Layer()
    for x, y, length in ((960, 556, 190), (1000, 640, 120), (930, 740, 220), (1040, 850, 140)):
        glints.box(x, y, x + length, y + 8, radius=4)
    paper.lay(glints, SAND, shadow=0)
    paper.lay(
        Layer().polygon([(-20, 380), (320, 400), (420, 450), (450, 600), (520, 700), (500, 1090), (-20, 1090)]), CLAY
    )
    paper.lay(
        Layer().polygon([(-20, 520), (240, 550), (330, 640), (350, 800), (430, 920), (420, 1090), (-20, 1090)]), RUST
    )
    turf = [(-20, 350), (330, 372), (436, 452), (310, 444), (-20, 420)]
    paper.lay(Layer().polygon(turf), LEAF, shadow=40)
    paper.lay(Layer().house(80, 362, 120, 90, 66), PAPER, shadow=40)
    _windows(paper, AMBER, (104, 292, 24), (152, 292, 24))


def viaduct(paper: Paper) -> None:
    """A railway viaduct across the valley."""
    paper.sky(MIST, PAPER)
    paper.lay(Layer().circle(300, 260, 100), SAND, shadow=15)
    _clouds(paper, (760, 150, 100), (1240, 230, 120))
    paper.lay(Layer().hill(430, (80, 1500, 1.2), (16, 460, 1)), TINT)
    paper.lay(Layer().hill(540, (60, 1200, 3.6)), SAGE)
    stone = Layer().box(-20, 400, WIDTH + 20, 960)
    for number in range(9):
        stone.arch(number * 196 + 16, 470, 150, 990, ink=0)
    paper.lay(stone, CLAY)
    paper.lay(Layer().box(-20, 384, WIDTH + 20, 424), RUST, shadow=40)
    ground = [(x, 880 - 330 * abs(sin(pi * (x - 800) / 3300)) ** 1.5 * 1.6) for x in range(-20, WIDTH + 40, 20)]
    paper.lay(Layer().polygon([*ground, (WIDTH + 20, HEIGHT + 20), (-20, HEIGHT + 20)]), LEAF)
    places = [(x, ridge_at(x, 930, ((30, 900, 1),)), 44 + (x * 7) % 30) for x in range(40, WIDTH, 118)]
    _trees(paper, TEAL, *places)
    paper.lay(Layer().hill(930, (30, 900, 1)), TEAL)
    paper.lay(Layer().hill(1000, (24, 1300, 3)), DEEP)


def lamps(paper: Paper) -> None:
    """A lit path through a park at night."""
    paper.sky(DEEPER, TEAL)
    stars = Layer()
    for x, y in ((120, 140), (300, 90), (520, 190), (760, 100), (980, 170), (1180, 90), (1420, 180), (1540, 80)):
        stars.circle(x, y, 4)
    paper.lay(stars, SAND, shadow=0)
    paper.lay(Layer().circle(1330, 230, 76), SAND, shadow=0)
    paper.lay(Layer().hill(560, (50, 1300, 0.4), (14, 420, 1)), TEAL)
    _trees(paper, DEEP, (110, 700, 90), (280, 690, 64), (1330, 690, 80), (1500, 710, 96))
    paper.lay(Layer().hill(680, (24, 1500, 2)), DEEP)
    paper.lay(Layer().polygon(_ribbon([(900, 690, 40), (700, 820, 130), (840, 1090, 460)])), CLAY, shadow=40)
    for x, ground, size in ((760, 745, 0.6), (500, 880, 0.85), (1150, 1000, 1.15)):
        for radius, colour in ((150, "#155a5e"), (96, "#2f6a62")):
            paper.lay(Layer().circle(x, ground - 330 * size, radius * size), colour, shadow=0)
        post = Layer().box(x - 7 * size, ground - 310 * size, x + 7 * size, ground)
        post.box(x - 26 * size, ground - 12 * size, x + 26 * size, ground)
        paper.lay(post, DEEPER, shadow=30)
        paper.lay(Layer().circle(x, ground - 330 * size, 40 * size), AMBER, shadow=0)
        paper.lay(Layer().circle(x, ground - 330 * size, 20 * size), SAND, shadow=0)
    paper.lay(Layer().hill(1010, (20, 1100, 1)), DEEPER)
