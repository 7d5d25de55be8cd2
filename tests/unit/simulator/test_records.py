from __future__ import annotations

from async_messaging.simulator.records import Record, Shelf, Shelves


def record(number: int, parent: str = "") -> Record:
    return Record(sid=f"XX{number}", created=1.0, updated=1.0, parent=parent)


def test_a_shelf_keeps_the_order_in_which_records_came() -> None:
    shelf = Shelf()
    for number in (3, 1, 2):
        shelf.put(record(number))
    shelf.change(record(3), 9.0, {"friendly_name": "new"})
    assert [each.sid for each in shelf] == ["XX3", "XX1", "XX2"]
    found = shelf.get("XX3")
    assert found is not None
    assert (found.updated, found.fields) == (9.0, {"friendly_name": "new"})


def test_a_record_is_found_at_its_own_parent_only() -> None:
    shelf = Shelf()
    shelf.put(record(1, "MG1"))
    shelf.put(record(2, "MG2"))
    assert shelf.get("XX1", "MG2") is None
    assert shelf.get("XX1", "MG1") is not None
    assert [each.sid for each in shelf.of("MG2")] == ["XX2"]


def test_what_changes_is_noted() -> None:
    shelf = Shelf()
    shelf.put(record(1))
    shelf.put(record(2))
    shelf.touched.clear()
    shelf.remove("XX1")
    assert list(shelf.touched) == ["XX1"]
    assert len(shelf) == 1


def test_every_kind_has_its_shelf() -> None:
    shelves = Shelves()
    shelves["services"].put(record(1))
    assert len(shelves["services"]) == 1
    assert len(shelves["content"]) == 0
    assert shelves.keys() == {"services", "content"}
