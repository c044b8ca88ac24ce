"""The harness for real packages keeps its promises about what it reads and what it writes."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import io
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def real() -> ModuleType:
    return _module("real")


def _archive(path: Path, members: dict[str, bytes], links: dict[str, str]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in links.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
    return path


def test_an_archive_is_unpacked_below_its_directory_only(real: ModuleType, tmp_path: Path) -> None:
    members = {
        "shop-1.0/shop/tasks.py": b"x = 1\n",
        "shop-1.0/../../climbed.py": b"",
        "/etc/absolute.py": b"",
        "shop-1.0\\..\\..\\backslash.py": b"",
    }
    archive = _archive(tmp_path / "shop.tar.gz", members, {"shop-1.0/link.py": "/etc/passwd"})
    real.unpack(archive, tmp_path / "inner" / "tree")
    written = [path for path in (tmp_path / "inner").rglob("*") if not path.is_dir()]
    assert written == [tmp_path / "inner" / "tree" / "shop" / "tasks.py"]
    assert written[0].read_bytes() == b"x = 1\n"
    assert not (tmp_path / "climbed.py").exists()


def test_every_pinned_package_has_a_version_and_a_hash(real: ModuleType) -> None:
    pins = real.pins((HERE / "packages.txt").read_text())
    assert len(pins) >= 6
    assert len({pin.name for pin in pins}) == len(pins)


def test_a_line_without_a_hash_is_refused_with_its_number(real: ModuleType) -> None:
    with pytest.raises(real.Refused, match=r"packages\.txt:2: 'pretix==1.0' is not of the form"):
        real.pins("# first\npretix==1.0\n")


def test_an_archive_with_another_hash_is_removed(real: ModuleType, tmp_path: Path) -> None:
    archive = _archive(tmp_path / "shop.tar.gz", {"shop-1.0/shop.py": b""}, {})
    with pytest.raises(real.Refused, match="nothing was unpacked"):
        real.verify(archive, "0" * 64)
    assert not archive.exists()


def test_the_pinned_archive_is_kept(real: ModuleType, tmp_path: Path) -> None:
    archive = _archive(tmp_path / "shop.tar.gz", {"shop-1.0/shop.py": b""}, {})
    real.verify(archive, hashlib.sha256(archive.read_bytes()).hexdigest())
    assert archive.exists()


def test_the_table_adds_up_its_rows(real: ModuleType) -> None:
    rows = [
        real.Row("shop", 2, 100, real.Counter(celery=3), real.Counter(DUP101=1), 0.5),
        real.Row("mail", 1, 50, real.Counter(sqs=1), real.Counter(DUP101=1, LOD601=2), 0.25),
    ]
    head, *_, last = real.table(rows).splitlines()
    assert head.split()[:5] == ["package", "files", "lines", "celery", "sqs"]
    assert last.split() == ["all", "3", "150", "3", "1", "4", "0.8", "DUP101", "2", "LOD601", "2"]


def test_the_plain_reader_of_expanded_templates_knows_what_a_template_says() -> None:
    sam = _module("sam")
    template = {
        "Parameters": {"Size": {"Type": "Number", "Default": 7}},
        "Resources": {
            "Orders": {"Type": "AWS::SQS::Queue"},
            "Book": {"Type": "AWS::Lambda::Function"},
            "Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Book"}}},
            "One": _mapping({"Ref": "Live"}, {"Fn::GetAtt": ["Orders", "Arn"]}, BatchSize={"Ref": "Size"}),
            "Two": _mapping({"Ref": "Book"}, "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"),
            "Off": _mapping({"Ref": "Book"}, {"Fn::GetAtt": ["Orders", "Arn"]}, Enabled=False),
        },
    }
    one, two = sam.mappings(template)
    assert one == ("Book", "Orders", "7", "0", "False")
    assert two == ("Book", "unknown", "100", "0", "False")


def test_an_explanation_is_for_its_files_and_words_only() -> None:
    sam = _module("sam")
    entry = {"why": "so", "files": ["sns_*"], "side": "only the template", "words": ["kind=sns", "batch_size=1"]}
    difference = sam.Difference("sns_topic", "only the template", "subscription kind=sns batch_size=1")
    assert sam.explains(entry, difference)
    assert not sam.explains(entry, difference._replace(file="sqs"))
    assert not sam.explains(entry, difference._replace(side="only the expansion"))
    assert not sam.explains(entry, difference._replace(text="subscription kind=sns"))


def test_cases_of_others_are_read_as_literals_and_nothing_is_run() -> None:
    peers = _module("peers")
    module = ast.parse(
        'import os\n_template = {"Resources": {"Q": {"Timeout": 1}}}\n'
        '@pytest.mark.parametrize("template,expected", [\n'
        "    (_template, []),\n"
        '    (jsonpatch.apply_patch(_template, [{"op": "replace", "path": "/Resources/Q/Timeout", "value": 9}]), [Error()]),\n'
        '    ({**_template, "Resources": {**_template["Resources"], "R": {}}}, []),\n'
        "])\ndef test(template, expected): os.abort()\n"
    )
    names = {"_template": module.body[1].value}
    read = [(peers.literal(given, names), bool(errors)) for given, errors in peers.parameters(module)]
    assert read == [
        ({"Resources": {"Q": {"Timeout": 1}}}, False),
        ({"Resources": {"Q": {"Timeout": 9}}}, True),
        ({"Resources": {"Q": {"Timeout": 1}, "R": {}}}, False),
    ]


def test_the_linters_that_are_compared_have_a_version_and_a_hash(real: ModuleType) -> None:
    assert {pin.name for pin in real.pins((HERE / "peers.txt").read_text())} == {"celery-audit", "cfn-lint"}


def _mapping(function: object, source: object, **others: object) -> dict[str, object]:
    properties = {"FunctionName": function, "EventSourceArn": source, **others}
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_a_template_that_raises_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    templates = _module("templates")
    (tmp_path / "good.yaml").write_text("Resources:\n  Jobs: {Type: 'AWS::SQS::Queue'}\n")
    (tmp_path / "bad.tf").write_text('resource "aws_sqs_queue" "jobs" {}\n')
    (tmp_path / "code.py").write_text("import this\n")
    asked = ["templates", "--cuts", "2", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", asked)
    assert templates.main() == 0
    assert "2 files read whole, with 2 facts; 4 cut ones read" in capsys.readouterr().out
    whole = templates.understand

    def refusing(files: dict[str, bytes], book: object) -> object:
        if "bad.tf" in files:
            raise RecursionError("too deep")
        return whole(files, book)

    monkeypatch.setattr(templates, "understand", refusing)
    assert templates.main() == 1
    said = capsys.readouterr().out
    assert f"FAULT {tmp_path.name}/bad.tf: RecursionError: too deep" in said
    assert "1 files read whole" in said
