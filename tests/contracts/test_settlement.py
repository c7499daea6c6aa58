"""States, the contract's cap, several payers, and the plain form."""

import copy
import json

import pytest
from contracts.builders import REFER, WAIT, contract, line, number, settle
from contracts.example import ATTESTATION, CONTRACT

from effekt.contracts import (
    Figure,
    Settlement,
    Share,
    attested_figures,
    parse_attestation,
    parse_contract,
    settle_figures,
)
from effekt.exceptions import ContractError

FIGURES = {"x": number(0), "y": number(0), "yes": number(0, "yes/no")}
PRICE = {"unit_price": {"price": "1", "figure": "x", "below_zero": "negative"}}
OTHER = {"unit_price": {"price": "1", "figure": "y", "below_zero": "zero"}}


def _states(lines, cap=None, **values):
    subject = contract(lines, {"x": number(0), "y": number(0)}, quantum="1", **({"cap": cap} if cap else {}))
    settlement = settle(subject, **{"x": "0", "y": "0"} | values)
    return settlement.state, settlement.total, settlement.undisputed, [found.amount for found in settlement.lines]


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        ("5", "7", ("payable", "12", "12", ["5", "7"])),
        ("0", "0", ("zero_by_terms", "0", "0", ["0", "0"])),
        ("-7", "7", ("zero_by_terms", "0", "0", ["-7", "7"])),
        ("-5", "0", ("payable", "-5", "-5", ["-5", "0"])),
        ("5", None, ("not_yet_determinable", None, "5", ["5", None])),
        ("5", "refer", ("referred", None, "5", ["5", None])),
        (None, "refer", ("referred", None, "0", [None, None])),
    ],
)
def test_states_of_lines_and_of_the_whole(x, y, expected):
    assert _states({"a": line(PRICE), "b": line(OTHER)}, x=x, y=y) == expected


def test_an_undetermined_line_says_which_figures_it_waits_for_and_why():
    pays = {"sum": [PRICE, OTHER, PRICE]}
    subject = contract({"fee": line(pays)}, {"x": number(0), "y": number(0)})

    (settled,) = settle(subject, x="refer", y=None).lines

    assert (settled.state, settled.amount, settled.shares) == ("referred", None, ())
    assert settled.missing == ("x", "y")
    assert settled.reasons == (REFER, WAIT)


def test_a_false_gate_pays_zero_whatever_is_missing():
    when = {"all": [{"figure": "x", "gt": "0"}, {"figure": "y", "gt": "0"}]}

    assert _states({"a": line(PRICE, when=when)}, x=None, y="0")[:2] == ("zero_by_terms", "0")
    assert _states({"a": line(PRICE, when=when)}, x=None, y="1")[:2] == ("not_yet_determinable", None)
    assert _states({"a": line({"fixed": "3"}, when={"any": when["all"]})}, x=None, y="1")[:2] == ("payable", "3")


FOUR = {id: line({"fixed": amount}) for id, amount in zip("abcd", ("50", "-10", "30", "40"), strict=True)}


@pytest.mark.parametrize(
    ("reduces", "amount", "expected"),
    [
        ("last_line_first", "110", ["50", "-10", "30", "40"]),
        ("last_line_first", "109", ["50", "-10", "30", "39"]),
        ("last_line_first", "60", ["50", "-10", "20", "0"]),
        ("last_line_first", "0", ["10", "-10", "0", "0"]),
        ("pro_rata", "110", ["50", "-10", "30", "40"]),
        ("pro_rata", "50", ["25", "-10", "15", "20"]),
        ("pro_rata", "0", ["4", "-10", "3", "3"]),
    ],
)
def test_lines_give_way_to_the_contracts_cap_as_it_says(reduces, amount, expected):
    state, total, _, amounts = _states(FOUR, cap={"amount": amount, "reduces": reduces})

    assert amounts == expected
    assert int(total) == min(110, int(amount))
    assert state == ("payable" if int(amount) else "zero_by_terms")


CAP = {"amount": "100", "reduces": "last_line_first"}
PRO_RATA = {"amount": "100", "reduces": "pro_rata"}
CAPPED = line(OTHER, cap="30")


@pytest.mark.parametrize(
    ("lines", "cap", "expected"),
    [
        # y may bring 0 to 30 before the fixed 80, which then is anything from 70 to 80
        ({"a": CAPPED, "b": line({"fixed": "80"})}, CAP, [None, None]),
        ({"a": CAPPED, "b": line({"fixed": "70"})}, CAP, [None, "70"]),
        # lines above the undetermined one give way after it
        ({"b": line({"fixed": "80"}), "a": CAPPED}, CAP, ["80", None]),
        # the fixed lines are over the cap whatever y is
        ({"b": line({"fixed": "80"}), "c": line({"fixed": "50"}), "a": CAPPED}, CAP, ["80", "20", None]),
        # nothing bounds y
        ({"a": line(OTHER), "b": line({"fixed": "1"})}, CAP, [None, None]),
        ({"a": line(OTHER), "b": line({"fixed": "1"})}, PRO_RATA, [None, None]),
        ({"a": CAPPED, "b": line({"fixed": "70"})}, PRO_RATA, [None, "70"]),
        ({"a": CAPPED, "b": line({"fixed": "71"})}, PRO_RATA, [None, None]),
        ({"a": CAPPED, "b": line({"fixed": "-9"}), "c": line({"fixed": "0"})}, PRO_RATA, [None, "-9", "0"]),
    ],
)
def test_a_line_the_cap_might_reach_waits_for_the_missing_figure(lines, cap, expected):
    state, total, undisputed, amounts = _states(lines, cap=cap, y="refer")

    assert (state, total, amounts) == ("referred", None, expected)
    assert int(undisputed) == sum(int(amount) for amount in expected if amount)


def test_nothing_to_pay_under_a_cap_of_zero():
    cap = {"amount": "0", "reduces": "pro_rata"}
    assert _states({"a": line({"fixed": "0"}), "b": line(PRICE)}, cap=cap, x="-3")[3] == ["0", "-3"]
    assert _states({"a": line({"fixed": "0"})}, cap=cap)[:2] == ("zero_by_terms", "0")


def test_the_steps_say_what_the_contracts_cap_did():
    subject = contract({"a": line({"fixed": "150"})}, {"y": number(0)}, quantum="1", cap=CAP)
    step = settle(subject, y="0").lines[0].steps[-1]
    assert _plain_spaces(step.sv) == "Avtalets tak 100 kr sänker beloppet 150 kr till 100 kr."
    assert _plain_spaces(step.en) == "The contract's cap of SEK 100 lowers the amount SEK 150 to SEK 100."
    assert (step.rule, step.value) == ("contract_cap", "100")

    subject = contract({"a": CAPPED, "b": line({"fixed": "80"})}, {"y": number(0)}, quantum="1", cap=CAP)
    settled = settle(subject, y=None).lines[1]
    assert _plain_spaces(settled.steps[-1].sv) == (
        "Avtalets tak 100 kr kan komma att sänka beloppet 80 kr när övriga rader är fastställda."
    )
    assert _plain_spaces(settled.steps[-1].en) == (
        "The contract's cap of SEK 100 may lower the amount SEK 80 once the other lines are determined."
    )
    assert (settled.state, settled.missing, settled.reasons) == ("not_yet_determinable", ("y",), (WAIT,))


def _plain_spaces(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_payers_share_a_line_to_the_last_quantum():
    shares = {"municipality": "0.333", "state": "0.333", "region": "0.334"}
    for amount, parts in (
        ("1", ["0.00", "0.00", "1.00"]),
        ("2.00", ["1.00", "0.00", "1.00"]),
        ("-2", ["-1.00", "0.00", "-1.00"]),
    ):
        subject = contract({"a": line({"fixed": amount}, payers=shares)}, quantum="1.00")
        settled = settle(subject).lines[0]
        assert settled.shares == tuple(Share(payer=p, amount=a) for p, a in zip(shares, parts, strict=True))
        assert settled.amount == f"{int(float(amount))}.00"


def test_the_quantum_gives_the_digits_and_rounding_is_as_written():
    for quantum, rounding, amount in (
        ("1", "half_up", "13"),
        ("1", "half_even", "12"),
        ("0.05", "half_up", "12.50"),
        ("100", "half_up", "0"),
        ("0.001", "half_up", "12.500"),
    ):
        subject = contract({"a": line({"fixed": "12.5"})}, quantum=quantum, rounding=rounding)
        assert settle(subject).total == amount


def test_the_example_settles_from_its_attestation_to_the_exact_amount():
    subject = parse_contract(CONTRACT.encode())
    values = {
        "reduction": "0.130000",
        "low": "0.010000",
        "sure": "0.9000",
        "chance": "0.0400",
        "days": "1000",
        "staff": "9",
    }
    figures = attested_figures(subject, parse_attestation(ATTESTATION.encode()))
    for id, value in values.items():
        term = subject.model.figures[id]
        figures[id] = Figure(
            id=id, state="determined", value=value, unit=term.unit, digits=term.digits, source=term.source
        )

    waiting = settle_figures(subject, figures)
    assert [(settled.id, settled.state, settled.missing) for settled in waiting.lines] == [
        ("fee", "not_yet_determinable", ("worth",)),
        ("bonus", "not_yet_determinable", ("kpi",)),
    ]
    assert waiting.lines[0].reasons[0].sv == "verifier har ännu inte intygat price."

    price = subject.model.figures["price"]
    figures["price"] = Figure(
        id="price", state="determined", value="250.00", unit=price.unit, digits=2, source="attested"
    )
    settled = settle_figures(subject, figures)
    # greatest of 3 000 000, 15 120 and 100 000; least of 200 000 and 3 333.33…; and 5 000 000; capped at 5 000 000
    assert [(found.amount, found.state) for found in settled.lines] == [("5000000", "payable"), ("0", "zero_by_terms")]
    assert settled.lines[0].shares == (
        Share(payer="municipality", amount="4000000"),
        Share(payer="state", amount="1000000"),
    )
    assert (settled.total, settled.currency, settled.contract) == ("5000000", "SEK", "sick-leave")
    assert settled.contract_sha256 == subject.sha256
    assert [figure.id for figure in settled.figures] == list(subject.model.figures)


def _plain():
    subject = contract({"a": line(PRICE)}, {"x": number(1)}, quantum="1")
    return settle(subject, x="5").to_plain()


def test_the_plain_form_has_a_stable_order_of_keys():
    plain = _plain()

    assert list(plain) == [
        *("schema", "contract", "contract_sha256", "currency", "state", "total", "undisputed", "lines", "figures")
    ]
    assert list(plain["lines"][0]) == ["id", "state", "amount", "payee", "shares", "missing", "reasons", "steps"]
    assert json.dumps(plain) == json.dumps(_plain())


def _change(plain, *path, to):
    changed = copy.deepcopy(plain)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return changed


@pytest.mark.parametrize(
    ("path", "to", "sentence"),
    [
        (("schema",), "effekt/settlement/2", "schema must be effekt/settlement/1; this is no settlement."),
        (("total",), "5.", "the total of payment.lines must be a plain decimal; got '5.'."),
        (("lines", 0, "amount"), "1e3", "payment.lines.a must be a plain decimal; got '1e3'."),
        (
            ("lines", 0, "shares", 0, "amount"),
            "x",
            "payment.lines.a must be a plain decimal; got 'x'.",
        ),
        *(
            (
                ("lines", 0, "steps", 0, "value"),
                value,
                "Every step of payment.lines.a must have a plain decimal or a fraction such as '1/3', of at most "
                f"1,000 digits in each part; got {shown!r}.",
            )
            for value, shown in (
                ("1e999999999", "1e999999999"),
                ("about 1e5000", "about 1e5000"),
                ("9" * 5000, "9" * 37 + "..."),
                ("1/0", "1/0"),
                ("NaN", "NaN"),
                ("", ""),
            )
        ),
    ],
)
def test_another_form_is_no_settlement(path, to, sentence):
    with pytest.raises(ContractError) as error:
        Settlement.from_plain(_change(_plain(), *path, to=to))
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("total",), 5),
        (("total",), 5.0),
        (("state",), "paid"),
        (("lines",), {}),
        (("figures", 0, "value"), "5"),
        (("figures", 0, "state"), "referred"),
        (("extra",), "x"),
    ],
)
def test_other_values_are_refused(path, to):
    with pytest.raises(ContractError, match=r"^The settlement cannot be read: "):
        Settlement.from_plain(_change(_plain(), *path, to=to))


def test_what_is_no_mapping_is_no_settlement():
    with pytest.raises(ContractError, match="this is no settlement"):
        Settlement.from_plain(["schema"])


def test_a_voided_settlement_can_be_written_and_read():
    voided = Settlement.from_plain(_change(_plain(), "state", to="void"))
    assert voided.state == "void"


def test_an_amount_is_of_at_most_thirty_digits():
    """What is longer no certificate holds; two lines of thirty digits can sum to more."""
    lines = {"a": line(PRICE), "b": line(OTHER)}
    small = settle(contract(lines, FIGURES, quantum="1"), x="4" * 30, y="4" * 30, yes="0")
    assert small.checked() is small
    rest = ". Correct the figures that it is computed from; a `cap` in the contract bounds what is paid."
    for places, key, digits in (("0", "the total of payment.lines", 31), ("2", "payment.lines.a", 32)):
        quantum = "1" if places == "0" else "0.01"
        large = settle(contract(lines, FIGURES, quantum=quantum), x="9" * 30, y="9" * 30, yes="0")
        with pytest.raises(ContractError) as error:
            large.checked()
        assert str(error.value) == f"{key} must be an amount of at most 30 digits; it has {digits}{rest}"
