"""`cisgrammar check` is the same check as that of the module."""

from cisgrammar.cli.main import main


def test_faults_are_listed(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 1
    assert "no file config/config.yaml; write one (`cisgrammar init`)" in capsys.readouterr().err
    (tmp_path / "my.yaml").write_text("sead: 1\n")
    assert main(["check", "my.yaml"]) == 1
    assert "seed" in capsys.readouterr().err
