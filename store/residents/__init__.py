"""What residents have written, and what the house tells them: reports with their words and photos, notices, receipts.

In the database of people, not in the log: words may say who somebody is. The log has an order's id and phases.
"""
