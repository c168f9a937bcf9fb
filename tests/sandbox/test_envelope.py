"""Envelope: the vectors of protocol 1.9, and everything that must be refused."""

import hashlib

import pytest

from sandbox.envelope import Envelope, EnvelopeError, aes_key, parse_xml, signature, text_of, to_xml

TOKEN, KEY, CORP = "demoTok3n", "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA", "wwdemo0123456789ab"
TIMESTAMP, NONCE = "1700000000", "77665544"
ECHO = "eJqx2X1l/bLjW5SPVPRSOwCC1Un7dbCiEm39OSAfmdfrs+X0eWb9hdZUgO6NfHh2AAkyOG/UWwK6T03T1IjNsg=="
MESSAGE = (
    "<xml><ToUserName><![CDATA[wwdemo0123456789ab]]></ToUserName><FromUserName><![CDATA[lihua]]></FromUserName>"
    "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content>"
    "<MsgId>1000000000000000001</MsgId><AgentID>1000002</AgentID></xml>"
)
ENCRYPTED = (
    "eJqx2X1l/bLjW5SPVPRSO4p+uuwBmHL9+dgRbARd1FhtVK4Jo3c16uWNIPOzmAmW8qTowpeeoXdZlUj+IHlxuURfYM+l3y4xZsOf/hhaJahA"
    "yVxs8z+0aiNlIuaoZGhF6JYX+h2CAX1j1E3En0UXVTsYejb1lqvvULt1AO0j7lnprgtxGvNXvyJuB/x/HqEEPiZQncgQS9L6TLN+HjDJ7Com"
    "j5ZNZXjurqDlagr3C0PgQplbTke0Z6eq/myNuFGKO5FqztmX86kjpe/vEy2FSGhyVtWdbfu2lsk3idXazO0oT4nkV29mIAGhb/fTIHYFKrhg"
    "ghRIZDxluVSgl7Yss0FeOj3SsNlgWc0g/EzNPX+qEmklaFkvPB+hEzk7YzD9lcDZQTJwFI6QCzq2rrgIyarrdNbvO30TKOu4IZ3522I="
)


@pytest.fixture
def envelope() -> Envelope:
    return Envelope(TOKEN, KEY, CORP)


def test_key_is_the_decoded_encoding_aes_key() -> None:
    assert aes_key(KEY) == bytes(range(1, 33))


@pytest.mark.parametrize(("plain", "cipher"), [("6311223344556677889", ECHO), (MESSAGE, ENCRYPTED)])
def test_vectors_in_both_directions(envelope: Envelope, plain: str, cipher: str) -> None:
    assert envelope.decrypt(cipher) == plain
    assert envelope.encrypt(plain, b"ABCDEFGHIJKLMNOP") == cipher


@pytest.mark.parametrize(
    ("cipher", "expected"),
    [
        (ECHO, "e05cd149c8b1c40756f90162c0b8850f8e132b30"),
        (ENCRYPTED, "baa6f4fa942e2ad6469846de1198efe79b858c47"),
    ],
)
def test_four_part_signature(envelope: Envelope, cipher: str, expected: str) -> None:
    assert envelope.sign(TIMESTAMP, NONCE, cipher) == expected


def test_three_part_signature_of_the_service_account() -> None:
    assert signature(TOKEN, TIMESTAMP, NONCE) == "acac5e88fe13a0ecae359daf71aa3408ad762a36"


def test_signature_of_pages() -> None:
    url = "https://example.com/h5/checkin?site=7"
    text = f"jsapi_ticket=TICKETdemo&noncestr=abc123&timestamp=1700000000&url={url}"
    assert hashlib.sha1(text.encode()).hexdigest() == "d9e8f937b637e33e5122f4ab541cd348ca7e9bee"


@pytest.mark.parametrize("length", range(0, 40))
def test_every_pad_length_comes_back(envelope: Envelope, length: int) -> None:
    assert envelope.decrypt(envelope.encrypt("字" * length)) == "字" * length


@pytest.mark.parametrize("cipher", ["", "not base64!", "AAAA", ENCRYPTED[:-8], ECHO.replace("e", "f")])
def test_damaged_ciphertext_is_refused(envelope: Envelope, cipher: str) -> None:
    with pytest.raises(EnvelopeError):
        envelope.decrypt(cipher)


def test_another_receiver_is_refused(envelope: Envelope) -> None:
    with pytest.raises(EnvelopeError, match="receive id"):
        Envelope(TOKEN, KEY, "wwother").decrypt(envelope.encrypt("x"))


def test_reply_with_a_wrong_signature_is_refused(envelope: Envelope) -> None:
    cipher = envelope.encrypt("<xml/>")
    fields = {"Encrypt": cipher, "MsgSignature": "0" * 40, "TimeStamp": 1, "Nonce": "2"}
    with pytest.raises(EnvelopeError, match="signature"):
        envelope.open_reply(to_xml(fields))


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>',
        "<!DOCTYPE xml><xml/>",
        "<html/>",
        "<xml>",
        "plain text",
        "<xml>&undefined;</xml>",
    ],
)
def test_unsafe_or_foreign_xml_is_refused(document: str) -> None:
    with pytest.raises(EnvelopeError):
        parse_xml(document)


def test_xml_keeps_whatever_a_person_types() -> None:
    for text in ["]]>", "<a&b>", "换\n行", "😀"]:
        assert text_of(parse_xml(to_xml({"Content": text})), "Content") == text
