"""The consolidated monthly filing: an Import Activity Summary Statement of one importer account and month.

19 U.S.C. 1401(r) and 1484(a): activity of a calendar month told once, by tariff number and what bears on its duty.
"""
