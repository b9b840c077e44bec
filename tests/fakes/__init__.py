"""The systems outside, played on this machine: servers that the real clients of Notion, Pinecone and OpenAI use.

Each holds its state as plain Python, keeps the limits of the real one, fails in its ways when told to, and is held
against the published specification where that is at hand.
"""
