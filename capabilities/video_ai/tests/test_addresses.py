"""Addresses of streams: what may be opened, and what never."""

import pytest

from ucs_capability_video_ai.addresses import allowed, check_address, read_networks, with_credential
from ucs_sdk import Invalid

NETWORKS = read_networks("10.20.0.0/16, 127.0.0.1")


@pytest.mark.parametrize("address", ["rtsp://10.20.1.7:554/main", "rtsp://127.0.0.1/x", "rtsps://[::ffff:10.20.1.7]/x"])
def test_a_stream_of_a_named_network_may_be_opened(address):
    assert allowed(address, NETWORKS, "") == address


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://10.21.0.1/x",
        "rtsp://169.254.169.254/latest",
        "rtsp://[::1]/x",
        "rtsp://camera.example/x",
        "rtsp://0x7f.1/x",
        "rtsp://2130706433/x",
        "rtsp://127.1/x",
        "rtsp://user:pass@10.20.1.7/x",
        "rtsp://10.20.1.7/x?listen",
        "rtsp://10.20.1.7:0/x",
        "rtsp://10.20.1.7:99999/x",
        "http://10.20.1.7/x",
        "concat:a|b",
        "rtsp://10.20.1.7/a b",
        "rtsp:",
        "",
        "rtsp://10.20.1.7/" + "a" * 300,
        "file:///etc/passwd",
        "file://../secret",
        "file://a/../../secret",
        "file://a%2f..%2fsecret",
        "file://a\\b",
    ],
)
def test_everything_else_is_refused(address, tmp_path):
    with pytest.raises(Invalid, match="STREAM_ADDRESS"):
        allowed(address, NETWORKS, str(tmp_path))


def test_files_are_those_below_the_folder_and_links_out_of_it_are_none(tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"x")
    (tmp_path / "secret").write_bytes(b"x")
    (folder / "link.mp4").symlink_to(tmp_path / "secret")
    assert allowed("file://a.mp4", (), str(folder)) == str(folder / "a.mp4")
    for wrong in ("file://link.mp4", "file://b.mp4"):
        with pytest.raises(Invalid):
            allowed(wrong, (), str(folder))
    with pytest.raises(Invalid):
        allowed("file://a.mp4", (), "")


def test_without_a_setting_nothing_is_opened():
    check_address("rtsp://127.0.0.1/x")
    with pytest.raises(Invalid):
        allowed("rtsp://127.0.0.1/x", read_networks(""), "")


def test_networks_that_are_none_are_refused():
    with pytest.raises(Invalid, match="STREAM_NETWORKS"):
        read_networks("10.0.0.0/99")


def test_a_password_is_put_in_for_the_one_who_opens_it():
    assert with_credential("rtsp://10.20.1.7/x", "a@b:p/w:1") == "rtsp://a%40b:p%2Fw%3A1@10.20.1.7/x"
    assert with_credential("rtsp://10.20.1.7/x", "") == "rtsp://10.20.1.7/x"
