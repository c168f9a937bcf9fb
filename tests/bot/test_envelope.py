"""Signature and encryption, against the vectors of protocol 1.9 and against wechatpy."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto.base import WeChatCipher
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.document import read_document
from bot.envelope import BLOCK, RANDOM, Envelope
from bot.rejection import Rejected
from tests import tencent

ENVELOPE = Envelope(tencent.TOKEN, tencent.AES_KEY, tencent.CORP_ID)
TIMESTAMP, NONCE = "1700000000", "77665544"

ECHO = "6311223344556677889"
ECHO_SEALED = "eJqx2X1l/bLjW5SPVPRSOwCC1Un7dbCiEm39OSAfmdfrs+X0eWb9hdZUgO6NfHh2AAkyOG/UWwK6T03T1IjNsg=="
ECHO_SIGNATURE = "e05cd149c8b1c40756f90162c0b8850f8e132b30"

MESSAGE = (
    "<xml><ToUserName><![CDATA[wwdemo0123456789ab]]></ToUserName><FromUserName><![CDATA[lihua]]>"
    "</FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[你好]]></Content><MsgId>1000000000000000001</MsgId><AgentID>1000002</AgentID></xml>"
)
MESSAGE_SEALED = (
    "eJqx2X1l/bLjW5SPVPRSO4p+uuwBmHL9+dgRbARd1FhtVK4Jo3c16uWNIPOzmAmW8qTowpeeoXdZlUj+IHlxuURfYM+l3y4x"
    "ZsOf/hhaJahAyVxs8z+0aiNlIuaoZGhF6JYX+h2CAX1j1E3En0UXVTsYejb1lqvvULt1AO0j7lnprgtxGvNXvyJuB/x/HqEE"
    "PiZQncgQS9L6TLN+HjDJ7Comj5ZNZXjurqDlagr3C0PgQplbTke0Z6eq/myNuFGKO5FqztmX86kjpe/vEy2FSGhyVtWdbfu2"
    "lsk3idXazO0oT4nkV29mIAGhb/fTIHYFKrhgghRIZDxluVSgl7Yss0FeOj3SsNlgWc0g/EzNPX+qEmklaFkvPB+hEzk7YzD9"
    "lcDZQTJwFI6QCzq2rrgIyarrdNbvO30TKOu4IZ3522I="
)
MESSAGE_SIGNATURE = "baa6f4fa942e2ad6469846de1198efe79b858c47"
PLAIN_SIGNATURE = "acac5e88fe13a0ecae359daf71aa3408ad762a36"


def signed(signature: str) -> dict[str, str]:
    """The query of the vectors."""
    return {"msg_signature": signature, "timestamp": TIMESTAMP, "nonce": NONCE}


def sealed(plain: bytes) -> str:
    """Any bytes encrypted with the key of the vectors, layout and padding as given."""
    cipher = WeChatCipher(base64.b64decode(tencent.AES_KEY + "="))
    return base64.b64encode(cipher.encrypt(plain)).decode()


def padded(content: bytes) -> bytes:
    """16 random bytes, the content, and the padding to whole blocks."""
    body = b"R" * RANDOM + content
    pad = BLOCK - len(body) % BLOCK
    return body + bytes([pad]) * pad


def length(number: int) -> bytes:
    """The four bytes before a message."""
    return number.to_bytes(4, "big")


def test_the_echo_of_the_vectors_is_opened() -> None:
    assert ENVELOPE.open(signed(ECHO_SIGNATURE), ECHO_SEALED) == ECHO.encode()


def test_the_message_of_the_vectors_is_opened() -> None:
    assert len(MESSAGE.encode()) == 279

    opened = ENVELOPE.open(signed(MESSAGE_SIGNATURE), MESSAGE_SEALED)

    assert opened == MESSAGE.encode()
    assert read_document(opened)["Content"] == "你好"


def test_the_signatures_of_the_vectors_are_made() -> None:
    assert ENVELOPE.sign(TIMESTAMP, NONCE, ECHO_SEALED) == ECHO_SIGNATURE
    assert ENVELOPE.sign(TIMESTAMP, NONCE, MESSAGE_SEALED) == MESSAGE_SIGNATURE
    assert ENVELOPE.sign(TIMESTAMP, NONCE) == PLAIN_SIGNATURE


def test_the_plain_signature_of_the_service_account_is_taken() -> None:
    ENVELOPE.check(PLAIN_SIGNATURE, TIMESTAMP, NONCE)


def test_wechatpy_opens_what_we_encrypt() -> None:
    ours = ENVELOPE.encrypt(MESSAGE.encode())
    crypto = WeChatCrypto(tencent.TOKEN, tencent.AES_KEY, tencent.CORP_ID)

    opened = crypto.decrypt_message(
        tencent.xml({"Encrypt": ours}), ENVELOPE.sign(TIMESTAMP, NONCE, ours), TIMESTAMP, NONCE
    )

    assert opened in (MESSAGE, MESSAGE.encode())


def test_two_ciphertexts_of_one_message_differ() -> None:
    assert ENVELOPE.encrypt(b"same") != ENVELOPE.encrypt(b"same")


@given(st.binary(max_size=2000))
def test_what_we_encrypt_we_open_again(message: bytes) -> None:
    assert ENVELOPE.decrypt(ENVELOPE.encrypt(message)) == message


@given(st.text(max_size=300))
def test_we_open_what_wechatpy_encrypts(message: str) -> None:
    assert ENVELOPE.decrypt(tencent.encrypt(message)) == message.encode()


@given(bit=st.integers(0, len(MESSAGE_SEALED) * 8 - 1))
def test_a_single_changed_bit_of_the_base64_text_is_refused(bit: int) -> None:
    text = bytearray(MESSAGE_SEALED.encode())
    text[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Rejected) as refused:
        ENVELOPE.open(signed(MESSAGE_SIGNATURE), text.decode("latin-1"))

    assert refused.value.status == 403


@given(bit=st.integers(0, 320 * 8 - 1))
def test_a_single_changed_bit_of_the_ciphertext_is_refused(bit: int) -> None:
    raw = bytearray(base64.b64decode(MESSAGE_SEALED))
    assert len(raw) == 320
    raw[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Rejected) as refused:
        ENVELOPE.open(signed(MESSAGE_SIGNATURE), base64.b64encode(raw).decode())

    assert refused.value.status == 403


@given(st.binary(max_size=400))
def test_whatever_the_key_holder_seals_is_opened_or_refused(plain: bytes) -> None:
    whole = plain[: len(plain) // 16 * 16]
    try:
        ENVELOPE.decrypt(sealed(whole))
    except Rejected as refused:
        assert refused.status in {400, 403}  # noqa: PT017 - being opened is as good


@pytest.mark.parametrize(
    ("ciphertext", "status"),
    [
        pytest.param("", 400, id="nothing"),
        pytest.param("A", 400, id="one character"),
        pytest.param(MESSAGE_SEALED[:-1], 400, id="a padding character lost"),
        pytest.param(MESSAGE_SEALED + "=", 400, id="a padding character too many"),
        pytest.param(MESSAGE_SEALED[:20] + "\n" + MESSAGE_SEALED[20:], 400, id="a line break inside"),
        pytest.param(MESSAGE_SEALED.replace("/", "_"), 400, id="the alphabet of URLs"),
        pytest.param("*" + MESSAGE_SEALED[1:], 400, id="a foreign character"),
        pytest.param("你" + MESSAGE_SEALED[1:], 400, id="a Chinese character"),
        pytest.param(base64.b64encode(b"x" * 31).decode(), 400, id="half a block"),
        pytest.param(sealed(b"R" * 32), 400, id="padding above 32"),
        pytest.param(sealed(b"R" * 31 + b"\0"), 400, id="padding of zero"),
        pytest.param(sealed(b"R" * 30 + b"\1\2"), 400, id="padding bytes that differ"),
        pytest.param(sealed(b"\x20" * 16), 400, id="padding longer than all there is"),
        pytest.param(sealed(b"R" * 16 + b"\x10" * 16), 400, id="nothing but random and padding"),
        pytest.param(sealed(padded(b"\0\0")), 400, id="no room for a length"),
        pytest.param(sealed(padded(length(5) + b"four")), 400, id="a length past the end"),
        pytest.param(sealed(padded(length(2**32 - 1) + b"four")), 400, id="the largest length"),
        pytest.param(sealed(padded(length(4) + b"four")), 403, id="no receiver"),
        pytest.param(sealed(padded(length(4) + b"fourwwdemo0123456789aB")), 403, id="another receiver"),
        pytest.param(sealed(padded(length(4) + b"fourwwdemo0123456789abc")), 403, id="a longer receiver"),
        pytest.param(sealed(padded(length(3) + b"fourwwdemo0123456789ab")), 403, id="a length too short"),
    ],
)
def test_the_decoder_is_strict(ciphertext: str, status: int) -> None:
    with pytest.raises(Rejected) as refused:
        ENVELOPE.decrypt(ciphertext)

    assert refused.value.status == status


@pytest.mark.parametrize("missing", ["msg_signature", "timestamp", "nonce"])
def test_nothing_of_the_query_may_be_missing(missing: str) -> None:
    query = signed(ECHO_SIGNATURE)
    del query[missing]

    with pytest.raises(Rejected) as refused:
        ENVELOPE.open(query, ECHO_SEALED)

    assert refused.value.status == 400


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(ECHO_SIGNATURE.upper(), id="upper case"),
        pytest.param(ECHO_SIGNATURE[:-1], id="too short"),
        pytest.param(ECHO_SIGNATURE + "0", id="too long"),
        pytest.param(MESSAGE_SIGNATURE, id="of something else"),
        pytest.param("签名", id="no hexadecimal number"),
        pytest.param("\ud800", id="no text at all"),
    ],
)
def test_another_signature_is_refused(signature: str) -> None:
    with pytest.raises(Rejected) as refused:
        ENVELOPE.open(signed(signature), ECHO_SEALED)

    assert refused.value.status == 403


def test_without_a_key_nothing_is_opened_or_sealed() -> None:
    plain = Envelope(tencent.TOKEN, "", tencent.CORP_ID)

    with pytest.raises(Rejected):
        plain.decrypt(ECHO_SEALED)
    with pytest.raises(ValueError, match="EncodingAESKey"):
        plain.encrypt(b"message")
