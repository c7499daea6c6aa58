"""A day that an amended file governs, settled by the file before it, where only what follows that file was given."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from workflow.test_each_series import DAYS, attested
from workflow.test_each_series import KEY as AUDITOR
from workflow.test_first_days import KEYS
from workflow.test_governing_file import DATE, FIRST, SECOND, dearer, findings, of_visits, settled

from effekt import workflow
from effekt.certificates import Envelope, generate_key, public_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import CertificateError, FolderWarning
from effekt.workflow.earlier.agreed_beside import cautions_after

LATER = "2023-06-01"  # after the second of three days
THIRD = dearer(SECOND, LATER)
FILES = (FIRST, SECOND, THIRD)
WHICH = f"amendment 1, SHA-256 {SECOND.sha256}, which holds from {DATE}"


def governed(found: Certificate, *earlier: Certificate, files: tuple[Contract, ...] = FILES) -> dict[str, str]:
    """The verdicts on which file held, of this certificate and of earlier ones; the same without one's own contract."""
    told = findings(found, *earlier, files=files)
    bare = workflow.verify(found, earlier=earlier, amended=files).findings
    only = {name: verdict for name, verdict in told.items() if name.startswith("governed")}
    assert {one.name: one.verdict for one in bare if one.name.startswith("governed")} == only
    return only


def sentence(found: Certificate, name: str, *earlier: Certificate, files: tuple[Contract, ...] = FILES) -> str:
    told = workflow.verify(found, contract=found.contract, earlier=earlier, amended=files).findings
    return next(one.text.en for one in told if one.name == name)


FIRST_DAY = settled(FIRST, DAYS[0], 9, 0)
OLD = settled(FIRST, DAYS[1], 5, 900)  # 500 in place of 750
BY_SECOND = settled(SECOND, DAYS[1], 5, 900)
BY_THIRD = settled(THIRD, DAYS[2], 6, 1400, agreed=LATER)
CORRECTED = settled(FIRST, "2023-08-20", 6, 900, OLD)  # after all had agreed to what follows amendment 1


def test_a_file_that_was_given_and_may_have_been_agreed_is_told_of() -> None:
    for earlier in ((FIRST_DAY, BY_THIRD), (FIRST_DAY,)):
        assert governed(OLD, *earlier) == {"governed": "cannot_tell"}
    assert sentence(OLD, "governed", FIRST_DAY, BY_THIRD) == (
        f"The announced day {DAYS[1]} is settled by the file before {WHICH}, and nothing that was given shows whether "
        f"the parties had agreed to that when the certificate was made, {DAYS[1]}. A signed certificate by that file "
        "shows it by the lock that it carries (--earlier): ask for one, or ask the parties."
    )
    summary = workflow.verify(OLD, contract=FIRST, earlier=(FIRST_DAY,), amended=FILES).summary
    assert "whether an amendment that holds on its announced day, or on an earlier one's, was agreed" in summary.en


def test_who_agreed_to_what_follows_an_amendment_had_agreed_to_it() -> None:
    assert governed(CORRECTED, FIRST_DAY, OLD, BY_THIRD) == {"governed": "different"}
    assert sentence(CORRECTED, "governed", FIRST_DAY, BY_THIRD) == (
        f"The announced day {DAYS[1]} is settled by the file before {WHICH}, and the parties had agreed to that when "
        f"the certificate was made, 2023-08-20, as the lock of {LATER} shows: settle the day by the amended file."
    )
    # of a file between that was not given nobody knows from when it holds
    assert governed(CORRECTED, FIRST_DAY, OLD, BY_THIRD, files=(FIRST, THIRD)) == {}


def test_of_an_earlier_certificate_the_same_is_said() -> None:
    mine = {"governed": "reproduced"}
    assert governed(BY_THIRD, FIRST_DAY, OLD) == mine | {f"governed:{DAYS[1]}": "cannot_tell"}
    assert sentence(BY_THIRD, f"governed:{DAYS[1]}", FIRST_DAY, OLD).startswith(
        f"Of the certificate of {DAYS[1]}, digest {OLD.sha256[:16]}…: The announced day {DAYS[1]} is settled by the"
    )
    assert governed(BY_THIRD, FIRST_DAY, OLD, CORRECTED) == mine | {"governed:2023-08-20": "different"}
    assert governed(BY_THIRD, FIRST_DAY, OLD, BY_SECOND) == mine | {f"governed:{DAYS[1]}": "different"}
    # a day after its own, or one whose place was taken by the right file, speaks against nothing
    assert governed(FIRST_DAY, OLD, CORRECTED) == {}
    anew = settled(SECOND, "2023-08-21", 5, 900, OLD)
    assert governed(anew, FIRST_DAY, OLD, BY_THIRD) == mine
    assert governed(BY_THIRD, FIRST_DAY, OLD, anew) == mine


def test_what_was_settled_before_the_parties_agreed_is_accused_of_nothing() -> None:
    """In May they agree on a price from March on, and in June on another; the second day was settled before."""
    by_second = settled(SECOND, "2023-05-20", 5, 900, OLD, agreed="2023-05-15")
    for earlier in ((by_second,), (FIRST_DAY, by_second, BY_THIRD)):
        assert governed(OLD, *earlier) == {}
    other = settled(SECOND, DAYS[2], 6, 1400, agreed="2023-05-15")
    assert governed(other, FIRST_DAY, OLD, files=(FIRST, SECOND)) == {"governed": "reproduced"}
    assert governed(BY_THIRD, FIRST_DAY, OLD, by_second) == {"governed": "reproduced"}
    # without a certificate by the file between nobody can tell, and accuses nobody
    assert governed(BY_THIRD, FIRST_DAY, OLD)[f"governed:{DAYS[1]}"] == "cannot_tell"


def test_of_an_honest_history_nothing_is_said() -> None:
    made = (FIRST_DAY, BY_SECOND, settled(THIRD, DAYS[2], 6, 1650, agreed=LATER))
    for one in made:
        told = governed(one, *(other for other in made if other is not one))
        assert set(told.values()) <= {"reproduced"}
        assert set(told) <= {"governed"}


def test_another_amendment_of_the_same_file_that_nobody_is_shown_to_have_agreed_to() -> None:
    fork = parse_contract(SECOND.raw.replace(b'price: "150"', b'price: "20"'))
    assert governed(OLD, FIRST_DAY, files=(FIRST, fork)) == {"governed": "cannot_tell"}
    assert governed(BY_SECOND, FIRST_DAY, files=(FIRST, fork)) == {"governed": "reproduced"}
    assert governed(FIRST_DAY, files=(FIRST, fork)) == {}  # it holds for no day so early


def test_keys_that_an_amendment_not_shown_to_be_agreed_gave_show_nothing() -> None:
    """Whoever writes the files may put keys of their own in them and sign with these."""
    new = generate_key()
    old_key, own = KEYS["Exempelkommunen"], public_text(public_key(new))
    between = parse_contract(SECOND.raw.replace(public_text(public_key(old_key)).encode(), own.encode()))
    after = parse_contract(
        THIRD.raw.replace(public_text(public_key(old_key)).encode(), own.encode()).replace(
            SECOND.sha256.encode(), between.sha256.encode()
        )
    )
    lock: Envelope | None = None
    for key in (new, KEYS["Leverantören"]):
        lock = workflow.lock(after, key=key, date=LATER, beside=lock, undecided_accepted=True)
    by_after = _by(after, lock)
    assert governed(CORRECTED, FIRST_DAY, OLD, by_after, files=(FIRST, between, after)) == {"governed": "cannot_tell"}


def test_a_party_with_a_new_key_that_all_others_vouch_for() -> None:
    """Nobody can tell whose the key is, so that it shows nothing of an earlier day, and later nothing is wrong."""
    old_key, new = KEYS["Exempelkommunen"], generate_key()
    file = parse_contract(
        SECOND.raw.replace(public_text(public_key(old_key)).encode(), public_text(public_key(new)).encode())
    )
    for agreed, verdicts in (("2023-03-05", {"governed": "cannot_tell"}), ("2023-05-15", {})):
        lock: Envelope | None = None
        for key in (new, KEYS["Leverantören"], AUDITOR):
            lock = workflow.lock(file, key=key, date=agreed, beside=lock, undecided_accepted=True)
        assert governed(OLD, FIRST_DAY, _by(file, lock), files=(FIRST, file)) == verdicts


def _by(contract: Contract, lock: Envelope | None) -> Certificate:
    values = {"visits": 6, "total": 10, "paid": 100, "earned": 1400}
    return workflow.settle(contract, date=DAYS[2], attestations=[attested(DAYS[2], values)], locked=lock).sign(AUDITOR)


def _folder(tmp_path: Path, *files: Contract, certificates: tuple[Certificate, ...]) -> Contract:
    (tmp_path / "contract.yaml").write_bytes(FIRST.raw)
    for place, file in enumerate(files, start=1):
        (tmp_path / f"contract{place}.yaml").write_bytes(file.raw)
    (tmp_path / "notes.yaml").write_bytes(b"a: [")
    for place, one in enumerate(certificates):
        (tmp_path / f"{place}.json").write_bytes(one.to_bytes())
    return workflow.read_contract(tmp_path / "contract.yaml")


def test_settling_by_the_file_before_is_refused_beside_what_follows_it(tmp_path: Path) -> None:
    contract = _folder(tmp_path, SECOND, THIRD, certificates=(FIRST_DAY, BY_THIRD))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FolderWarning)
        for date, earlier in (("2023-08-20", OLD), (DAYS[1], None)):  # whatever day it is dated
            with pytest.raises(CertificateError) as error:
                settled(contract, date, 5, 900, earlier)
            assert str(error.value) == (
                f"The file '1.json' is a certificate of {DAYS[2]} by a file that follows amendment 1 of this contract, "
                f"which holds from {DATE}, and this one, of the announced day {DAYS[1]}, is by the file before that: "
                f"settle that day by the amended file, contract1.yaml, SHA-256 {SECOND.sha256}."
            )
        assert of_visits(settled(contract, "2023-08-20", 10, 0, FIRST_DAY)) == "1000"  # a day before it
        workflow.write_certificate(OLD, tmp_path / "old.json")  # made already, before that lock
        assert of_visits(settled(contract, DAYS[1], 5, 900)) == "500"  # and the same again
        with pytest.raises(CertificateError, match="settle that day by the amended file"):
            workflow.write_certificate(CORRECTED, tmp_path / "corrected.json")


def test_a_file_beside_that_nobody_is_shown_to_have_agreed_to_is_cautioned_of(tmp_path: Path) -> None:
    """A draft stops no settlement."""
    contract = _folder(tmp_path, SECOND, certificates=(FIRST_DAY,))
    with pytest.warns(FolderWarning, match=f"the file before {WHICH}, and nothing"):
        made = settled(contract, DAYS[1], 5, 900)
    assert of_visits(made) == "500"
    told = list(cautions_after(made, [tmp_path / "contract.yaml"], ()))
    assert [one.en for one in told] == [
        f"The announced day {DAYS[1]} is settled by the file before {WHICH}, and nothing in the folder shows whether "
        "the parties have agreed to that, contract1.yaml. If they have, settle the day by that file before anything "
        "is paid."
    ]
    assert told[0].sv.startswith(f"Den angivna dagen {DAYS[1]} är avräknad enligt filen före ändring 1, SHA-256")
    with warnings.catch_warnings():
        warnings.simplefilter("error", FolderWarning)
        settled(contract, "2023-08-20", 10, 0, FIRST_DAY)  # a day before it
