bench: install-dev  ## measure: 20 000 and 1 000 000 cases, both databases, against the limit and a peer (an hour)
	@command -v wrk >/dev/null || { echo "wrk is missing. On Debian or Ubuntu: apt-get install wrk"; exit 1; }
	$(BIN)/python -m bench.run $(ARGS)
