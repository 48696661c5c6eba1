"""Money as numbers: amounts, fees, and the movements of the ledger; no documents, no transactions."""
