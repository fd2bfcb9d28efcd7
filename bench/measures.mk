.PHONY: bench-measures
bench-measures: install-dev  ## measure the formulas against reference libraries (five minutes)
	$(BIN)/python -m bench.measures.run
