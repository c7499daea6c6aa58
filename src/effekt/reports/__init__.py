"""What people read: one report composed from a certificate, shown as a page, as text or in pictures.

`compose` decides what stands in a report and in which words; `html`, `text`, `svg` and `plots` only draw it.
"""
