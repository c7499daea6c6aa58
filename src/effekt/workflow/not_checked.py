"""What a verification says it did not check, by the name of the finding that cannot tell."""

from __future__ import annotations

from effekt._text import Text

NOT_CHECKED = {
    "superseded": Text(
        en="another certificate that was given took its place: go by that one",
        sv="ett annat intyg som angavs har tagit dess plats: gå efter det",
    ),
    "own_contract": Text(
        en="the keys and the contract were not checked: give --contract",
        sv="nycklarna och avtalet har inte prövats: ange --contract",
    ),
    "demo_key": Text(
        en="it is signed with the published demonstration key, which proves nothing",
        sv="det är undertecknat med den publicerade demonstrationsnyckeln, som inte bevisar något",
    ),
    "signature_unknown_key": Text(
        en="a signature on it is by a key that the contract lets nobody sign with",
        sv="en underskrift på det är gjord med en nyckel som avtalet inte låter någon underteckna med",
    ),
    "signature_not_held": Text(
        en="a signature on it is by a key that did not hold on its day",
        sv="en underskrift på det är gjord med en nyckel som inte gällde den dagen",
    ),
    "software": Text(en="an earlier version of effekt made it", sv="en tidigare version av effekt har gjort det"),
    "code": Text(
        en="other code of this version of effekt made it than verifies it",
        sv="annan kod i denna version av effekt har gjort det än den som prövar det",
    ),
    "agreed_software": Text(
        en="other software than the contract agrees on made it",
        sv="det är gjort med annan programvara än avtalet anger",
    ),
    "maximum": Text(
        en="this version does not prove that its terms pay no more than payment.maximum: see maximum",
        sv="denna version visar inte att villkoren betalar högst payment.maximum: se maximum",
    ),
    "refused_terms": Text(
        en="`check` refuses its contract: see refused_terms, and ask the parties what they agreed",
        sv="`check` godtar inte dess avtal: se refused_terms, och fråga parterna vad de kommit överens om",
    ),
    "data": Text(
        en="the numbers were not computed again from the data: give --data",
        sv="talen har inte räknats om från data: ange --data",
    ),
    "recomputation": Text(
        en="the numbers were not computed again, as a library that they need is not installed",
        sv="talen har inte räknats om, eftersom ett bibliotek som de behöver inte är installerat",
    ),
    "sealed": Text(
        en="the numbers were not computed again from a sealed table: ask whoever keeps it for what sealed names",
        sv="talen har inte räknats om från ett förseglat underlag: be den som förvarar det om vad sealed anger",
    ),
    "not_delivered": Text(
        en="that a table was not delivered no file shows: ask whoever was to deliver it",
        sv="att ett underlag inte var levererat visar ingen fil: fråga den som skulle leverera det",
    ),
    "date": Text(
        en="whether its date can be right was not checked, as the declared events do not hold",
        sv="om dess datum kan stämma har inte prövats, eftersom de anmälda händelserna inte håller",
    ),
    "longstop": Text(
        en="whether it still counts, after the last day to settle, no file shows: see the legal text",
        sv="om det ännu gäller, efter sista dag för avräkning, visar ingen fil: se avtalstexten",
    ),
    "conclusion": Text(
        en="whether the checklist allows the conclusion was not checked, as the declared events do not hold",
        sv="om checklistan medger slutsatsen har inte prövats, eftersom de anmälda händelserna inte håller",
    ),
    "conclusion_signed": Text(
        en="that the conclusion is theirs who conclude no signature shows",
        sv="att slutsatsen är deras som drar den visar ingen underskrift",
    ),
    "declared_signed": Text(
        en="that parties declared what they are said to no signature of theirs shows",
        sv="att parter har uppgett det de sägs ha uppgett visar ingen underskrift av dem",
    ),
    "governing_text": Text(
        en="the legal text was not checked: give --governing-text",
        sv="avtalstexten har inte prövats: ange --governing-text",
    ),
    "no_governing_text": Text(
        en="the legal text that was given was not checked, as the certificate's contract names none",
        sv="avtalstexten som angavs har inte prövats, eftersom intygets avtal inte nämner någon",
    ),
    "lock_date": Text(
        en="the lock is dated before the contract was signed",
        sv="låsningen är daterad innan avtalet undertecknades",
    ),
    "lock_diary": Text(
        en="the diary number of the lock was not checked: ask the registry that it names",
        sv="låsningens diarienummer har inte prövats: fråga det register som den anger",
    ),
    "undecided": Text(
        en="that what the contract leaves open was accepted the certificate does not list",
        sv="att det som avtalet lämnar öppet är godtaget listar intyget inte",
    ),
    "revised": Text(
        en="what changed in a table since an earlier certificate was not checked: ask for the earlier table",
        sv="vad som ändrats i en tabell sedan ett tidigare intyg har inte prövats: begär den tidigare tabellen",
    ),
    "disputed": Text(
        en="a certificate that a dispute is told of was not seen: give it with --earlier",
        sv="ett intyg som en tvist anges gälla har inte setts: ange det med --earlier",
    ),
    "withheld": Text(
        en="what was withheld for a dispute that is decided is paid on another certificate: ask for it",
        sv="det som hölls inne för en tvist som är avgjord betalas i ett annat intyg: begär det",
    ),
    "recalled": Text(
        en="whether a line that was recalled is paid twice was not told: ask for the certificate that settles it",
        sv="om en rad som återkallats betalas två gånger har inte kunnat sägas: begär det intyg som avgör det",
    ),
    "supersedes": Text(
        en="the certificate that it supersedes was not checked: give --earlier",
        sv="intyget som det ersätter har inte prövats: ange --earlier",
    ),
    "settled_anew": Text(
        en="what was paid of what it settles anew rests on the word of whoever signed it: ask",
        sv="vad som betalats av det som det avräknar på nytt vilar på undertecknarens ord: fråga",
    ),
    "beside": Text(
        en="what it is to the certificate before it was not told: give each one with --earlier",
        sv="vad det är till intyget före det har inte kunnat sägas: ange vart och ett med --earlier",
    ),
    "left_out": Text(
        en="that a party now admits another value in an open dispute no earlier file shows: ask them",
        sv="att en part nu medger ett annat värde i en öppen tvist visar ingen tidigare fil: fråga parten",
    ),
    "paid_before": Text(
        en="what was paid before was not held against every certificate that paid it: give each with --earlier",
        sv="vad som betalats tidigare har inte prövats mot varje intyg som betalade det: ange vart och ett med "
        "--earlier",
    ),
    "left_waiting": Text(
        en="what was paid of a line without an amount here is not settled: ask for the certificate that settles it",
        sv="det som betalats av en rad utan belopp här är inte avräknat: begär det intyg som avräknar det",
    ),
    "lines_taken_away": Text(
        en="whether a new line pays again what a line paid that an amendment took away no file shows: ask the parties",
        sv="om en ny rad betalar igen vad en rad betalade som en ändring tog bort visar ingen fil: fråga parterna",
    ),
    "counted": Text(
        en="a certificate counts an earlier day as it was before that was settled again: ask for the one in its place",
        sv="ett intyg räknar in en tidigare dag som den var innan den avräknades på nytt: begär det som ersätter det",
    ),
    "earlier_signature": Text(
        en="a signature in the file of an earlier certificate is not good, beside those that are",
        sv="en underskrift i ett tidigare intygs fil håller inte, bredvid dem som gör det",
    ),
    "earlier_signed": Text(
        en="an earlier certificate that was given is not signed as the contract asks: ask for the signed one",
        sv="ett tidigare intyg som angavs är inte undertecknat så som avtalet kräver: begär det undertecknade",
    ),
    "earlier_contract": Text(
        en="an earlier certificate that was given is of another contract file: give the files before an amendment with "
        "--amended",
        sv="ett tidigare intyg som angavs gäller en annan avtalsfil: ange filerna före en ändring med --amended",
    ),
    "other_contract": Text(
        en="an earlier certificate that was given is of another contract: give those of this one",
        sv="ett tidigare intyg som angavs gäller ett annat avtal: ange dem som hör till detta",
    ),
    "amended_since": Text(
        en="a certificate by a later amendment was not held against it: verify that one with this as --earlier",
        sv="ett intyg enligt en senare ändring har inte prövats mot det: verifiera det med detta som --earlier",
    ),
    "governed": Text(
        en="whether an amendment that holds on its announced day, or on an earlier one's, was agreed before that was "
        "settled was not told: give a signed certificate by that amendment with --earlier; of two of one day no file "
        "shows which came first: ask",
        sv="om en ändring som gäller dess angivna dag, eller ett tidigare intygs, var godkänd innan den avräknades har "
        "inte kunnat sägas: ange ett undertecknat intyg enligt ändringen med --earlier; av två från samma dag visar "
        "ingen fil vad som kom först: fråga",
    ),
    "fork": Text(
        en="which of two amendments of one contract file holds was not told: ask which the parties agreed last",
        sv="vilken av två ändringar av en avtalsfil som gäller har inte kunnat sägas: fråga vilken parterna godkände "
        "sist",
    ),
    "earlier": Text(
        en="which of two certificates of one day was paid no file shows: ask",
        sv="vilket av två intyg för en dag som betalades visar ingen fil: fråga",
    ),
    "earlier_link": Text(
        en="whether the place of an earlier certificate was taken was not told: give the one that would show it",
        sv="om ett tidigare intygs plats har tagits har inte kunnat sägas: ange det som skulle visa det",
    ),
    "later_link": Text(
        en="whether another certificate that was given took its place was not told: give the one that would show it",
        sv="om ett annat intyg som angavs har tagit dess plats har inte kunnat sägas: ange det som skulle visa det",
    ),
    "later": Text(
        en="a certificate of a later day that was given was not held against it: verify that one with this as "
        "--earlier",
        sv="ett intyg från en senare dag som angavs har inte prövats mot det: verifiera det med detta som --earlier",
    ),
    "announced": Text(
        en="certificates of other announced days were not seen: ask for each",
        sv="intyg för andra angivna dagar har inte setts: begär vart och ett",
    ),
    "limits": Text(
        en="limits were not held against every certificate that was corrected: give each with --earlier",
        sv="gränserna har inte prövats mot varje intyg som har rättats: ange vart och ett med --earlier",
    ),
    "amendments": Text(
        en="the amendments and who agreed to them were not all checked: give each file before with --amended",
        sv="ändringarna och vilka som godkänt dem har inte alla prövats: ange varje fil före med --amended",
    ),
    "agreed": Text(
        en="whether an amendment between was agreed was not told: give a certificate by it with --earlier",
        sv="om en ändring emellan var godkänd har inte kunnat sägas: ange ett intyg enligt den med --earlier",
    ),
    "new_key": Text(
        en="whose the key is that a party agreed to an amendment with no file shows: hold it against what they gave",
        sv="vems nyckeln är som en part godkände en ändring med visar ingen fil: jämför den med vad parten har lämnat",
    ),
    "log": Text(
        en="the run log was not checked: give --log, with the line that it names",
        sv="körningsloggen har inte prövats: ange --log, med den rad som det anger",
    ),
    "no_log": Text(
        en="the run log that was given was not checked, as the certificate names none",
        sv="körningsloggen som angavs har inte prövats, eftersom intyget inte anger någon",
    ),
    "log_lock": Text(
        en="that the lock stands in the run log was not checked: give --log, with the line that it names",
        sv="att låsningen står i körningsloggen har inte prövats: ange --log, med den rad som det anger",
    ),
    "log_earlier": Text(
        en="the run log ends before the line of another certificate that was given: ask for the log as it is now",
        sv="körningsloggen slutar före raden för ett annat intyg som angavs: begär loggen så som den är nu",
    ),
    "independent": Text(
        en="the second implementation did not repeat everything: its lines above say what and why",
        sv="den andra beräkningen har inte upprepat allt: dess rader ovan säger vad och varför",
    ),
    "timestamp": Text(
        en="whose the timestamp is was not checked: give --authority",
        sv="vems tidsstämpeln är har inte prövats: ange --authority",
    ),
    "timestamp_date": Text(
        en="whether it was signed before its own date the timestamp does not show: ask for one on the signed file",
        sv="om det undertecknades före sitt eget datum visar tidsstämpeln inte: begär en på den undertecknade filen",
    ),
    "timestamp_key": Text(
        en="that a key which has a last day had signed by then the timestamp does not show",
        sv="att en nyckel som har en sista dag hade använts innan dess visar tidsstämpeln inte",
    ),
}
OF_STATEMENT = {
    "own_contract": Text(
        en="the keys and the contract were not checked: give --contract",
        sv="nycklarna och avtalet har inte prövats: ange --contract",
    ),
    "demo_key": NOT_CHECKED["demo_key"],
    "lacking_signatures": Text(
        en="its certificate lacked signatures that the contract requires: see lacking_signatures",
        sv="dess intyg saknade underskrifter som avtalet kräver: se lacking_signatures",
    ),
    "supersedes": Text(
        en="whose place it takes cannot be told: see supersedes",
        sv="vad det ersätter kan inte avgöras: se supersedes",
    ),
    "longstop": NOT_CHECKED["longstop"],
    "maximum": NOT_CHECKED["maximum"],
    "refused_terms": NOT_CHECKED["refused_terms"],
    "made_anew": Text(
        en="not every number was made anew: see made_anew", sv="alla tal har inte tagits fram på nytt: se made_anew"
    ),
    "hidden": Text(
        en="whether a disputed count had to be hidden was not checked: see hidden",
        sv="om ett bestritt antal måste döljas har inte prövats: se hidden",
    ),
    "numbers": Text(
        en="no number was checked against the certificate: give --certificate",
        sv="inget tal har prövats mot intyget: ange --certificate",
    ),
    "commitment": Text(
        en="that it is of this certificate was not checked: give --certificate and --salt",
        sv="att det hör till ett visst intyg har inte prövats: ange --certificate och --salt",
    ),
    "earlier_left_out": Text(
        en="an earlier statement that was given it was not held against: see earlier_left_out",
        sv="det har inte jämförts med ett tidigare utdrag som angavs: se earlier_left_out",
    ),
    "certificate": Text(
        en="not all of the certificate was checked: verify it by itself",
        sv="allt i intyget har inte prövats: verifiera det för sig",
    ),
}
"""The same of a public statement."""
ALONE = Text(
    en="whether another certificate pays the same was not checked: give those there are with --earlier",
    sv="om ett annat intyg betalar detsamma har inte prövats: ange de som finns med --earlier",
)
OTHERS_ASKED_FOR = {"announced", "beside", "paid_before", "supersedes"}  # what already asks for other certificates
