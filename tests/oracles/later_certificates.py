"""What certificates of later days are to one that is verified, from plain records and by following every link.

A record has an id, a date, the id of the one whose place it takes with the days of those before that (`link`), whether
it is final, and what it pays of each line; `trued` names the lines of which each deducts what was paid.
"""


def ahead(one, known):
    """Every id whose place one takes, and the first link on the way that leads to nobody who is known."""
    found = []
    while one["link"] is not None:
        id = one["link"]["id"]
        found.append(id)
        if id not in known:
            return found, one["link"]
        one = known[id]
    return found, None


def later(found, given):
    """The ids of those that are later: of a later day, or in the place of the verified one, or perhaps so."""
    known = {one["id"]: one for one in (found, *given)}
    mine = ahead(found, known)[0]
    after = []
    for one in given:
        taken, link = ahead(one, known)
        may = link is not None and found["date"] in link["before"] and link["id"] not in mine
        if one["id"] not in mine and (one["date"] > found["date"] or found["id"] in taken or may):
            after.append(one["id"])
    return after


def told(found, given, trued):
    """For each later one its id, the word for what it is, and the lines that both pay."""
    known = {one["id"]: one for one in (found, *given)}
    after = [known[id] for id in later(found, given)]
    taken = {one["link"]["id"] for one in given if one["link"] is not None}
    took = {one["id"] for one in after if found["id"] in ahead(one, known)[0]}
    may = {one["id"] for one in after if (link := ahead(one, known)[1]) is not None and found["date"] in link["before"]}
    unclear = bool(took) or any(
        (link := ahead(one, known)[1]) is not None and found["date"] in link["before"] for one in given
    )
    for one in after:
        both = [id for id in one["pays"] if id not in trued and one["pays"][id] and found["pays"][id]]
        twice = both if one["final"] and found["final"] and one["id"] not in taken and not unclear else []
        if one["id"] in took:
            yield one["id"], "superseded", []
        elif twice:
            yield one["id"], "twice", twice
        elif one["id"] in may:
            yield one["id"], "may", []
        else:
            yield one["id"], "later", []
