"""What was paid of a line that is paid in parts, as whoever keeps the books would write it: one entry a certificate.

An entry is what the certificate had as paid before it, and what it paid. One that settles anew is paid in the place of
the entries back to the one that had as much as paid before: they are struck out, and their sum was paid already.
"""


def due_now(units, price, before, cap, below):
    """All that is due less what was paid, at most the cap; what was paid too much goes back or waits."""
    left = units * price - before
    return min(left if below == "clawback" else max(left, 0), cap)


def enter(book, before, amount, anew):
    """The book with one more entry, and what of it was paid already by the entries it strikes out."""
    kept = list(book)
    struck = []
    while anew and kept:
        struck.append(kept.pop())
        if struck[-1][0] == before:
            break
    return [*kept, (before, amount)], sum(paid for _, paid in struck)


def paid(book, opening):
    """All that was paid until now."""
    return opening + sum(amount for _, amount in book)
