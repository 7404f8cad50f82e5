"""What pages load: the bundle's scripts, which `npm run build` or `make` has made."""

from tests.bar import scripts


def test_every_page_loads_no_more_script_than_its_limit():
    figures, limits = scripts.measure()
    assert {page: kb for page, kb in figures.items() if kb > limits[page]["max"]} == {}


def test_the_workbench_may_load_90_kb_a_page_with_curves_65_the_stream_41_photos_42_and_any_other_40():
    _, limits = scripts.measure()
    curves = ("modelsvc/run.html", "modelsvc/runs.html")
    pages = (
        "annotate/workbench.html",
        *curves,
        "annotate/photo.html",
        "annotate/stream.html",
        "annotate/photos.html",
        "workers",
    )
    assert [limits[page]["max"] for page in pages] == [90, 65, 65, 40, 41, 42, 60]


def test_a_page_loads_the_islands_of_what_it_includes_too():
    known = scripts.templates()
    assert scripts.islands("annotate/photo.html", known) == {"review", "rework"}


def test_every_island_is_on_a_page():
    known = scripts.templates()
    assert frozenset().union(*(scripts.islands(name, known) for name in known)) == set(scripts.sources())
