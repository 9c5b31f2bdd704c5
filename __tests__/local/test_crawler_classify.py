from __future__ import annotations

import gzip
import json

import pytest
from commerce_lake_local.glue.classify import Classification, classify
from commerce_lake_local.glue.inference import merge_columns, to_hive


def hive(found: Classification | None) -> dict[str, str]:
    assert found is not None
    return {name: to_hive(kind) for name, kind in found.columns.items()}


class TestCsv:
    def test_takes_names_and_types_from_a_file_with_a_header(self) -> None:
        found = classify(b"Id,price,note,day\n1,2.50,x,2025-01-15\n2,3,,2025-01-16\n", whole=True)
        assert hive(found) == {"id": "bigint", "price": "double", "note": "string", "day": "string"}
        assert found is not None
        assert (found.has_header, found.records, found.delimiter, found.quoted) == (True, 2, ",", False)

    @pytest.mark.parametrize("delimiter", [",", "|", "\t", ";", "\x01"])
    def test_finds_the_delimiter(self, delimiter: str) -> None:
        found = classify(f"a{delimiter}b\n1{delimiter}2\n".encode(), whole=True)
        assert found is not None
        assert found.delimiter == delimiter
        assert hive(found) == {"a": "bigint", "b": "bigint"}

    def test_numbers_the_columns_where_no_header_can_be_told_from_the_data(self) -> None:
        found = classify(b"a,b\nx,y\nz,w\n", whole=True)
        assert hive(found) == {"col0": "string", "col1": "string"}
        assert found is not None
        assert not found.has_header
        assert found.records == 3

    def test_a_first_line_with_a_number_is_no_header(self) -> None:
        assert hive(classify(b"a,1\nb,2\n", whole=True)) == {"col0": "string", "col1": "bigint"}

    def test_a_header_name_of_150_characters_is_none(self) -> None:
        def has_header(length: int) -> bool:
            found = classify(f"{'n' * length},b\n1,2\n".encode(), whole=True)
            assert found is not None
            return found.has_header

        assert has_header(149)
        assert not has_header(150)

    def test_reads_quoted_commas_and_line_breaks_as_one_value(self) -> None:
        found = classify(b'id,text\r\n1,"a, b\r\nand ""c"""\r\n2,d\r\n', whole=True)
        assert hive(found) == {"id": "bigint", "text": "string"}
        assert found is not None
        assert (found.records, found.quoted) == (2, True)

    def test_leaves_out_the_record_in_which_the_sample_was_cut(self) -> None:
        assert hive(classify(b"id,n\n1,2\n2,3\n3,x", whole=True))["n"] == "string"
        assert hive(classify(b"id,n\n1,2\n2,3\n3,x", whole=False))["n"] == "bigint"

    def test_skips_the_byte_order_mark_and_keeps_accents(self) -> None:
        assert hive(classify("\ufeffprénom,n\nZoë,1\n".encode(), whole=True)) == {"prénom": "string", "n": "bigint"}

    @pytest.mark.parametrize("sample", [b"", b"one line, only", b"no\ndelimiter\nhere", b"\x00\x01,\x02\n\x03,\x04\n"])
    def test_does_not_take_everything_for_csv(self, sample: bytes) -> None:
        assert classify(sample, whole=True) is None


class TestJson:
    def test_reads_objects_one_after_another(self) -> None:
        found = classify(b'{"Id": 1, "price": 2.5, "ok": true}\n{"Id": 3000000000, "more": null}\n', whole=True)
        assert hive(found) == {"id": "bigint", "price": "double", "ok": "boolean", "more": "string"}
        assert found is not None
        assert (found.records, found.is_array) == (2, False)

    def test_takes_the_elements_of_an_array_for_rows(self) -> None:
        found = classify(json.dumps([{"a": 1}, {"a": 2, "b": "x"}], indent=2).encode(), whole=True)
        assert hive(found) == {"a": "int", "b": "string"}
        assert found is not None
        assert (found.records, found.is_array) == (2, True)

    def test_reads_one_object_over_several_lines(self) -> None:
        assert hive(classify(json.dumps({"a": {"b": [1, 2.5], "c": {}}}, indent=2).encode(), whole=True)) == {
            "a": "struct<b:array<double>,c:struct<>>"
        }

    def test_merges_nested_types(self) -> None:
        found = classify(
            b'{"a": {"x": 1}, "l": []}\n{"a": {"y": "s"}, "l": [1]}\n{"a": null, "l": ["t"]}\n', whole=True
        )
        assert hive(found) == {"a": "struct<x:int,y:string>", "l": "array<string>"}

    def test_reads_a_cut_array_as_far_as_it_goes(self) -> None:
        found = classify(b'[{"a": 1}, {"a": 2}, {"a": "cu', whole=False)
        assert hive(found) == {"a": "int"}
        assert classify(b'[{"a": 1}, {"a": 2}, {"a": "cu', whole=True) is None


class TestGzip:
    def test_reads_a_compressed_file(self) -> None:
        found = classify(gzip.compress(b"a,b\n1,x\n"), whole=True)
        assert hive(found) == {"a": "bigint", "b": "string"}
        assert found is not None
        assert found.compression == "gzip"

    def test_reads_the_beginning_of_a_compressed_file(self) -> None:
        whole = gzip.compress("".join(["a,b\n", *(f"{i},{i * 7919 % 10007}\n" for i in range(50_000))]).encode())
        assert hive(classify(whole[:10_000], whole=False)) == {"a": "bigint", "b": "bigint"}

    def test_does_not_know_a_broken_one(self) -> None:
        assert classify(b"\x1f\x8bnothing", whole=True) is None


def test_files_of_one_table_keep_the_first_order_and_the_widest_types() -> None:
    merged = merge_columns([{"a": "bigint", "b": None}, {"c": "string", "a": "double"}, {"b": "bigint", "c": "bigint"}])
    assert {name: to_hive(kind) for name, kind in merged.items()} == {"a": "double", "b": "bigint", "c": "string"}
