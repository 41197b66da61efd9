"""The generated code of the wire is what its .proto files generate. `make check` holds the checked-in code to that."""

import pytest

PROTO = """syntax = "proto3";

package ucs.sample.v1;

// A sample.
message Sample {
  // The name of the sample.
  string name = 1;
}
"""
CODE = "proto/src/ucs/sample/v1/sample_pb2.py"


@pytest.fixture
def generate(run, workspace, tree):
    root = tree(
        {
            "proto/buf.yaml": (workspace / "proto" / "buf.yaml").read_text("utf-8"),
            "proto/ucs/sample/v1/sample.proto": PROTO,
        }
    )
    return lambda *arguments: run(workspace / "scripts" / "wire.py", "--root", root, *arguments)


def test_fresh_code_is_accepted_and_imports_as_ucs(generate, run, tmp_path):
    assert generate().returncode == 0
    assert generate("--check").returncode == 0
    result = run(
        "-c",
        "from ucs.sample.v1 import sample_pb2; print(sample_pb2.Sample(name='x').name)",
        path=tmp_path / "proto/src",
    )
    assert result.stdout == "x\n"


def test_missing_code_is_found(generate):
    result = generate("--check")
    assert (result.returncode, "differs" in result.stdout) == (1, True)


def test_edited_code_is_found_and_renewed(generate, tmp_path):
    generate()
    (tmp_path / CODE).write_text("edited")
    assert generate("--check").returncode == 1
    generate()
    assert generate("--check").returncode == 0


def test_code_whose_proto_is_gone_is_found_and_removed(generate, tmp_path):
    generate()
    orphan = (tmp_path / CODE).with_name("gone_pb2.py")
    orphan.write_text("left over")
    assert generate("--check").returncode == 1
    generate()
    assert not orphan.exists()


def test_a_wire_against_the_conventions_is_refused(generate, tmp_path):
    proto = tmp_path / "proto/ucs/sample/v1/sample.proto"
    proto.write_text(PROTO.replace("string name", "string badName"))
    result = generate()
    assert result.returncode == 1
    assert "badName" in result.stdout


GROWN = PROTO.replace("string name = 1;", "string name = 1;\n  // How large it is.\n  int32 size = 2;")


def test_a_wire_that_grows_beyond_the_released_one_is_taken(generate, tmp_path):
    assert generate("--release").returncode == 0
    (tmp_path / "proto/ucs/sample/v1/sample.proto").write_text(GROWN)
    assert generate().returncode == 0
    assert generate("--check").returncode == 0


@pytest.mark.parametrize(
    "taken_back",
    [
        PROTO,
        GROWN.replace("  int32 size = 2;", "  reserved 2;"),
        GROWN.replace("int32 size = 2", "int64 size = 2"),
        GROWN.replace("int32 size = 2", "int32 size = 3"),
        GROWN.replace("int32 size = 2", "int32 extent = 2"),
        GROWN.replace("message Sample", "message Specimen"),
    ],
    ids=["field removed", "field reserved", "type", "number", "name", "message"],
)
def test_what_the_released_wire_promises_is_not_taken_back(generate, tmp_path, taken_back):
    proto = tmp_path / "proto/ucs/sample/v1/sample.proto"
    proto.write_text(GROWN)
    assert generate("--release").returncode == 0
    proto.write_text(taken_back)
    for arguments in ((), ("--check",)):
        result = generate(*arguments)
        assert result.returncode == 1
        assert "proto/released/ucs.binpb" in result.stdout
    # Whoever means it says so.
    assert generate("--release").returncode == 0
    assert generate().returncode == 0


def test_there_is_a_released_wire(workspace):
    assert (workspace / "proto" / "released" / "ucs.binpb").stat().st_size > 0
