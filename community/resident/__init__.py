"""What residents see on their phones, without an account: free ports, one session, what became of a report.

Pure, as all of community/. Nothing in here knows who asks, and nothing that it says is about a person.
"""
