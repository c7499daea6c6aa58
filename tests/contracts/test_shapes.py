"""Real contracts' ways of paying, each to its exact amount.

The price grids of Rikers, Roca, Chicago and Educate Girls are shapes recalled from published descriptions; the
amounts are computed by hand from the terms as written here.
"""

import pytest
from contracts.builders import contract, file, line, number, plain, settle
from contracts.second_route import same_by_both

SHAPES = {
    # A price for each avoided reconviction, if the fall is 10 % in one cohort or 7.5 % in all of them pooled.
    "peterborough": """
        derived:
          fall: {derived: {difference: [cf, obs]}, digits: 12, unit: number}
          red: {derived: {ratio: [fall, cf]}, digits: 12, unit: fraction}
          avoided: {derived: {greatest: [fall, "0"]}, digits: 12, unit: number}
          worth: {derived: {product: [price, avoided]}, digits: 12, unit: GBP}
        pays:
          unit_price: {price: "1", figure: worth, below_zero: zero}
          when:
            any:
              - all: [{figure: scope_pooled, eq: "0"}, {figure: red, ge: "0.10"}]
              - all: [{figure: scope_pooled, eq: "1"}, {figure: red, ge: "0.075"}]
        cap: "8000000"
        cases:
          - [{cf: "1550", obs: "1420", scope_pooled: "0", price: "1000"}, "0.00"]
          - [{cf: "3000", obs: "2730", scope_pooled: "1", price: "1000"}, "270000.00"]
        """,
    # Steps in the fall of jail days.
    "rikers": """
        pays:
          tiers:
            figure: red_pct
            steps:
              - {from: "8.5", pays: "4800000"}
              - {from: "10", pays: "9600000"}
              - {from: "11", pays: "10080000"}
              - {from: "12", pays: "10176000"}
              - {from: "12.5", pays: "10272000"}
              - {from: "13", pays: "10368000"}
              - {from: "16", pays: "10944000"}
              - {from: "20", pays: "11712000"}
        cases:
          - [{red_pct: "8.4999"}, "0.00"]
          - [{red_pct: "8.5"}, "4800000.00"]
          - [{red_pct: "10"}, "9600000.00"]
          - [{red_pct: "30"}, "11712000.00"]
          - [{red_pct: "-4"}, "0.00"]
        """,
    # 95 % of what special education would have cost.
    "utah": """
        derived:
          saved: {derived: {product: [price_per_child_year, likely_minus_used]}, digits: 12, unit: USD}
        pays: {share_of_savings: {share: "0.95", figure: saved, below_zero: zero}}
        cases:
          - [{price_per_child_year: "2607", likely_minus_used: "109"}, "269954.85"]
        """,
    # Three unit prices together, the third of which rises by one per cent a year.
    "chicago": """
        pays:
          sum:
            - unit_price: {price: "2900", figure: ready, below_zero: zero}
            - unit_price: {price: "750", figure: read3, below_zero: zero}
            - escalated:
                rate: "0.01"
                every: year
                periods: yrs
                pays: {unit_price: {price: "9100", figure: sped_avoided, below_zero: zero}}
        cap: "34400000"
        cases:
          - [{ready: "172", read3: "0", sped_avoided: "0", yrs: "0"}, "498800.00"]
          - [{ready: "172", read3: "10", sped_avoided: "-3", yrs: "4"}, "506300.00"]
          - [{ready: "0", read3: "0", sped_avoided: "10", yrs: "2"}, "92829.10"]
          - [{ready: "0", read3: "0", sped_avoided: "1", yrs: "12"}, "10254.11"]
        """,
    # A weighted mix of a trial and a difference in differences, on a line with a kink.
    "roca_backstop": """
        derived:
          est: {derived: {mix: [["0.80", rct], ["0.20", did]]}, digits: 12, unit: fraction}
        pays:
          piecewise:
            figure: est
            points: [{at: "0.052", pays: "0"}, {at: "0.40", pays: "22000000"}, {at: "0.70", pays: "27000000"}]
        cases:
          - [{rct: "-0.05", did: "0.10"}, "0.00"]
          - [{rct: "0.40", did: "0.40"}, "22000000.00"]
          - [{rct: "0.55", did: "0.55"}, "24500000.00"]
        """,
    "denver_housing": """
        pays: {unit_price: {price: "15.12", figure: payable_days, below_zero: zero}}
        cases:
          - [{payable_days: "41070"}, "620978.40"]
          - [{payable_days: "258858"}, "3913932.96"]
        """,
    # A price for each per cent up to 65, from 20 per cent on.
    "denver_jail": """
        derived:
          counted: {derived: {least: [pct, "65"]}, digits: 12, unit: per cent}
        pays:
          unit_price: {price: "160000", figure: counted, below_zero: zero}
          when: {figure: pct, ge: "20"}
        cases:
          - [{pct: "31.9"}, "5104000.00"]
          - [{pct: "19.99"}, "0.00"]
          - [{pct: "20"}, "3200000.00"]
          - [{pct: "80"}, "10400000.00"]
        """,
    # Three outcomes paid from 90 per cent of their goal, less an offset.
    "sc_nfp": """
        pays:
          sum:
            - bands: {figure: ptb, bands: [{from: "13.5", to: "15", pays_from: "1000", pays_to: "2000"}]}
            - bands: {figure: sbi, bands: [{from: "18", to: "20", pays_from: "1000", pays_to: "2000"}]}
            - bands: {figure: inj, bands: [{from: "23.4", to: "26", pays_from: "1000", pays_to: "2000"}]}
            - unit_price: {price: "-1", figure: waiver_offset, below_zero: negative}
          floor: "0"
        cap: "7500000"
        cases:
          - [{ptb: "14", sbi: "0", inj: "-3", waiver_offset: "999999"}, "0.00"]
          - [{ptb: "14", sbi: "0", inj: "-3", waiver_offset: "0"}, "1333.33"]
          - [{ptb: "13.4999", sbi: "18", inj: "26", waiver_offset: "500"}, "2500.00"]
        """,
    # Half of what the participants' net contribution exceeds the control group's by.
    "koto": """
        derived:
          each: {derived: {difference: [net_t, net_c]}, digits: 12, unit: EUR}
          gain: {derived: {product: [people, each]}, digits: 12, unit: EUR}
        pays: {share_of_savings: {share: "0.50", figure: gain, below_zero: zero}}
        cases:
          - [{people: "2636", net_t: "2670", net_c: "0"}, "3519060.00"]
          - [{people: "2636", net_t: "2670", net_c: "2671"}, "0.00"]
        """,
    "educate_girls": """
        pays:
          sum:
            - unit_price: {price: "43.16", figure: levels, below_zero: zero}
            - unit_price: {price: "910.14", figure: enrol_pct, below_zero: zero}
        cap: "420000"
        cases:
          - [{levels: "5592", enrol_pct: "79"}, "313251.78"]
          - [{levels: "8940", enrol_pct: "92"}, "420000.00"]
          - [{levels: "-10", enrol_pct: "50"}, "45507.00"]
        """,
    # A multiple of the rise in consumption and assets, for each household.
    "village": """
        derived:
          yearly: {derived: {product: ["12", annuity, d_cons]}, digits: 12, unit: USD}
          each: {derived: {sum: [yearly, d_assets]}, digits: 12, unit: USD}
          gain: {derived: {product: [n_hh, each]}, digits: 12, unit: USD}
        pays: {unit_price: {price: "1", figure: gain, below_zero: zero}}
        cap: "4280618"
        cases:
          - [{n_hh: "13830", annuity: "3.5", d_cons: "2.0", d_assets: "40"}, "1714920.00"]
        """,
    "essex": """
        derived:
          saved: {derived: {difference: [baseline_days, obs_days]}, digits: 12, unit: day}
        pays: {unit_price: {price: "100", figure: saved, below_zero: zero}}
        cap: "7000000"
        cases:
          - [{baseline_days: "150000", obs_days: "120000"}, "3000000.00"]
          - [{baseline_days: "150000", obs_days: "160000"}, "0.00"]
        """,
    "london": """
        derived:
          fewer: {derived: {difference: [rs_base, rs_obs]}, digits: 12, unit: person}
        pays:
          sum:
            - unit_price: {price: "100", figure: fewer, below_zero: zero}
            - unit_price: {price: "700", figure: moves, below_zero: zero}
            - unit_price: {price: "7000", figure: s12, below_zero: zero}
            - unit_price: {price: "2000", figure: s18, below_zero: zero}
        cases:
          - [{rs_base: "50", rs_obs: "45", moves: "10", s12: "4", s18: "2"}, "39500.00"]
        """,
    # 40 % of the investment as a floor under the saving up to 10 million; above that, up to 2 million more if the
    # children's school results improved.
    "norrkoping": """
        derived:
          above: {derived: {difference: [savings, "10000000"]}, digits: 0, unit: SEK}
        pays:
          sum:
            - greater_of:
                - share_of_savings: {share: "0.40", figure: invested, below_zero: zero}
                  when: {figure: delivered, eq: "1"}
                - share_of_savings: {share: "1", figure: savings, below_zero: zero}
                  cap: "10000000"
            - share_of_savings: {share: "1", figure: above, below_zero: zero}
              when: {all: [{figure: savings, gt: "10000000"}, {figure: school_improved, eq: "1"}]}
              cap: "2000000"
        cap: "12000000"
        quantum: "1"
        cases:
          - [{delivered: "1", invested: "7500000", savings: "-3500000", school_improved: "1"}, "3000000"]
          - [{delivered: "1", invested: "10000000", savings: "6200000", school_improved: "0"}, "6200000"]
          - [{delivered: "1", invested: "10000000", savings: "11000000", school_improved: "1"}, "11000000"]
          - [{delivered: "1", invested: "10000000", savings: "99000000", school_improved: "1"}, "12000000"]
          - [{delivered: "1", invested: "10000000", savings: "11000000", school_improved: "0"}, "10000000"]
        """,
    # The fee at risk in proportion to the trend-adjusted fall in sick leave, in full at 12 per cent.
    "botkyrka": """
        derived:
          trend: {derived: {index: {figure: nat_post, base: nat_ref}}, digits: 12, unit: ratio}
          cf: {derived: {product: [ref, trend]}, digits: 12, unit: day}
          left: {derived: {ratio: [post, cf]}, digits: 12, unit: ratio}
          red: {derived: {difference: ["1", left]}, digits: 12, unit: fraction}
        pays: {piecewise: {figure: red, points: [{at: "0", pays: "0"}, {at: "0.12", pays: "5000000"}]}}
        quantum: "1"
        cases:
          - [{ref: "8.0", post: "7.2", nat_ref: "7.0", nat_post: "7.0"}, "4166667"]
          - [{ref: "8.0", post: "8.4", nat_ref: "7.0", nat_post: "7.7"}, "1893939"]
          - [{ref: "8", post: "9", nat_ref: "7", nat_post: "7"}, "0"]
        """,
    # A share of savings by quality, at most a tenth of the benchmark, beyond a minimum savings rate.
    "mssp": """
        derived:
          counted: {derived: {product: [quality, savings]}, digits: 12, unit: USD}
        pays:
          lesser_of:
            - share_of_savings: {share: "0.50", figure: counted, below_zero: zero}
            - share_of_savings: {share: "0.10", figure: benchmark, below_zero: zero}
          when: {all: [{figure: sav_pct, ge: msr_pct}, {figure: quality_ok, eq: "1"}]}
        cases:
          - - {sav_pct: "3.8", msr_pct: "3.9", quality_ok: "1", quality: "0.9",
               savings: "3800000", benchmark: "100000000"}
            - "0.00"
          - - {sav_pct: "3.9", msr_pct: "3.9", quality_ok: "1", quality: "0.9",
               savings: "3900000", benchmark: "100000000"}
            - "1755000.00"
        """,
}


def _cases():
    for name, yaml in SHAPES.items():
        shape = plain(yaml)
        for position, (inputs, amount) in enumerate(shape.pop("cases")):
            yield pytest.param(shape, inputs, amount, id=f"{name}-{position}")


@pytest.mark.parametrize(("shape", "inputs", "amount"), list(_cases()))
def test_a_real_contract_pays_its_exact_amount(shape, inputs, amount):
    figures = {name: number(0 if name == "yrs" else 12) for name in inputs} | shape.get("derived", {})
    limits = {"cap": shape["cap"]} if "cap" in shape else {}
    subject = contract({"fee": line(shape["pays"], **limits)}, figures, quantum=shape.get("quantum", "0.01"))

    settlement = settle(subject, **inputs)

    whole = file({"fee": line(shape["pays"], **limits)}, figures, quantum=shape.get("quantum", "0.01"))
    assert same_by_both(whole, inputs, settlement) == {"same": 1}
    assert settlement.lines[0].amount == settlement.total == settlement.undisputed == amount
    assert settlement.state == ("payable" if float(amount) else "zero_by_terms")
