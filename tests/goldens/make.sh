#!/bin/sh
# Regenerate the goldens that come from R. Installs nothing.
#   EFFEKT_TEST_DATA   folder that holds card_krueger.csv
#   PYTHON             Python that has the package causaldata (default: python3)
# On Debian: r-base-core r-cran-sandwich r-cran-clubsandwich r-cran-estimatr r-cran-matching r-cran-matchit r-cran-coin
#   r-cran-jsonlite r-cran-metafor
set -eu
cd "$(dirname "$0")"
command -v Rscript >/dev/null || { echo "Rscript is not installed; see the list of packages in $0" >&2; exit 2; }
: "${EFFEKT_TEST_DATA:?set it to the folder that holds card_krueger.csv}"
[ -f "$EFFEKT_TEST_DATA/card_krueger.csv" ] || { echo "card_krueger.csv is not in EFFEKT_TEST_DATA" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" - "$work/nsw.csv" <<'PY'
import sys

from causaldata import nsw_mixtape

table = nsw_mixtape.load_pandas().data.drop(columns="data_id")
table.to_csv(sys.argv[1], index=False)  # float32 cells as their shortest decimals
PY
Rscript randomized/make.R "$work/nsw.csv"
Rscript compliers/make.R
Rscript compliers/designs.R
Rscript matching/make.R "$work/nsw.csv"
Rscript matching/abadie_imbens.R "$work/nsw.csv"
Rscript matching/set_variances.R
Rscript matching/adjusted.R
Rscript panel/make.R "$EFFEKT_TEST_DATA/card_krueger.csv"
Rscript cross_sections/make.R
Rscript cross_sections/events.R
Rscript diagnostics/make.R
Rscript several/make.R
Rscript rates/make.R
Rscript randomization/make.R
Rscript pooling/make.R
Rscript event_study/make.R
Rscript trend/make.R
Rscript trend/clusters.R
