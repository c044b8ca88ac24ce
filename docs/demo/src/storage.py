"""The shop's tables."""

import os

import boto3

orders = boto3.resource("dynamodb").Table(os.environ.get("ORDERS_TABLE", "orders"))


def save(order):
    """Keep an order as it was paid."""
    orders.put_item(
        Item={
            "order_id": order["order_id"],
            "customer_id": order["customer"]["id"],
            "lines": order["lines"],
            "payment_id": order["payment_id"],
        }
    )
