"""Key ids in syllables, against the addresses that the proposal itself lists (arXiv:0901.4016, table of examples)."""

import ipaddress

import pytest

from effekt.certificates.spoken import spoken


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1", "lusab-babad"),
        ("63.84.220.193", "gutih-tugad"),
        ("63.118.7.35", "gutuk-bisog"),
        ("140.98.193.141", "mudof-sakat"),
        ("64.255.6.200", "haguz-biram"),
        ("212.58.253.68", "tibup-zujah"),
    ],
)
def test_the_proposals_own_examples(address: str, words: str) -> None:
    assert spoken(ipaddress.IPv4Address(address).packed.hex(), words=2) == words


def test_every_pattern_of_sixteen_bits_has_its_own_word() -> None:
    assert len({spoken(f"{bits:04x}", words=1) for bits in range(0, 2**16, 17)}) == len(range(0, 2**16, 17))
