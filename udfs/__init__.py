"""The Excel functions (NETRECOVERY, MODPAYMENT, DPO_BREAKEVEN, FC_COST, …) belong here; none is published yet.

The package is installed so that its import name is taken by nobody else.
"""
