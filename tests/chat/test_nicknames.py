"""外号, as leaders give them and colleagues use them."""

from tests.simulator import Given, Member


def test_a_leader_gives_a_nickname_and_people_are_found_by_it(
    leader: Member, alice: Member, given: Given
) -> None:
    leader.says("外号 李爱丽 丽姐")
    leader.sees("李爱丽的外号：丽姐。")

    leader.says("找人 丽姐")
    assert "李爱丽" in leader.reads()[0]

    alice.says("我的外号")
    alice.sees("大家也可以叫你丽姐。")


def test_a_nickname_is_taken_away_again(leader: Member, alice: Member) -> None:
    leader.says("外号 李爱丽 丽姐")
    leader.says("删外号 李爱丽 丽姐")
    leader.says("删外号 李爱丽 丽姐")

    leader.sees(
        "李爱丽的外号：丽姐。",
        "李爱丽还没有外号，写法是「外号 李爱丽 三哥」。",
        "李爱丽没有「丽姐」这个外号。发「外号 李爱丽」看现在有哪些。",
    )
    alice.says("我的外号")
    alice.sees("你还没有外号，组长可以给你起，写法是「外号 李爱丽 三哥」。")


def test_what_is_no_nickname_is_refused_with_the_reason(leader: Member, alice: Member) -> None:
    leader.says("外号 李爱丽 赵组长")
    leader.says("外号 李爱丽 5")
    for number in ("阿丽", "小丽", "丽丽", "大丽", "丽总", "丽姐"):
        leader.says(f"外号 李爱丽 {number}")

    seen = leader.reads()
    assert seen[0] == "「赵组长」是同事的本名、账号或工号，当外号会弄混，请换一个。"
    assert seen[1] == "「5」不能当外号：要 2 到 10 个字，不能只有数字和符号。"
    assert seen[6] == "李爱丽的外号：阿丽、小丽、丽丽、大丽、丽总。"
    assert seen[7] == "李爱丽已经有 5 个外号了。先去掉一个，如「删外号 李爱丽 三哥」。"


def test_nobody_nicknames_people_of_another_team(leader: Member, given: Given) -> None:
    given.employee("bob", "波波", team="二组")

    leader.says("外号 波波 大波")

    [answer] = leader.reads()
    assert "没有" in answer
