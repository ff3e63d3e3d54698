"""Draws `web/static/world.svg`, the sprite the maps of signatures are put together from.

    npm pack world-atlas && tar xzf world-atlas-*.tgz
    python -m web.development.world_map package/countries-50m.json web/static/world.svg

The shapes are Natural Earth 1:50m (public domain) as TopoJSON from the npm package `world-atlas` 2.0.2. The
sprite has `id="land"`, all land in one path, and one path per country with its ISO 3166-1 alpha-2 code as id
(and XK for Kosovo): first the countries with a shape, then, as dots, those too small for one. Drawn in this
order, no neighbor covers a dot. No element has a fill or a stroke of its own: it takes both from the page's
`<use class="..." href="world.svg#FR"/>`. Not drawn: Antarctica.

Borders are Natural Earth's, which shows who controls a place (Western Sahara is the part east of the berm),
except where ISO 3166 lists a whole piece of land under another code (`PARTS`). Land without a code
(Somaliland, Northern Cyprus, Siachen) is part of `land` and of no country.

TopoJSON: https://github.com/topojson/topojson-specification. Neighbors share an arc, and every step here
works on arcs, so two countries never drift apart at their border.
"""

from __future__ import annotations

import gzip
import heapq
import json
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, TypeVar

Point = tuple[float, float]
GridPoint = tuple[int, int]
Ring = Sequence[int]  # numbers of arcs, end to end; ~n is arc n walked backwards
Polygon = Sequence[Ring]  # the outline, clockwise, then the holes
P = TypeVar("P", Point, GridPoint)

WIDTH = 1000
MARGIN = 4
# The map is cut in the Bering Strait (169° W), where it cuts neither Russia nor Fiji in two.
CENTRAL_MERIDIAN = 11
# Visvalingam's threshold and the smallest island or lake drawn, in square units of the viewBox (one is about
# 1200 km²).
DETAIL = 0.75
SMALLEST_RING = 1.0
# A country whose largest piece is smaller than this becomes a dot.
SMALLEST_SHAPE = 6.0
DOT_RADIUS = 2.5
DOT_DISTANCE = 5.5

# ISO 3166-1, numeric to alpha-2.
ISO_3166 = """
004 AF 008 AL 010 AQ 012 DZ 016 AS 020 AD 024 AO 028 AG 031 AZ 032 AR 036 AU 040 AT 044 BS 048 BH 050 BD
051 AM 052 BB 056 BE 060 BM 064 BT 068 BO 070 BA 072 BW 074 BV 076 BR 084 BZ 086 IO 090 SB 092 VG 096 BN
100 BG 104 MM 108 BI 112 BY 116 KH 120 CM 124 CA 132 CV 136 KY 140 CF 144 LK 148 TD 152 CL 156 CN 158 TW
162 CX 166 CC 170 CO 174 KM 175 YT 178 CG 180 CD 184 CK 188 CR 191 HR 192 CU 196 CY 203 CZ 204 BJ 208 DK
212 DM 214 DO 218 EC 222 SV 226 GQ 231 ET 232 ER 233 EE 234 FO 238 FK 239 GS 242 FJ 246 FI 248 AX 250 FR
254 GF 258 PF 260 TF 262 DJ 266 GA 268 GE 270 GM 275 PS 276 DE 288 GH 292 GI 296 KI 300 GR 304 GL 308 GD
312 GP 316 GU 320 GT 324 GN 328 GY 332 HT 334 HM 336 VA 340 HN 344 HK 348 HU 352 IS 356 IN 360 ID 364 IR
368 IQ 372 IE 376 IL 380 IT 384 CI 388 JM 392 JP 398 KZ 400 JO 404 KE 408 KP 410 KR 414 KW 417 KG 418 LA
422 LB 426 LS 428 LV 430 LR 434 LY 438 LI 440 LT 442 LU 446 MO 450 MG 454 MW 458 MY 462 MV 466 ML 470 MT
474 MQ 478 MR 480 MU 484 MX 492 MC 496 MN 498 MD 499 ME 500 MS 504 MA 508 MZ 512 OM 516 NA 520 NR 524 NP
528 NL 531 CW 533 AW 534 SX 535 BQ 540 NC 548 VU 554 NZ 558 NI 562 NE 566 NG 570 NU 574 NF 578 NO 580 MP
581 UM 583 FM 584 MH 585 PW 586 PK 591 PA 598 PG 600 PY 604 PE 608 PH 612 PN 616 PL 620 PT 624 GW 626 TL
630 PR 634 QA 638 RE 642 RO 643 RU 646 RW 652 BL 654 SH 659 KN 660 AI 662 LC 663 MF 666 PM 670 VC 674 SM
678 ST 682 SA 686 SN 688 RS 690 SC 694 SL 702 SG 703 SK 704 VN 705 SI 706 SO 710 ZA 716 ZW 724 ES 728 SS
729 SD 732 EH 740 SR 744 SJ 748 SZ 752 SE 756 CH 760 SY 762 TJ 764 TH 768 TG 772 TK 776 TO 780 TT 784 AE
788 TN 792 TR 795 TM 796 TC 798 TV 800 UG 804 UA 807 MK 818 EG 826 GB 831 GG 832 JE 833 IM 834 TZ 840 US
850 VI 854 BF 858 UY 860 UZ 862 VE 876 WF 882 WS 887 YE 894 ZM
"""
ALPHA_2: dict[str, str] = dict(re.findall(r"(\d{3}) ([A-Z]{2})", ISO_3166))
BY_NAME = {"Kosovo": "XK", "Indian Ocean Ter.": "CX"}
LEFT_OUT = frozenset({"AQ"})

# What Natural Earth draws with one country and ISO 3166 lists under another code:
# (drawn with, listed as, west, south, east, north); a polygon moves when its first point lies in the box.
PARTS = (
    ("CX", "CC", 96, -13, 98, -11),
    ("FR", "GF", -55, 2, -51, 6),
    ("FR", "GP", -62, 15.8, -61, 17),
    ("FR", "MQ", -62, 14, -60, 15),
    ("FR", "RE", 55, -22, 56, -20),
    ("FR", "YT", 45, -14, 46, -12),
    ("NL", "BQ", -69, 12, -62, 18),
    ("NO", "SJ", -10, 70, -7, 72),
    ("NO", "SJ", 10, 73, 35, 82),
    ("NZ", "TK", -174, -10, -171, -8),
    ("RU", "UA", 32, 44, 36.7, 46.3),  # Crimea: ISO 3166-2:UA lists it (UA-43, UA-40)
)
# Longitude and latitude of places the atlas does not have at this scale, and of two countries (KI, SH) whose
# largest island is not their capital's.
PLACES = {
    "BV": (3.4, -54.4),
    "GI": (-5.3, 36.1),
    "KI": (173.0, 1.4),
    "SH": (-5.7, -16.0),
    "TV": (179.2, -8.5),
    "UM": (166.6, 19.3),
}


def read_topology(path: Path) -> tuple[list[list[Point]], dict[str, list[Polygon]]]:
    """The arcs in degrees, and the polygons of each country; under "" those of land without a code."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    arcs = [_in_degrees(arc, topology["transform"]) for arc in topology["arcs"]]
    countries: dict[str, list[Polygon]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = ALPHA_2.get(geometry.get("id", "")) or BY_NAME.get(geometry["properties"]["name"], "")
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for polygon in polygons:
            listed_as = _listed_as(code, _line(polygon[0], arcs)[0])
            if listed_as not in LEFT_OUT:
                countries.setdefault(listed_as, []).append(polygon)
    return arcs, countries


def _in_degrees(arc: Sequence[Sequence[int]], transform: Mapping[str, Any]) -> list[Point]:
    """An arc, stored as quantized steps, as longitudes and latitudes; it runs on past 180°, not back."""
    (scale_x, scale_y), (west, south) = transform["scale"], transform["translate"]
    x = y = 0
    line: list[Point] = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        longitude = x * scale_x + west
        if line:
            longitude -= 360 * round((longitude - line[-1][0]) / 360)
        line.append((longitude, y * scale_y + south))
    middle = sum(longitude for longitude, _ in line) / len(line)
    turn = 360 * round((middle - CENTRAL_MERIDIAN) / 360)
    return [(longitude - turn, latitude) for longitude, latitude in line]


def _listed_as(code: str, point: Point) -> str:
    longitude, latitude = (point[0] + 180) % 360 - 180, point[1]
    for drawn_with, listed_as, west, south, east, north in PARTS:
        if code == drawn_with and west <= longitude <= east and south <= latitude <= north:
            return listed_as
    return code


def _line(ring: Ring, arcs: Sequence[list[P]]) -> list[P]:
    """The points of a ring, the last one left out because it is the first again."""
    return [point for arc in ring for point in (arcs[arc] if arc >= 0 else arcs[~arc][::-1])[:-1]]


def equal_earth(longitude: float, latitude: float) -> Point:
    """Degrees to the plane, x to the east and y to the south, in radii of the globe.

    Areas are true, so no country looks more than it is. Formula and constants: Šavrič, Patterson and Jenny,
    "The Equal Earth map projection", International Journal of Geographical Information Science 33(3), 2019,
    doi:10.1080/13658816.2018.1504949.
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    square = theta * theta
    sixth = square**3
    stretch = 9 * a4 * square * sixth + 7 * a3 * sixth + 3 * a2 * square + a1
    x = 2 * math.sqrt(3) * math.radians(longitude - CENTRAL_MERIDIAN) * math.cos(theta) / (3 * stretch)
    return x, -theta * (a4 * square * sixth + a3 * sixth + a2 * square + a1)


def simplified(line: Sequence[Point]) -> list[Point]:
    """The line without the points that matter least; its ends stay.

    Visvalingam and Whyatt, "Line generalisation by repeated elimination of points", The Cartographic Journal
    30(1), 1993: time and again the point goes that spans the smallest triangle with its neighbors, as long as
    that is under `DETAIL`.
    """
    before = list(range(-1, len(line) - 1))
    after = list(range(1, len(line) + 1))
    areas = [math.inf] * len(line)

    def measure(i: int, least: float) -> None:
        areas[i] = max(least, _triangle(line[before[i]], line[i], line[after[i]]))
        heapq.heappush(queue, (areas[i], i))

    queue: list[tuple[float, int]] = []
    for i in range(1, len(line) - 1):
        measure(i, 0)
    gone: set[int] = set()
    while queue and queue[0][0] < DETAIL:
        size, i = heapq.heappop(queue)
        if i in gone or size != areas[i]:
            continue
        gone.add(i)
        after[before[i]], before[after[i]] = after[i], before[i]
        for neighbor in (before[i], after[i]):
            if 0 < neighbor < len(line) - 1:
                measure(neighbor, size)
    return [point for i, point in enumerate(line) if i not in gone]


def _triangle(a: Point, b: Point, c: Point) -> float:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def on_grid(line: Iterable[Point]) -> list[GridPoint]:
    """The line in whole units, without points that then lie on the line between their neighbors."""
    kept: list[GridPoint] = []
    for x, y in line:
        point = round(x), round(y)
        while len(kept) > 1 and _triangle(kept[-2], kept[-1], point) == 0:
            kept.pop()
        if not kept or point != kept[-1]:
            kept.append(point)
    return kept if len(kept) > 1 else kept * 2


def dissolved(polygons: Iterable[Polygon], arcs: Sequence[list[GridPoint]]) -> list[Ring]:
    """The outlines of all the polygons together: arcs walked both ways are borders inside, and vanish."""
    walked = {arc for polygon in polygons for ring in polygon for arc in ring}
    outer = {arc for arc in walked if ~arc not in walked}
    leaving: dict[GridPoint, list[int]] = {}
    for arc in sorted(outer):
        leaving.setdefault(_ends(arc, arcs)[0], []).append(arc)
    rings: list[Ring] = []
    while outer:
        arc = min(outer)
        ring: list[int] = []
        while not ring or _ends(ring[-1], arcs)[1] != _ends(ring[0], arcs)[0]:
            arc = leaving[_ends(ring[-1], arcs)[1]][0] if ring else arc
            ring.append(arc)
            outer.remove(arc)
            leaving[_ends(arc, arcs)[0]].remove(arc)
        rings.append(ring)
    return rings


def _ends(arc: int, arcs: Sequence[list[GridPoint]]) -> tuple[GridPoint, GridPoint]:
    return (arcs[arc][0], arcs[arc][-1]) if arc >= 0 else (arcs[~arc][-1], arcs[~arc][0])


def area(line: Sequence[Point]) -> float:
    """Positive for a ring walked clockwise on a plane whose y points down."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise([*line, line[0]])) / 2


def centroid(line: Sequence[Point]) -> Point:
    """The center of gravity of a ring that encloses some area."""
    sides = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in pairwise([*line, line[0]])]
    total = 3 * sum(cross for _, _, cross in sides)
    return (
        sum((a[0] + b[0]) * cross for a, b, cross in sides) / total,
        sum((a[1] + b[1]) * cross for a, b, cross in sides) / total,
    )


def outline(rings: Iterable[Ring], arcs: Sequence[list[GridPoint]]) -> str:
    """Path commands for rings as one shape, without the islands and lakes too small to draw."""
    lines = [_line(ring, arcs) for ring in rings]
    return path_commands([line for line in lines if abs(area(line)) >= SMALLEST_RING])


def path_commands(lines: Iterable[Sequence[GridPoint]]) -> str:
    """Closed lines as the shortest SVG path: relative steps, a minus sign also being a separator.

    SVG 2, 9.3: after `z` the current point is the start of the line before, and pairs after `m` are steps.
    """
    commands: list[str] = []
    at = (0, 0)
    for line in lines:
        steps = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise([at, *line])]
        commands.append("m" + "".join(f" {x} {y}" for x, y in steps).strip().replace(" -", "-") + "z")
        at = line[0]
    return "".join(commands)


def dot(place: GridPoint) -> str:
    """Path commands for a dot, walked clockwise like every outline, so that it adds to the land under it."""
    r, d = f"{DOT_RADIUS:g}", f"{2 * DOT_RADIUS:g}"
    return f"M{place[0] - DOT_RADIUS:g} {place[1]}a{r} {r} 0 1 1 {d} 0 {r} {r} 0 1 1-{d} 0z"


def spread(places: Mapping[str, Point]) -> dict[str, GridPoint]:
    """The places, those closer than `DOT_DISTANCE` pushed apart until their dots no longer touch."""
    points = {code: list(place) for code, place in sorted(places.items())}
    for _ in range(200):
        for a, b in combinations(points.values(), 2):
            x, y = b[0] - a[0], b[1] - a[1]
            distance = math.hypot(x, y)
            if distance < DOT_DISTANCE:
                push = (DOT_DISTANCE - distance) / (4 * distance)
                a[0], a[1], b[0], b[1] = a[0] - x * push, a[1] - y * push, b[0] + x * push, b[1] + y * push
    return {code: (round(x), round(y)) for code, (x, y) in points.items()}


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where the plane lies on the viewBox: `WIDTH` wide, `height` tall, all land within the margin."""

    scale: float
    left: float
    top: float
    height: int

    @classmethod
    def around(cls, places: Iterable[Point]) -> Sheet:
        xs, ys = zip(*(equal_earth(*place) for place in places), strict=True)
        scale = (WIDTH - 2 * MARGIN) / (max(xs) - min(xs))
        height = math.ceil((max(ys) - min(ys)) * scale) + 2 * MARGIN
        return cls(scale=scale, left=min(xs), top=min(ys), height=height)

    def at(self, place: Point) -> Point:
        x, y = equal_earth(*place)
        return (x - self.left) * self.scale + MARGIN, (y - self.top) * self.scale + MARGIN


def sprite(atlas: Path) -> str:
    """The whole SVG document for a TopoJSON file."""
    degrees, countries = read_topology(atlas)
    drawn = {
        arc for polygons in countries.values() for polygon in polygons for ring in polygon for arc in ring
    }
    sheet = Sheet.around(point for arc in drawn for point in degrees[max(arc, ~arc)])
    exact = [[sheet.at(point) for point in arc] for arc in degrees]
    arcs = [on_grid(simplified(arc)) for arc in exact]

    pieces = {code: [_line(polygon[0], exact) for polygon in countries[code]] for code in countries}
    largest = {code: max(lines, key=area) for code, lines in pieces.items()}
    big = sorted(code for code, line in largest.items() if area(line) >= SMALLEST_SHAPE)
    small = sorted((countries.keys() | PLACES.keys()) - set(big) - {""})
    places = {code: sheet.at(PLACES[code]) if code in PLACES else centroid(largest[code]) for code in small}

    shapes = {code: outline(dissolved(countries[code], arcs), arcs) for code in big if code}
    dots = {code: dot(place) for code, place in spread(places).items()}
    mainland = {arc for code in big for polygon in countries[code] for ring in polygon for arc in ring}
    # The islands of a country drawn as a dot would only be crumbs around it.
    coasts = dissolved((polygon for polygons in countries.values() for polygon in polygons), arcs)
    land = outline((ring for ring in coasts if mainland.intersection(ring)), arcs)
    paths = {"land": land + "".join(dots.values()), **shapes, **dots}
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {sheet.height}">',
            "<!-- Made by web/development/world_map.py from Natural Earth 1:50m (public domain). -->",
            *(f'<path id="{name}" d="{commands}"/>' for name, commands in paths.items()),
            "</svg>\n",
        ]
    )


def main(atlas: str, target: str) -> None:
    text = sprite(Path(atlas))
    Path(target).write_text(text, encoding="utf-8")
    packed = len(gzip.compress(text.encode(), compresslevel=9))
    print(f"{target}: {text.count('<path') - 1} countries, {len(text)} bytes, {packed} with gzip -9")


if __name__ == "__main__":
    main(*sys.argv[1:])
