"""Matched control groups: who is compared with whom, decided before the outcome is read, and then the comparison.

The treated are compared with the untreated who had the nearest odds of treatment given the covariates (Rosenbaum &
Rubin 1983, doi:10.1093/biomet/70.1.41). `match_controls` reads only the columns it is given; its `Match` can be frozen,
signed and shown before `matched_comparison` opens the outcome.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from effekt import _linalg
from effekt._exact import scaled_integers
from effekt._inference import Inference, Means, StudentT, Unavailable
from effekt._serialize import canonical_json, encode
from effekt._text import Language, Text, format_number, significant
from effekt._types import BoolArray, FloatArray, IntArray, Missing, Table
from effekt._validation import check_integer, check_names, check_number, check_option, did_you_mean, join_words, plural
from effekt.diagnostics.balance import covariate_balance
from effekt.diagnostics.overlap import pooled_sd, propensity_overlap
from effekt.estimators._neighbours import (
    Change,
    KeyedLine,
    Links,
    Problem,
    check_links,
    link_with_replacement,
    tie_values,
    unit_keys,
)
from effekt.estimators._pairs import Pair, PairTable, pair_table, pairs_digest, read_pairs
from effekt.estimators._propensity import fit_propensity
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic, EffectEstimate, ExactMeans, Note, Observed, Sample
from effekt.result.parts import Result
from effekt.roles import Estimand, Outcome, as_outcome
from effekt.tables import Selection, as_table
