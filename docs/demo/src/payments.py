"""Everything that moves money."""

import os

import stripe

stripe.api_key = os.environ.get("STRIPE_API_KEY", "")


def charge(order):
    """Charge the customer's saved card for a whole order and return the id of the payment."""
    payment = stripe.PaymentIntent.create(
        amount=total(order),
        currency="eur",
        customer=order["customer"]["stripe_id"],
        payment_method=order["payment_method"],
        off_session=True,
        confirm=True,
        metadata={"order_id": order["order_id"]},
    )
    return payment.id


def total(order):
    """The amount in cents, with shipping."""
    return sum(line["price"] * line["quantity"] for line in order["lines"]) + order.get("shipping", 490)
