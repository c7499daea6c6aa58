"""Key ids in syllables that can be read aloud, so that two people can compare them by telephone.

References
----------
Wilkerson, D. S. (2009). A proposal for proquints: identifiers that are readable, spellable, and pronounceable.
arXiv:0901.4016
"""

from __future__ import annotations

CONSONANTS = "bdfghjklmnprstvz"  # four bits each
VOWELS = "aiou"  # two bits each
WORDS = 4


def spoken(key_id: str, words: int = WORDS) -> str:
    """Write the beginning of a key id as proquints.

    Parameters
    ----------
    key_id : str
        In hexadecimal.
    words : int
        How many words of 16 bits.

    Returns
    -------
    str
        Each word is consonant, vowel, consonant, vowel, consonant, from the highest bits down.

    Examples
    --------
    >>> spoken("7f000001", words=2)
    'lusab-babad'
    """
    return "-".join(_word(int(key_id[at : at + 4], 16)) for at in range(0, 4 * words, 4))


def _word(bits: int) -> str:
    parts = ((12, CONSONANTS, 15), (10, VOWELS, 3), (6, CONSONANTS, 15), (4, VOWELS, 3), (0, CONSONANTS, 15))
    return "".join(letters[bits >> shift & mask] for shift, letters, mask in parts)
