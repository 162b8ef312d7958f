# make head: the weights by which the embedded engine tells sentiments, from rated sentences (tools/sentiment_head.py).

##@ Renew it

.PHONY: head
head: setup ## Train the head that tells sentiments anew, from pinned sentences of VADER and neutral ones of our own
	@$(python) -m tools.sentiment_head
