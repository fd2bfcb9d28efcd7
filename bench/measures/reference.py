"""The same tasks with the reference libraries, in their own environment (no import of careloop).

python reference.py TASK FOLDER
"""

import json
import os
import resource
import sys
import warnings
from pathlib import Path

import numpy as np

BLOCKS = (("IMAG", 5), ("EXPE", 5), ("QUAL", 5), ("VAL", 4), ("SAT", 4), ("LOY", 4))
PATHS = (
    ("IMAG", "EXPE"), ("IMAG", "SAT"), ("IMAG", "LOY"), ("EXPE", "QUAL"), ("EXPE", "VAL"), ("EXPE", "SAT"),
    ("QUAL", "VAL"), ("QUAL", "SAT"), ("VAL", "SAT"), ("SAT", "LOY"),
)  # fmt: skip


def bgnbd(data):
    from lifetimes import BetaGeoFitter

    def run():
        model = BetaGeoFitter(penalizer_coef=0.0)
        model.fit(data["x"], data["t_x"], data["T"])
        alive = np.asarray(model.conditional_probability_alive(data["x"], data["t_x"], data["T"]))
        figures = {k: float(model.params_[k]) for k in ("r", "alpha", "a", "b")}
        return {**figures, "mean_alive": float(alive.mean()), "alive_sample": alive[:200].tolist()}

    return run


def demand_methods(data):
    from statsforecast.models import TSB, CrostonSBA

    series = data["series"][:2000]

    def run():
        sba, tsb = CrostonSBA(), TSB(alpha_d=0.1, alpha_p=0.1)
        return {
            "sba": [float(sba.forecast(y=y, h=1)["mean"][0]) for y in series],
            "tsb": [float(tsb.forecast(y=y, h=1)["mean"][0]) for y in series],
        }

    run()  # its kernels are compiled at the first call; not counted
    return run


def survey(data):
    import pandas
    import plspm.config as c
    from plspm.mode import Mode
    from plspm.plspm import Plspm
    from plspm.scale import Scale
    from plspm.scheme import Scheme

    names = [f"{name.lower()}{i + 1}" for name, count in BLOCKS for i in range(count)]
    frame = pandas.DataFrame(data["data"], columns=names)

    def run():
        shape = c.Structure()
        for source, target in PATHS:
            shape.add_path([source], [target])
        config = c.Config(shape.path(), default_scale=Scale.NUM)
        for name, count in BLOCKS:
            config.add_lv(name, Mode.A, *[c.MV(f"{name.lower()}{i + 1}") for i in range(count)])
        result = Plspm(frame, config, Scheme.CENTROID, 100, 1e-9, bootstrap=True, bootstrap_iterations=500, processes=1)
        paths = result.path_coefficients()
        inner = result.inner_summary()["r_squared"]
        r2 = {name: float(inner.loc[name]) for name, _ in BLOCKS if inner.loc[name] > 0}
        return {"paths": [float(paths.loc[b, a]) for a, b in PATHS], "r2": r2}

    return run


def lives(data):
    from lifelines import KaplanMeierFitter, WeibullFitter

    def run():
        fit = WeibullFitter().fit(data["time"], data["failed"])
        curve = KaplanMeierFitter().fit(data["time"], data["failed"])
        return {"beta": float(fit.rho_), "eta": float(fit.lambda_), "median": float(curve.median_survival_time_)}

    return run


TASKS = {
    "bgnbd_small": ("bgnbd_small", bgnbd),
    "demand_methods": ("demand", demand_methods),
    "survey": ("survey", survey),
    "lives": ("lives", lives),
}


def processor_seconds():
    """User and system time of this process and of the children it waited for."""
    return sum(os.times()[:4])


def peak_memory():
    """Peak of this process in MiB (getrusage would count the parent before the exec)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(task, folder):
    warnings.simplefilter("ignore")
    file, prepare = TASKS[task]
    with np.load(Path(folder) / f"{file}.npz") as stored:
        data = {name: stored[name] for name in stored.files}
    run = prepare(data)
    begin = processor_seconds()
    figures = run()
    seconds = processor_seconds() - begin
    print(json.dumps({"seconds": seconds, "memory_mib": peak_memory(), "figures": figures}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
