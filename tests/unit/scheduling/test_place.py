import pytest

from scheduling.place import Place, km_between

KANAZAWA = (36.5613, 136.6562)
TOKYO_STATION = (35.6812, 139.7671)


def test_distance_follows_the_great_circle() -> None:
    assert km_between(KANAZAWA, TOKYO_STATION) == pytest.approx(296.0, abs=1.0)
    assert km_between((0.0, 0.0), (0.0, 180.0)) == pytest.approx(20015.1, abs=0.1)


def test_distance_is_symmetric_and_nothing_to_itself() -> None:
    assert km_between(KANAZAWA, TOKYO_STATION) == km_between(TOKYO_STATION, KANAZAWA)
    assert km_between(KANAZAWA, KANAZAWA) == 0.0


def test_a_degree_of_latitude_is_its_share_of_the_meridian() -> None:
    assert km_between((36.0, 136.0), (37.0, 136.0)) == 111.2


@pytest.mark.parametrize("point", [(90.1, 0.0), (-90.1, 0.0), (0.0, 180.1), (0.0, -180.1)])
def test_a_point_off_the_globe_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="not a latitude"):
        Place(point=point)


@pytest.mark.parametrize("point", [(90.0, 180.0), (-90.0, -180.0)])
def test_the_edges_of_the_globe_are_points(point: tuple[float, float]) -> None:
    assert Place(point=point).point == point


def test_the_way_is_unknown_where_either_end_is() -> None:
    assert Place(point=None).km_from(KANAZAWA) is None
    assert Place(point=KANAZAWA).km_from(None) is None
    assert Place(point=KANAZAWA).km_from(TOKYO_STATION) == km_between(KANAZAWA, TOKYO_STATION)


def test_a_remote_place_is_no_way_off() -> None:
    assert Place(remote=True).km_from(None) == 0.0
