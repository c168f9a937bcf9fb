"""The command line says what is wrong in one line, and exits non-zero."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Runner":
    """Runs commands in an empty folder with a sandbox-mode environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUSTER_MODE", "sandbox")
    monkeypatch.setenv("MUSTER_DATA_DIR", str(tmp_path / "data"))
    return Runner()


class Runner:
    """`run("clock", "show")`."""

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)


def test_a_missing_setting_is_one_line(run: Runner) -> None:
    result = run("migrate")

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "缺少设置 MUSTER_WECOM_CORP_ID" in result.stderr


def with_corp(monkeypatch: pytest.MonkeyPatch) -> None:
    """The five settings of the app."""
    for name, value in {
        "CORP_ID": "ww1",
        "AGENT_ID": "1",
        "SECRET": "s",
        "TOKEN": "t",
        "ENCODING_AES_KEY": "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
    }.items():
        monkeypatch.setenv(f"MUSTER_WECOM_{name}", value)


def test_the_clock_is_set_put_forward_and_reset(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    with_corp(monkeypatch)
    assert "✓ 数据库已是最新版本" in run("migrate").output

    assert "现在是 2026-03-02 08:45" in run("clock", "set", "2026-03-02T08:45").output
    assert "现在是 2026-03-02 10:45" in run("clock", "advance", "2h").output
    assert "现在是 2026-03-02 10:45" in run("clock", "show").output
    assert "2026-03-02" not in run("clock", "reset").output


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("clock", "set", "明天"), "看不懂时刻"),
        (("clock", "advance", "很久"), "看不懂时长"),
        (("clock", "advance", "-2h"), "No such option"),
        (("clock", "show"), "数据库用不了"),
        (("import", "employees"), "请给出要导入的文件"),
    ],
)
def test_what_cannot_be_done_is_said(
    run: Runner, tmp_path: Path, arguments: tuple[str, ...], line: str
) -> None:
    (tmp_path / "data").mkdir(exist_ok=True)

    result = run(*arguments)

    assert result.exit_code != 0
    assert line in result.stderr


def test_the_clock_cannot_be_moved_in_production(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_MODE", "production")

    result = run("clock", "advance", "2h")

    assert result.exit_code == 1
    assert "只有沙箱模式" in result.stderr


def test_a_template_is_written_filled_in_and_imported(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_corp(monkeypatch)
    run("migrate")

    assert "空表已写到" in run("import", "employees", "--template", "员工.csv").output
    assert "✓ 共 1 行 = 新增 1 + 更新 0 + 没变 0 + 没导入 0" in run("import", "employees", "员工.csv").output
    (tmp_path / "坏.csv").write_text("企业微信账号,姓名,角色,团队,上班,下班\na,b,c,,,\n", encoding="utf-8")
    refused = run("import", "employees", "坏.csv")

    assert refused.exit_code == 1
    assert "第 2 行：角色只能是" in refused.stderr
    assert (tmp_path / "坏-未导入.csv").exists()


def test_people_go_out_masked_and_in_full_only_with_a_reason(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_corp(monkeypatch)
    run("migrate")
    run("import", "employees", "--template", "员工.xlsx")
    run("import", "employees", "员工.xlsx")

    assert "✓ 导出 1 人到 名单.xlsx，手机号等已打码" in run("export", "employees", "名单.xlsx").output
    refused = run("export", "employees", "名单.csv", "--full")
    assert refused.exit_code == 1
    assert "完整导出要写清楚理由" in refused.stderr
    full = run("export", "employees", "名单.csv", "--full", "--reason", "报社保")
    assert full.exit_code == 0
    [written] = tmp_path.glob("名单-完整-*-报社保.csv")
    assert "13800138000" in written.read_text(encoding="utf-8-sig")


def test_before_the_first_sync_the_status_says_so(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    with_corp(monkeypatch)
    run("migrate")

    result = run("sync", "--status")

    assert result.exit_code == 1
    assert "还没有同步过。运行 muster sync。" in result.stderr


def test_an_authenticator_is_registered_once_and_removed(
    run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_corp(monkeypatch)
    assert run("migrate").exit_code == 0
    people = tmp_path / "people.csv"
    people.write_text(
        "企业微信账号,姓名,角色,团队,上班,下班\nitwang,王工,管理员,管理部,09:00,18:00\n", "utf-8"
    )
    assert run("import", "employees", str(people)).exit_code == 0

    nobody, first, again = (run("second-factor", who) for who in ("nobody", "itwang", "ITWANG"))
    removed, twice = (run("second-factor", "itwang", "--remove") for _ in range(2))

    assert (nobody.exit_code, nobody.stderr) == (1, "✗ 名单里没有账号「nobody」，请写企业微信账号。\n")
    assert first.exit_code == 0
    assert "otpauth://totp/Muster:itwang?secret=" in first.stdout
    assert "█" in first.stdout
    assert again.exit_code == 1
    assert "王工已经登记过" in again.stderr
    assert (removed.exit_code, removed.stdout) == (0, "✓ 已去掉王工的身份验证器。\n")
    assert (twice.exit_code, twice.stdout) == (0, "✓ 王工没有登记过，不用去掉。\n")


def test_cases_are_imported_with_what_is_said_for_the_whole_file(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_corp(monkeypatch)
    run("migrate")
    people = "企业微信账号,姓名,角色,团队,上班,下班\nboss,钱主管,主管,城北分公司,09:00,18:00\n"
    (tmp_path / "人.csv").write_text(people, encoding="utf-8")
    assert run("import", "employees", "人.csv").exit_code == 0
    (tmp_path / "案.csv").write_text("借据号,姓名,手机号,欠款\nX1,张三,13800138000,100\n", encoding="utf-8")
    whole = ("--creditor", "蓉城银行", "--placement", "一批", "--unit", "城北分公司", "--end", "2029-12-31")

    refused = run("import", "employees", "人.csv", "--unit", "城北分公司")
    done = run("import", "cases", "案.csv", *whole, "--declared-cases", "2")

    assert "导入这种表时不能指定：催收单位" in refused.stderr
    assert "✓ 共 1 行 = 新增 1 + 更新 0 + 没变 0 + 没导入 0" in done.stdout
    assert "逐行相加，和文件一致 ✓" in done.stdout
    assert (done.exit_code, done.stderr) == (1, "✗ 和甲方声明的件数或金额对不上，请核对。\n")
