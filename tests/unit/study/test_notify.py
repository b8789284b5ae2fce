"""The notice at the end of a study."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from moat_lab.errors import UserError
from moat_lab.study.notify import check_address, ending_text, send


class Listener(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.got = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = HTTPServer(("127.0.0.1", 0), Listener)
    server.answer = 200
    thread = Thread(target=server.handle_request)
    thread.start()
    yield server
    thread.join()
    server.server_close()


def address(server):
    return f"http://127.0.0.1:{server.server_port}"


def test_the_notice_is_a_text_in_json(server):
    assert send(address(server), "it has finished") == ""
    assert server.got == {"text": "it has finished"}


def test_an_address_that_refuses_is_one_warning(server):
    server.answer = 404
    assert send(address(server), "x") == "The notice could not be sent: HTTP Error 404: Not Found"


def test_an_address_where_nobody_listens_is_one_warning():
    assert send("http://127.0.0.1:1", "x").startswith("The notice could not be sent: ")


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [(0, "has finished"), (130, "was stopped"), (1, "has failed"), (None, "has failed")],
)
def test_the_text_says_how_a_study_ended(exit_code, words):
    assert ending_text("se", exit_code, 90) == f"moat-lab study se {words} after 2 min"


def test_a_file_is_no_address():
    with pytest.raises(UserError, match="begins with http:// or https://; got 'file:///etc'"):
        check_address("file:///etc")
