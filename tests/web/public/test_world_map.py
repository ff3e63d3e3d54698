from __future__ import annotations

import gzip
import re
from itertools import accumulate, pairwise
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from web.public import world_map
from web.public.world_map import MAPPED_COUNTRIES, WORLD_VIEWBOX, in_drawing_order, shade_steps

SPRITE = Path(world_map.__file__).parent.parent / "static" / "world.svg"
SVG = "{http://www.w3.org/2000/svg}"
PATHS = {path.get("id", ""): path.get("d", "") for path in ElementTree.parse(SPRITE).iter(f"{SVG}path")}
WIDTH, HEIGHT = (int(number) for number in WORLD_VIEWBOX.split()[2:])

counts_by_country = st.dictionaries(st.sampled_from(sorted(MAPPED_COUNTRIES)), st.integers(0, 10**7))


def corners(commands: str) -> list[tuple[float, float]]:
    """Where a path goes: its steps added up, or the two ends of a dot."""
    found: list[tuple[float, float]] = []
    start = (0.0, 0.0)
    for command, numbers in re.findall(r"([mMa])([^a-zA-Z]*)", commands):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "a":
            found.append((start[0] + values[5], start[1]))
            continue
        origin = start if command == "m" else (0.0, 0.0)
        steps = [
            (origin[0] + values[0], origin[1] + values[1]),
            *zip(values[2::2], values[3::2], strict=True),
        ]
        line = list(accumulate(steps, lambda at, step: (at[0] + step[0], at[1] + step[1])))
        start = line[0]
        found += line
    return found


def width(country: str) -> float:
    xs = [x for x, _ in corners(PATHS[country])]
    return max(xs) - min(xs)


def middle(country: str) -> tuple[float, float]:
    xs, ys = zip(*corners(PATHS[country]), strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


# The sprite


def test_the_map_weighs_at_most_22_kilobytes_on_the_wire() -> None:
    assert len(gzip.compress(SPRITE.read_bytes(), compresslevel=9)) <= 22_000


def test_every_country_is_there_once_under_its_two_letters() -> None:
    ids = re.findall(r'id="([^"]*)"', SPRITE.read_text(encoding="utf-8"))
    assert len(ids) == len(set(ids))
    assert set(ids) == {"land"} | MAPPED_COUNTRIES
    assert all(re.fullmatch("[A-Z]{2}", country) for country in MAPPED_COUNTRIES)


def test_the_map_has_all_of_iso_3166_but_antarctica_and_has_kosovo() -> None:
    assert len(MAPPED_COUNTRIES) == 249
    assert {"FR", "PS", "TW", "XK", "GP", "HK", "CW", "GD", "MT", "TV"} <= MAPPED_COUNTRIES
    assert "AQ" not in MAPPED_COUNTRIES


def test_the_sprite_takes_its_colors_from_the_page_and_can_neither_run_nor_load_anything() -> None:
    elements = list(ElementTree.parse(SPRITE).iter())
    assert {element.tag for element in elements} == {f"{SVG}svg", f"{SVG}path"}
    assert set(elements[0].attrib) == {"viewBox"}
    assert all(set(element.attrib) == {"id", "d"} for element in elements[1:])
    assert "<?" not in SPRITE.read_text(encoding="utf-8")
    assert "<!DOCTYPE" not in SPRITE.read_text(encoding="utf-8")


def test_nothing_sticks_out_of_the_picture() -> None:
    for commands in PATHS.values():
        assert re.fullmatch(r"[mMza\d. -]+", commands)
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in corners(commands))


def test_countries_across_the_180th_meridian_do_not_streak_over_the_whole_map() -> None:
    assert width("RU") < WIDTH / 2
    assert width("FJ") < WIDTH / 50
    assert middle("FJ")[0] > middle("AU")[0] < middle("NZ")[0]


def test_countries_lie_where_people_look_for_them() -> None:
    (france, spain, morocco, chile, japan) = (middle(country) for country in ("MC", "ES", "MA", "CL", "JP"))
    assert france[1] < spain[1] < morocco[1] < chile[1]
    assert chile[0] < spain[0] < france[0] < japan[0]


def test_small_countries_are_dots_that_can_be_told_apart() -> None:
    dots = [country for country, commands in PATHS.items() if "a" in commands and country != "land"]
    assert {"MT", "SG", "BH", "GD", "MU", "LU", "TV", "BB"} <= set(dots)
    places = sorted(middle(dot) for dot in dots)
    assert all(
        (x1 - x0) ** 2 + (y1 - y0) ** 2 >= 5**2
        for i, (x0, y0) in enumerate(places)
        for x1, y1 in places[i + 1 :]
    )


def test_dots_are_drawn_over_their_neighbors() -> None:
    assert in_drawing_order({"LU", "FR", "DE", "ZZ"}) == ["DE", "FR", "LU"]
    assert in_drawing_order(["VA", "IT", "IT"]) == ["IT", "VA"]


# The shades


def test_a_country_without_signatures_has_no_shade() -> None:
    assert shade_steps({}) == {}
    assert shade_steps({"FR": 0, "KE": 3}) == {"KE": 5}


def test_shades_grow_with_the_magnitude_of_the_count() -> None:
    counts = {"MT": 5, "FR": 6, "KE": 38, "SD": 250, "IN": 1584, "BR": 1585, "ID": 10_000}
    assert shade_steps(counts) == {"MT": 1, "FR": 2, "KE": 2, "SD": 3, "IN": 4, "BR": 5, "ID": 5}


def test_an_edge_between_two_shades_is_exact() -> None:
    assert shade_steps({"FR": 3, "KE": 4, "ID": 4**5 - 1}) == {"FR": 1, "KE": 2, "ID": 5}


@given(counts_by_country, st.integers(1, 9))
def test_more_signatures_never_mean_a_lighter_shade(counts: dict[str, int], steps: int) -> None:
    shades = shade_steps(counts, steps=steps)
    assert set(shades) == {country for country, count in counts.items() if count}
    assert all(1 <= shade <= steps for shade in shades.values())
    ordered = sorted(shades, key=lambda country: counts[country])
    assert all(shades[fewer] <= shades[more] for fewer, more in pairwise(ordered))
    assert all(shades[a] == shades[b] for a, b in pairwise(ordered) if counts[a] == counts[b])
    assert not shades or shades[ordered[-1]] == steps


@given(counts_by_country)
def test_the_order_countries_come_in_does_not_matter(counts: dict[str, int]) -> None:
    assert shade_steps(dict(reversed(counts.items()))) == shade_steps(counts)
