import pytest

from annotate.core.formats import FORMATS, InvalidLabels, Meaning, Options, counted_area, open_files, understand
from tests.annotate.core.formats.drawing import lay

YOLO = FORMATS["yolo"]
BOX = "0 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9"
HOLED = BOX + " 0.1 0.1 0.3 0.3 0.3 0.7 0.7 0.7 0.7 0.3 0.3 0.3 0.1 0.1"
NAMES = "names: [low, high]\n"


def rows_of(folder, *texts, size=(100, 100), **others):
    """The rows of labels/a.txt, labels/b.txt .. beside data.yaml; other files by name, _ for a dot and __ for /."""
    for name, text in ({"data_yaml": NAMES} | others).items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name, text in zip("abcd", texts, strict=False):
        (folder / "labels").mkdir(exist_ok=True)
        (folder / "labels" / f"{name}.txt").write_text(text)
    with open_files(folder) as files:
        return list(YOLO.read(files, lambda name: size, Options()))


def areas(photo):
    return [counted_area(shape, photo.size) for shape in photo.shapes]


def test_cell_yolo_seg_is_6400_px_of_the_class_that_the_number_names(tmp_path):
    (photo,) = rows_of(tmp_path, BOX)
    assert areas(photo) == [6400]
    assert photo.shapes[0].names == ("low",)
    assert (photo.size, photo.is_ordered, photo.shapes[0].where) == ((100, 100), False, "labels/a.txt: line 1")


def test_cell_yolo_seg_is_of_the_upright_size(tmp_path):
    (photo,) = rows_of(tmp_path, BOX, size=(100, 200))
    assert photo.shapes[0].rings == ((160, 320, 1440, 320, 1440, 2880, 160, 2880),)


def test_cell_yolo_hole_over_a_bridge_is_4800_px(tmp_path):
    (photo,) = rows_of(tmp_path, HOLED)
    assert areas(photo) == [4800]


@pytest.mark.parametrize("number", ["-1", "2"])
def test_cell_yolo_class_minus_one_from_coco_id_0_is_refused(tmp_path, number):
    listed, photo = rows_of(tmp_path, BOX.replace("0", number, 1) + "\n" + BOX)
    assert (listed.code, listed.where, listed.values) == ("no_class", "labels/a.txt: line 1", {"number": int(number)})
    assert areas(photo) == [0, 6400]


@pytest.mark.parametrize(("empty_is_labelled", "is_labelled"), [(True, True), (False, False)])
def test_cell_yolo_empty_file_is_a_photo_without_regions_if_chosen(tmp_path, empty_is_labelled, is_labelled):
    (photo,) = rows_of(tmp_path, "", images__a_jpg="", images__c_jpg="")
    meaning = Meaning(levels={"low": 1}, rest=0, empty_is_labelled=empty_is_labelled)
    assert (photo.file_name, photo.shapes) == ("images/a.jpg", ())
    assert (understand(photo, meaning, (100, 100), level_count=4).document is not None) == is_labelled


def test_a_class_may_be_written_as_a_decimal_number(tmp_path):
    (photo,) = rows_of(tmp_path, BOX.replace("0", "1.0", 1))
    assert photo.shapes[0].names == ("high",)


def test_a_line_of_four_shares_is_a_box(tmp_path):
    (photo,) = rows_of(tmp_path, "1 0.5 0.5 0.8 0.4")
    assert photo.shapes[0].rings == ((160, 480, 1440, 480, 1440, 1120, 160, 1120),)


def test_key_points_behind_a_box_are_no_outline(tmp_path):
    line = "1 0.5 0.5 0.8 0.4 0.2 0.45 0.3 0.55 0.8 0.6"
    (photo,) = rows_of(tmp_path, line, data_yaml=f"kpt_shape: [3, 2]\n{NAMES}")
    assert photo.shapes[0].rings == ((160, 480, 1440, 480, 1440, 1120, 160, 1120),)


@pytest.mark.parametrize(
    "line",
    ["0 0.1 0.1 0.9 0.1 0.9", "0 0.1 0.1", "0", "x " + BOX[2:], BOX[:-3] + "90", BOX[:-3] + "nan", "0 " + "a " * 6],
)
def test_a_line_that_is_none_is_listed_and_the_next_is_read(tmp_path, line):
    listed, photo = rows_of(tmp_path, f"{line}\n\n{BOX}")
    assert (listed.code, listed.where) == ("invalid_labels", "labels/a.txt: line 1")
    assert areas(photo) == [0, 6400]


@pytest.mark.parametrize(
    ("others", "name"),
    [
        ({"data_yaml": "names:\n  0: sharp\n  1: strong\n"}, "strong"),
        ({"data_yaml": "train: x\n", "classes_txt": "sharp\nstrong\n\n"}, "strong"),
        ({"data_yaml": "a: 1", "labels__classes_txt": "sharp\nstrong"}, "strong"),
        ({"data_yaml": "a: 1"}, "1"),
    ],
)
def test_classes_are_named_by_a_list_a_dictionary_or_a_text_file(tmp_path, others, name):
    (photo,) = rows_of(tmp_path, "1 0.5 0.5 0.8 0.4", **others)
    assert photo.shapes[0].names == (name,)


def test_yaml_that_would_run_something_is_refused(tmp_path):
    (listed,) = rows_of(tmp_path, BOX, data_yaml="names: !!python/object/apply:os.getcwd []")
    assert (type(listed), listed.where) == (InvalidLabels, "data.yaml")


@pytest.mark.parametrize(
    ("label", "photo", "name"),
    [
        ("labels/train/a.b.txt", "images/train/a.b.webp", "images/train/a.b.webp"),
        ("labels/train/a.txt", "images/val/a.jpg", "images/train/a"),
        ("set/labels/labels/a.txt", "x.jpg", "set/labels/images/a"),
        ("a.txt", "a.PNG", "a.PNG"),
    ],
)
def test_a_photo_is_named_by_the_mirrored_path_whatever_its_suffix(tmp_path, label, photo, name):
    for path, text in ((label, BOX), (photo, "")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (row,) = rows_of(tmp_path)
    assert row.file_name == name


def test_lists_of_photos_beside_a_folder_of_labels_are_not_read(tmp_path):
    (photo,) = rows_of(tmp_path, BOX, train_txt="./images/a.jpg\n")
    assert photo.where == "labels/a.txt"


def test_a_list_of_photos_beside_darknets_folders_is_not_read(tmp_path):
    lay(tmp_path, **{"obj_train_data/a.txt": BOX.encode(), "train.txt": b"data/obj_train_data/a.jpg\ndata/b.jpg\n"})
    (photo,) = rows_of(tmp_path)
    assert photo.where == "obj_train_data/a.txt"


def test_a_photo_of_unknown_size_is_listed(tmp_path):
    (listed,) = rows_of(tmp_path, BOX, size=None)
    assert (listed.code, listed.where) == ("photo_missing", "labels/a.txt")


@pytest.mark.parametrize(("text", "is_one"), [(BOX, True), ("", False), ("read me first", False), ("1 2 3 4 5", False)])
def test_a_folder_of_yolo_is_recognised(tmp_path, text, is_one):
    (tmp_path / "a.txt").write_text(text)
    with open_files(tmp_path) as files:
        assert YOLO.recognises(files) == is_one
