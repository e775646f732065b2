"""The agent: a small computer at the site that reads its devices for the server and for tablets beside it.

Everything that it reads is on its disk before it is sent, and stays there until the server has it.
"""
