"""The contract: hand-written parts, the documents assembled from them, and what is compiled from those."""
