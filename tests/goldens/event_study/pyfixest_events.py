"""Two-way fixed effects and event studies by pyfixest 0.60.0 (numpy 2.4.6, pandas 3.1.1): python pyfixest_events.py"""

import json
from pathlib import Path

import pandas as pd
import pyfixest as pf

HERE = Path(__file__).parent
frame = pd.read_csv(HERE.parent / "panel" / "balanced.csv")
ever = frame.groupby("unit")["d"].transform("max")
out = []
for adopted in (2017, 2018):
    data = frame.assign(ever=ever, d=ever * (frame["time"] >= adopted))
    for cluster in ("unit", "county"):
        for name, counted in (("CR0", False), ("CR1", True)):
            ssc = pf.ssc(k_adj=False, G_adj=counted)
            events = pf.feols(
                f"y ~ i(time, ever, ref={adopted - 1}) | unit + time", data, vcov={"CRV1": cluster}, ssc=ssc
            )
            whole = pf.feols("y ~ d | unit + time", data, vcov={"CRV1": cluster}, ssc=ssc)
            out.append(
                {
                    "adopted": adopted,
                    "cluster": cluster,
                    "variance": name,
                    "estimates": events.coef().tolist(),
                    "covariance": events._vcov.tolist(),
                    "times": [int(time) - adopted for time in sorted(set(frame["time"])) if time != adopted - 1],
                    "names": list(events.coef().index),
                    "effect": float(whole.coef()["d"]),
                    "error": float(whole.se()["d"]),
                }
            )
(HERE / "pyfixest_events.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
