"""Clients that know nothing of the sandbox: both vendors' own SMS SDKs, with only the endpoint changed."""

import warnings
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.client import Sandbox
from tests.sandbox.test_sms import ALIYUN, APP, KEY_ID, PHONE, SECRET, SIGN, TENCENT

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("tencentcloud", reason="the SDKs come with requirements-dev.lock")
    pytest.importorskip("alibabacloud_dysmsapi20170525", reason="the SDKs come with requirements-dev.lock")
    from alibabacloud_dysmsapi20170525 import models as aliyun_models
    from alibabacloud_dysmsapi20170525.client import Client as AliyunClient
    from alibabacloud_tea_openapi.models import Config
    from tencentcloud.common import credential
    from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.sms.v20210111 import models as tencent_models
    from tencentcloud.sms.v20210111.sms_client import SmsClient

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def tencent(sandbox: Sandbox, secret: str = SECRET) -> Any:
    """Tencent's client."""
    endpoint = urlsplit(sandbox.url).netloc
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=endpoint))
    return SmsClient(credential.Credential(KEY_ID, secret), "ap-guangzhou", profile)


def tencent_request(**changes: Any) -> Any:
    """SendSms."""
    request = tencent_models.SendSmsRequest()
    request.PhoneNumberSet, request.SmsSdkAppId, request.SignName = [PHONE], APP, SIGN
    request.TemplateId, request.TemplateParamSet = "1000001", ["3", "请处理"]
    for name, value in changes.items():
        setattr(request, name, value)
    return request


def aliyun(sandbox: Sandbox, secret: str = SECRET) -> Any:
    """Aliyun's client."""
    endpoint = urlsplit(sandbox.url).netloc
    about = {"access_key_id": KEY_ID, "access_key_secret": secret, "protocol": "http", "endpoint": endpoint}
    return AliyunClient(Config(**about))


def aliyun_request(**changes: str) -> Any:
    """SendSms."""
    fields = {"phone_numbers": "13800000001", "sign_name": SIGN, "template_code": "SMS_1"}
    return aliyun_models.SendSmsRequest(**{**fields, "template_param": '{"code":"12 号 &+"}', **changes})


def test_tencent_sends_and_pulls_receipts(sandbox: Sandbox) -> None:
    sandbox.put_sms_account("tencent", KEY_ID, TENCENT)
    client = tencent(sandbox)
    [sent] = client.SendSms(tencent_request(SessionContext="c1")).SendStatusSet
    assert (sent.Code, sent.Message, sent.Fee, sent.PhoneNumber) == ("Ok", "send success", 1, PHONE)
    assert [text["text"] for text in sandbox.person("LiHua").texts()] == ["【演示】还有3天到期,请处理。"]
    pull = tencent_models.PullSmsSendStatusRequest()
    pull.Limit, pull.SmsSdkAppId = 10, APP
    [receipt] = client.PullSmsSendStatus(pull).PullSmsSendStatusSet
    assert (receipt.SerialNo, receipt.ReportStatus, receipt.SessionContext) == (
        sent.SerialNo,
        "SUCCESS",
        "c1",
    )
    [again] = client.SendSms(tencent_request()).SendStatusSet
    assert again.Code == "LimitExceeded.PhoneNumberThirtySecondLimit"


@pytest.mark.parametrize(
    ("code", "secret", "changes"),
    [
        ("AuthFailure.SignatureFailure", "wrong", {}),
        ("UnauthorizedOperation.SmsSdkAppIdVerifyFail", SECRET, {"SmsSdkAppId": "1"}),
        ("MissingParameter.EmptyPhoneNumberSet", SECRET, {"PhoneNumberSet": []}),
    ],
)
def test_tencent_raises_its_own_errors(
    sandbox: Sandbox, code: str, secret: str, changes: dict[str, Any]
) -> None:
    sandbox.put_sms_account("tencent", KEY_ID, TENCENT)
    with pytest.raises(TencentCloudSDKException) as refusal:
        tencent(sandbox, secret).SendSms(tencent_request(**changes))
    assert refusal.value.get_code() == code


def test_aliyun_sends_and_asks_what_became_of_it(sandbox: Sandbox) -> None:
    sandbox.put_sms_account("aliyun", KEY_ID, ALIYUN)
    client = aliyun(sandbox)
    answer = client.send_sms(aliyun_request(out_id="o1")).body
    assert (answer.code, answer.message) == ("OK", "OK")
    [text] = sandbox.wait_texts()
    assert text["text"] == "【演示】验证码12 号 &+"
    query = aliyun_models.QuerySendDetailsRequest(
        phone_number="13800000001",
        send_date=text["at"][:10].replace("-", ""),
        page_size=10,
        current_page=1,
        biz_id=answer.biz_id,
    )
    [detail] = client.query_send_details(query).body.sms_send_detail_dtos.sms_send_detail_dto
    assert (detail.send_status, detail.out_id, detail.template_code) == (3, "o1", "SMS_1")
    assert client.send_sms(aliyun_request()).body.code == "isv.BUSINESS_LIMIT_CONTROL"
    refused = client.send_sms(aliyun_request(sign_name="别人")).body
    assert refused.code == "isv.SMS_SIGNATURE_ILLEGAL"


def test_aliyun_raises_its_own_errors(sandbox: Sandbox) -> None:
    sandbox.put_sms_account("aliyun", KEY_ID, ALIYUN)
    with pytest.raises(Exception, match="SignatureDoesNotMatch"):
        aliyun(sandbox, "wrong").send_sms(aliyun_request())
