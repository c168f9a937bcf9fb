"""Every switch of the platform, in one place: limits that Tencent may change, and what no source confirms.

Each value is what the protocol reference states; docs/sandbox.md lists all of them.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.errors import ControlError


@dataclass
class Settings:
    """Values an automation may change with ``PUT /control/settings``; seconds unless named otherwise."""

    # Callbacks (1.6, 1.8)
    callback_timeout: float = 5.0
    callback_retries: int = 3
    callback_retry_seconds: float = 5.0
    callback_retry_non_200: bool = True
    callback_reencrypt: bool = True
    callback_in_order: bool = True
    official_openid_parameter: bool = True

    # What messages carry (2.2, 2.7)
    location_message_system: str = "gcj02"
    location_event_system: str = "wgs84"
    official_menu_option_id: bool = True
    official_voice_16k: bool = False
    pictures_repeat_list: bool = False

    # WeCom API (3)
    token_rotates: bool = False
    duplicate_errcode: int = 0
    update_card_invaliduser_list: bool = True
    tag_invalidparty_list: bool = True
    user_ticket_seconds: int = 1800
    user_detail_fields: str = "gender,avatar,qr_code,mobile,email,biz_mail,address"
    missed_checkin_time: int = 0
    approval_process_field: bool = True
    approval_new_cursor: bool = True
    media_ranges: bool = True
    same_media_per_second: int = 10
    directory_answer_users: int = 20_000

    # WeCom frequency (3.14)
    api_per_minute: int = 10_000
    api_per_hour: int = 150_000
    ip_per_minute: int = 20_000
    ip_per_hour: int = 600_000
    checkin_per_minute: int = 600
    approval_per_minute: int = 600
    ticket_per_corp_hour: int = 400
    ticket_per_app_hour: int = 100
    failed_gettoken_per_hour: int = 2000
    member_per_minute: int = 30
    member_per_hour: int = 1000
    day_factor: int = 200
    chat_create_per_day: int = 1000
    chat_update_per_hour: int = 1000
    chat_sending_per_minute: int = 20_000
    chat_sending_per_hour: int = 150_000
    chat_member_per_minute: int = 200
    chat_member_per_day: int = 10_000
    uploadimg_per_day: int = 1000
    uploadimg_per_month: int = 3000
    robot_per_minute: int = 20

    # Service account (4)
    official_wrong_secret: int = 40001
    client_msg_id_seconds: int = 600
    client_msg_id_chars: int = 32
    custom_news_articles: int = 1
    template_type_caps: bool = True
    official_profile_fields: bool = False
    refresh_token_days: int = 30
    user_batch: int = 100
    user_page: int = 10_000
    subscribe_main_switch_errcode: int = 43107
    official_api_per_minute: int = 10_000
    official_token_per_day: int = 2000
    official_stable_token_per_day: int = 500_000
    official_forced_token_per_day: int = 20
    official_menu_create_per_day: int = 1000
    official_menu_get_per_day: int = 10_000
    official_menu_delete_per_day: int = 1000
    official_media_upload_per_day: int = 5000
    official_media_get_per_day: int = 10_000
    official_custom_per_day: int = 500_000
    official_template_per_day: int = 100_000
    official_qrcode_per_day: int = 100_000
    official_user_get_per_day: int = 500
    official_user_info_per_day: int = 5_000_000
    official_clear_quota_per_month: int = 10

    # Group robots (5)
    robot_image_bytes: int = 2 * 1024 * 1024
    robot_markdown_v2: bool = True

    # SMS (6)
    sms_receipt_seconds: float = 0.0
    sms_clock_seconds: int = 600
    tencent_per_thirty_seconds: int = 1
    tencent_per_hour: int = 5
    tencent_per_day: int = 10
    tencent_same_content_per_day: int = 5
    tencent_variable_chars: int = 0
    aliyun_per_minute: int = 1
    aliyun_per_hour: int = 5
    aliyun_per_day: int = 10
    aliyun_waiting: int = 1
    aliyun_failed: int = 2
    aliyun_delivered: int = 3

    def change(self, values: dict[str, Any]) -> None:
        """Set some switches; an unknown name or another type changes nothing and is refused."""
        for name, value in values.items():
            current = getattr(self, name, None) if name in self.__dataclass_fields__ else None
            if current is None:
                raise ControlError(f"没有这个开关：{name}")
            numeric = isinstance(value, int | float) and not isinstance(value, bool)
            fits = numeric if type(current) in (int, float) else type(value) is type(current)
            if not fits:
                raise ControlError(f"{name} 的类型不对")
        for name, value in values.items():
            setattr(self, name, type(getattr(self, name))(value))
