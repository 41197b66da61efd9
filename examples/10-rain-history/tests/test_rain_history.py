"""Rain history, in a whole city on a database of its own: what is kept, what is added up, and for whom."""

GAUGES = [("R07", 10.0), ("R08", 4.5), ("R07", 21.0)]


def kept(city, as_="platform-admin"):
    for gauge, mm in GAUGES:
        city.invoke("rain_history.keep", {"gauge": gauge, "mm": mm}, as_=as_)
        city.advance(minutes=5)


def test_readings_are_added_up_by_gauge(city):
    kept(city)
    told = city.invoke("rain_history.totals", as_="platform-admin")
    assert told["totals"] == [{"gauge": "R07", "mm": 31, "readings": 2}, {"gauge": "R08", "mm": 4.5, "readings": 1}]


def test_only_what_fell_since_an_instant_counts(city):
    kept(city)
    since = city.clock.now().replace(tzinfo=None).isoformat()
    assert city.invoke("rain_history.totals", {"at": since}, as_="platform-admin") == {"totals": []}


def test_a_reading_that_is_told_twice_counts_once(city):
    for _ in range(2):
        city.invoke("rain_history.keep", {"gauge": "R07", "mm": 3}, as_="platform-admin")
    [total] = city.invoke("rain_history.totals", as_="platform-admin")["totals"]
    assert (total["mm"], total["readings"]) == (3, 1)


def test_others_see_no_trace_of_readings_that_they_may_not_read(city):
    kept(city)
    assert city.invoke("rain_history.totals", as_="app") == {"totals": []}
