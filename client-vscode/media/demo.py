"""Charges the orders of a queue. Twice shows what happens here when an event comes a second time."""

import json

import stripe


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        stripe.PaymentIntent.create(
            amount=order["cents"],
            currency="eur",
            customer=order["customer"],
            confirm=True,
        )
