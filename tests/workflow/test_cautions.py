from physdfa.store import create_run
from physdfa.workflow.cautions import Cautions


class Listener:
    def __init__(self):
        self.said: list[str] = []

    def begin(self, what: str, total: int) -> None:
        pass

    def advance(self, parts: int = 1, text: str = "") -> None:
        pass

    def say(self, text: str) -> None:
        self.said.append(text)


def test_each_warning_is_told_once_and_is_in_the_summary_at_once(tmp_path):
    listener, run = Listener(), create_run(tmp_path, "tiny", "", command_line=(), kind="train")
    run.begin()
    cautions = Cautions(run, listener, ["known from the config"])
    assert run.read_summary()["warnings"] == ["known from the config"]
    cautions.tell(["it never fires", "known from the config"])
    assert run.read_summary()["warnings"] == ["known from the config", "it never fires"]
    cautions.tell(["it never fires", "it ended at chance"])
    assert listener.said == ["warning: it never fires", "warning: it ended at chance"]
    assert run.read_summary()["warnings"] == ["known from the config", "it never fires", "it ended at chance"]
