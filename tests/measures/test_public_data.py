"""The command on the public data sets: published figures through --json."""

from __future__ import annotations

import csv
import json

import pytest

from careloop.measures.cli import main

pytestmark = pytest.mark.shared_data


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("LANG", "C")
    monkeypatch.chdir(tmp_path)

    def call(*argv):
        assert main([str(a) for a in argv] + ["--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return call


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def reference(folder):
    return json.loads((folder / "reference.json").read_text(encoding="utf-8"))


def test_purchases_of_cdnow(run, shared_data):
    folder = shared_data / "cdnow"
    from_rows = run("bgnbd", folder / "transactions.csv", "--until", "1997-09-30", "--customers")
    from_summary = run("bgnbd", folder / "calibration_summary.csv")
    for data in (from_rows, from_summary):
        assert [round(data[k], 3) for k in ("r", "alpha", "a", "b")] == [0.243, 4.414, 0.793, 2.426]
        assert (round(data["log_likelihood"], 1), data["n"]) == (-9582.4, 2357)
    first = from_rows["customers"][0]
    assert first["customer_id"] == "00004"
    assert (first["p_alive"], first["expected"]) == (pytest.approx(0.727, abs=1e-3), pytest.approx(1.226, abs=1e-3))
    money = run("gamma-gamma", folder / "transactions.csv", "--until", "1997-09-30")
    assert [round(money[k], 2) for k in "pqv"] == [6.25, 3.74, 15.44]
    assert money["n"] == 946


def test_rfm_of_cdnow(run, shared_data):
    folder = shared_data / "cdnow"
    data = run("rfm", folder / "transactions.csv", "--until", "1998-06-30", "--ties", "order")
    found = {c["customer_id"]: c for c in data["customers"]}
    for row in rows(folder / "rfm_1998-06-30.csv"):
        own = found[row["customer_id"]]
        assert (own["days"], own["orders"]) == (float(row["R_days"]), float(row["F"]))
        assert own["value"] == pytest.approx(float(row["M"]), abs=0.005)
        assert [own["r"], own["f"], own["m"]] == [int(row[k]) for k in ("R_score", "F_score", "M_score")]


def test_renewals(run, shared_data, tmp_path):
    expected = reference(shared_data / "retention_sbg")["regular"]
    lines = [f"{t},{v}" for t, v in enumerate(expected["percent_surviving_year_0_12"])]
    (tmp_path / "s.csv").write_text("period,survivors\n" + "\n".join(lines), encoding="utf-8")
    data = run("sbg", "s.csv", "--fit-periods", "7")
    assert (round(data["alpha"], 3), round(data["beta"], 3)) == (0.704, 1.182)


def test_churn_of_the_telephone_customers(run, shared_data):
    folder = shared_data / "telco_churn"
    data = run("survival", folder / "customers.csv", "--duration", "tenure", "--event", "Churn", "--by", "Contract")
    expected = reference(folder)
    at = dict(zip(data["times"], data["survival"], strict=True))
    assert all(at[float(t)] == pytest.approx(v, abs=1e-6) for t, v in expected["km_all"].items())
    assert data["log_rank"]["chi2"] == pytest.approx(expected["logrank_contract"]["chi2"], abs=1e-4)
    assert data["groups"]["Month-to-month"]["median"] == 35.0
    assert data["groups"]["One year"]["median"] is None


@pytest.mark.parametrize(("name", "test"), [("carparts", 12), ("spareparts_raf", 12), ("spareparts_auto", 6)])
def test_demand_of_spare_parts(run, shared_data, name, test):
    expected = reference(shared_data / name)
    for method in ("croston", "sba", "tsb", "ses"):
        data = run("demand", shared_data / name / "series.csv", "--method", method, "--test", test)
        own = expected["developer"]["metrics"][method]
        assert round(data["overall"]["mase"], 5) == own["MASE"]
        assert round(data["overall"]["me"], 5) == own["ME"]
        assert (data["overall"]["series"], data["overall"]["n_mase"]) == (
            expected["developer"]["series"], own["MASE_n"],
        )  # fmt: skip
    classes = {k: v for k, v in expected["classification"]["sd_ddof0"].items() if v}
    assert data["classes"] == classes


def test_example_forecasts_of_single_parts(run, shared_data):
    folder = shared_data / "carparts"
    found = {m: run("demand", folder / "series.csv", "--method", m, "--test", 12)["series"] for m in ("sba", "tsb")}
    for row in rows(folder / "example_forecasts.csv"):
        for method, series in found.items():
            assert series[row["series_id"]]["forecast"] == pytest.approx(float(row[method]), abs=1e-8)


@pytest.mark.parametrize(("kind", "key"), [("due", "due"), ("elapsed", "minutes"), ("pause", "due")])
def test_clocks(run, shared_data, kind, key):
    folder = shared_data / "cn_calendar"
    file = folder / f"example_{kind}.csv"
    for extra in ([], ["--days", folder / "days_2024_2026.csv"]):
        data = run("working-time", file, "--calendars", folder / "calendars.json", *extra)
        for own, row in zip(data["rows"], rows(file), strict=True):
            expected = row["due"] if key == "due" else int(row["business_minutes"])
            assert own[key] == expected
        assert data["years_not_covered"] == []


def test_lives_and_recurrences(run, shared_data):
    folder = shared_data / "reliability"
    expected = reference(folder)
    data = run("weibull", folder / "shock_absorber.csv")
    assert (round(data["beta"], 5), data["n_failed"], data["n_censored"]) == (3.16047, 11, 27)
    best = run("replacement", folder / "shock_absorber.csv", "--planned-cost", 1, "--failure-cost", 4)
    assert best["age"] == pytest.approx(expected["age_replacement"][1]["T_opt"], abs=1)
    mcf = run("mcf", folder / "valve_seat.csv", "--column", "unit=engine", "--column", "time=days")
    at = dict(zip(mcf["times"], mcf["mcf"], strict=True))
    assert all(at[float(t)] == pytest.approx(v, abs=1e-6) for t, v in expected["valve_seat"]["MCF_at"].items())


def model_file(tmp_path, reference_model):
    lines = ["[blocks]"] + [f"{k} = {json.dumps(v)}" for k, v in reference_model["blocks"].items()]
    (tmp_path / "m.toml").write_text(
        f"paths = {json.dumps(reference_model['paths'])}\n" + "\n".join(lines), encoding="utf-8"
    )
    return tmp_path / "m.toml"


def test_structural_index_of_the_bank(run, shared_data, tmp_path):
    folder = shared_data / "satisfaction_pls"
    expected = reference(folder)
    model = model_file(tmp_path, expected["model"])
    for options, key in ((["--unscaled"], "unscaled_published"), (["--scaled"], "standardised")):
        data = run("structural-index", folder / "data.csv", "--model", model, "--bootstrap", 0, *options)
        for path in data["paths"]:
            assert path["value"] == pytest.approx(expected[key]["paths"][f"{path['from']} -> {path['to']}"], abs=1e-6)
        assert data["r2"] == pytest.approx(expected[key]["r2"], abs=1e-6)
    assert data["index"] == pytest.approx(expected["standardised"]["index_0_100"], abs=1e-3)


def test_service_quality_of_a_maker(run, shared_data, tmp_path):
    folder = shared_data / "service_quality"
    expected = reference(folder)
    spans = {
        "Tangibles": (1, 4),
        "Reliability": (5, 9),
        "Responsiveness": (10, 13),
        "Assurance": (14, 17),
        "Empathy": (18, 22),
    }
    lines = [f"{k} = {json.dumps([f'a{i:02}' for i in range(a, b + 1)])}" for k, (a, b) in spans.items()]
    (tmp_path / "m.toml").write_text(
        'overall = "sat"\nideal = 100\n[dimensions]\n' + "\n".join(lines), encoding="utf-8"
    )
    data = run("servqual", folder / "responses.csv", "--model", "m.toml")
    assert round(data["r2"], 5) == expected["r2"]
    for name, own in expected["dimension"].items():
        found = data["dimensions"][name]
        assert round(found["mean"], 4) == own["mean"]
        assert round(found["sd"], 4) == own["sd"]
        assert round(found["alpha"], 5) == own["cronbach_alpha_raw"]
        assert round(found["alpha_standardized"], 5) == own["cronbach_alpha_std"]
        assert round(found["r_with_overall"], 5) == own["r_with_sat"]
        assert round(found["beta"], 5) == own["std_beta"]
        assert round(found["gap"], 4) == expected["gap_vs_ideal_100"][name]
    names = {
        "concentrate": "concentrate here",
        "keep": "keep up",
        "low": "low priority",
        "overkill": "possible overkill",
    }
    ipa = run("ipa", folder / "responses.csv", "--model", "m.toml")
    assert {k: names[v["quadrant"]] for k, v in ipa["items"].items()} == {
        k: v["quadrant"] for k, v in expected["item"].items()
    }
    alpha = run("alpha", folder / "responses.csv", "--model", "m.toml")
    assert round(alpha["dimensions"]["Empathy"]["alpha"], 5) == expected["dimension"]["Empathy"]["cronbach_alpha_raw"]


def test_survey_examples(run, shared_data, tmp_path):
    folder = shared_data / "survey_metrics"
    expected = reference(folder)
    kano = run("kano", folder / "kano_synthetic.csv")
    for name, own in expected["kano_synthetic"].items():
        found = kano["items"][name]
        assert (found["class"], found["n"], found["counts"]) == (own["category"], own["n"], own["counts"])
        assert [round(found[k], 5) for k in ("better", "worse", "total_strength", "category_strength")] == [
            own[k] for k in ("cs_plus", "cs_minus", "total_strength", "category_strength")
        ]
    for own in expected["csat_top2"]:
        (tmp_path / "t.csv").write_text(f"score,count\n5,{own['k']}\n3,{own['n'] - own['k']}\n", encoding="utf-8")
        data = run("top-box", "t.csv")
        assert [round(data[k], 3) for k in ("percent", "low", "high")] == [own["pct"], *own["wilson95"]]


def test_reviews(run, shared_data):
    data = run("sentiment", shared_data / "zh_product_reviews" / "reviews.csv", "--column", "text=review")
    assert data["accuracy"]["accuracy"]["percent"] == pytest.approx(80.7, abs=0.5)
    assert data["learned"]["accuracy"]["percent"] == pytest.approx(92.0, abs=0.5)
    terms = run(
        "themes", shared_data / "zh_car_reviews" / "reviews.csv",
        "--column", "text=content", "--column", "segment=subject",
    )["segments"]  # fmt: skip
    for subject, word in (("油耗", "油耗"), ("空间", "后备箱"), ("安全性", "刹车"), ("操控", "底盘")):
        assert word in [t["term"] for t in terms[subject]["terms"]]


def test_promises_of_incidents(run, shared_data, tmp_path):
    last = {row["number"]: row for row in rows(shared_data / "servicenow_incidents" / "events.csv")}
    lines = "".join(f"{row['made_sla']},{row['priority']}\n" for row in last.values())
    (tmp_path / "s.csv").write_text("met,priority\n" + lines, encoding="utf-8")
    data = run("sla", "s.csv", "--by", "priority")
    expected = reference(shared_data / "servicenow_incidents")
    assert data["percent"] == pytest.approx(100 * expected["sla_rate"], abs=1e-4)
    for name, own in expected["by_priority"].items():
        assert (data["groups"][name]["n"], data["groups"][name]["percent"]) == (
            own["n"], pytest.approx(100 * own["sla_rate"], abs=1e-4),
        )  # fmt: skip
