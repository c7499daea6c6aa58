"""One contract and one attestation that use every part, as a person writes them."""

CONTRACT = """\
schema: effekt/contract/1
id: sick-leave
title: {sv: "Minskad korttidssjukfrånvaro", en: "Reduced short-term sick leave"}
governing_text: {file: "avtal.pdf", sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
parties:
  municipality: {role: payer, name: "Exempelkommun"}
  state: {role: payer, name: "Staten", organisation_number: "202100-0000"}
  provider: {role: provider, name: "Utföraren AB"}
  verifier:
    role: verifier
    name: "Granskaren AB"
    keys: ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2018-11-01", outcome_data_from: "2020-01-31"}
attribution: comparison
data:
  panel: {path: "data/panel.csv", delimiter: ";", decimal: ",", encoding: utf-8, text: [municipality]}
  book: {path: "book.xlsx", sheet: "Blad1", header_row: 3}
analysis:
  absence:
    method: trend_adjusted
    data: panel
    outcome: {column: days, unit: "day", better: lower}
    reference_window: ["2015-01", "2017-12"]
    placebos: true
figures:
  reduction:
    estimate: absence
    view: relative_improvement
    statistic: estimate
    digits: 6
    unit: fraction
    on_unavailable: refer
    label: {sv: "minskningen av sjukfrånvaron", en: "the fall in sick leave"}
  low: {estimate: absence, view: difference, statistic: confidence_low, level: "0.90", alternative: greater,
        digits: 6, unit: day, on_unavailable: zero}
  sure: {estimate: absence, view: ratio, statistic: confidence_at_least, threshold: "0.12", digits: 4,
         unit: fraction, on_unavailable: refer}
  chance: {estimate: absence, view: relative, statistic: p_value, "null": "0", digits: 4, unit: fraction,
           on_unavailable: refer, member: "2018"}
  days: {estimate: absence, view: total, statistic: estimate, units: staff, digits: 0, unit: day}
  staff: {measure: absence, digits: 0, unit: person}
  delivered:
    attested: verifier
    digits: 0
    unit: yes/no
    question: {sv: "Levererades insatsen enligt avtal?", en: "Was the service delivered as contracted?"}
  price: {attested: verifier, digits: 2, unit: SEK, question: {sv: "Pris per dag?", en: "Price of a day?"}}
  worth: {derived: {product: [days, price]}, digits: 2, unit: SEK}
  kpi: {derived: {index: {figure: price, base: "100"}}, digits: 4, unit: ratio}
  blend: {derived: {mix: [["0.80", reduction], ["0.20", low]]}, digits: 4, unit: fraction}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    fee:
      payers: {municipality: "0.80", state: "0.20"}
      payee: provider
      pays:
        sum:
          - greater_of:
              - fixed: "3000000"
              - unit_price: {price: "15.12", figure: days, below_zero: zero}
              - share_of_savings: {share: "0.40", figure: worth, below_zero: negative}
                cap: "4000000"
          - lesser_of:
              - tiers: {figure: reduction, steps: [{from: "0.05", pays: "100000"}, {from: "0.10", pays: "200000"}]}
              - bands:
                  figure: reduction
                  bands:
                    - {from: "0.05", to: "0.10", pays_from: "1000", pays_to: "2000"}
                    - {from: "0.12", to: "0.15", pays_from: "3000", pays_to: "4000"}
          - piecewise: {figure: reduction, points: [{at: "0", pays: "0"}, {at: "0.12", pays: "5000000"}]}
            floor: "0"
      when:
        any:
          - {figure: delivered, eq: "1"}
          - all: [{figure: reduction, ge: "0.12"}, {not: {figure: chance, gt: "0.05"}}]
      cap: "5000000"
      floor: "-1000"
    bonus:
      payers: {municipality: "1"}
      payee: provider
      pays: {fixed: "50000"}
      when: {figure: low, gt: kpi}
  cap: {amount: "12000000", reduces: last_line_first}
measures:
  reduction:
    step: outcome
    source: {sv: "lönesystemet", en: "the payroll system"}
    holder: "Exempelkommun"
    vintage: {sv: "som den står när data låses", en: "as it stands when the data are locked"}
  price: {step: parameter, source: {sv: "prislistan", en: "the price list"}}
  sure: {step: output, source: {sv: "lönesystemet", en: "the payroll system"}}
  staff: {step: satisfaction, source: {sv: "enkäten", en: "the survey"}, may_pay: true}
estimands:
  absence:
    figures: [reduction, blend]
    treatments: {sv: "insatsen mot ingen insats", en: "the programme against no programme"}
    population: {sv: "kommunens anställda", en: "the municipality's staff"}
    variable: {sv: "sjukdagar per årsarbetare", en: "sick days per full-time equivalent"}
    intercurrent_events:
      - {event: {sv: "enheten avvecklas", en: "the unit is closed"}, strategy: while_on_treatment}
      - {event: {sv: "pandemin", en: "the pandemic"}, strategy: treatment_policy, sensitivity: without_pandemic}
    summary: relative_improvement
sensitivity:
  without_pandemic:
    title: {sv: "utan pandemiåren", en: "without the years of the pandemic"}
    replace: {chance: sure}
assurance:
  level: limited
  standard: "ISAE 3000"
  criteria: {sv: "avtalsfilen och bilaga 2", en: "the contract file and annex 2"}
  responsibilities: {data: [municipality], analysis: [provider], conclusion: [verifier]}
independence:
  verifier: {of: [municipality, provider], fee: fixed, accreditation: "Revisorsinspektionen"}
interim:
  - {at: "2020-06-30", pays: false}
  - {at: "2021-06-30", pays: true}
termination:
  merger: {event: {sv: "kommunen slås samman", en: "the municipality is merged"}, then: pay_on_closed_cohorts}
disputes: {days: 30, undisputed_paid: true, decided_by: {sv: "skiljenämnd", en: "an arbitral tribunal"}}
jurisdiction: "SE"
population:
  unit: workplace
  who: {sv: "kommunens arbetsplatser", en: "the municipality's workplaces"}
  analysis_set: listed
  register:
    source: {sv: "lönesystemet", en: "the payroll system"}
    frozen: "2018-10-31"
    salted_sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  eligibility:
    - {data: panel, column: staff, ge: "5"}
    - {data: panel, column: kind, among: [school, care]}
  cohorts:
    all: {who: {sv: "alla", en: "all"}, closes: "2019-12-31", figures: [reduction]}
"""

ATTESTATION = """\
schema: effekt/attestation/1
contract: sick-leave
figures:
  delivered:
    value: "1"
    by: verifier
    date: "2022-03-01"
    evidence:
      description: "Slutrapport och stickprov"
      sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
"""
