"""What is asked is drawn by a seed."""

from figures.draws import drawn, words_of

TITLES = ["青岛市积水监测点", "崂山区排水设施图层（第30批）", "Rain gauges", "水"]


def test_one_seed_draws_the_same_and_another_something_else():
    population = list(range(1000))
    assert drawn(1, "Q1", population, 50) == drawn(1, "Q1", population, 50)
    assert drawn(1, "Q1", population, 50) != drawn(2, "Q1", population, 50)
    assert drawn(1, "Q1", population, 50) != drawn(1, "Q4", population, 50)


def test_nothing_is_drawn_twice_and_never_more_than_there_is():
    assert sorted(drawn(1, "Q1", range(20), 10_000)) == list(range(20))


def test_every_word_stands_in_a_title_as_two_chinese_characters():
    found = words_of(7, "Q3", TITLES, 500)
    assert len(found) == 500
    assert found == words_of(7, "Q3", TITLES, 500)
    for words in found:
        assert 1 <= len(words) <= 2
        assert all(len(word) == 2 and word.isalpha() and not word.isascii() for word in words)
        assert any(all(word in title for word in words) for title in TITLES)
    assert {len(words) for words in found} == {1, 2}


def test_titles_without_chinese_words_give_none():
    assert words_of(7, "Q3", TITLES[2:], 10) == []
