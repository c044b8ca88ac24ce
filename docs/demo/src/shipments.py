"""Books a parcel with the carrier for every order that the warehouse has packed."""

import json
import logging
import os

import boto3
import requests

logger = logging.getLogger(__name__)

CARRIER = os.environ.get("CARRIER_URL", "https://api.carrier.example/v2")
TOKEN = os.environ.get("CARRIER_TOKEN", "")

bookings = boto3.resource("dynamodb").Table(os.environ.get("BOOKINGS_TABLE", "bookings"))


def handler(event, context):
    """Book the parcels of a batch; a parcel that cannot be booked does not stop the others."""
    for record in event["Records"]:
        try:
            book(json.loads(record["body"]))
        except Exception:
            logger.exception("could not book the parcel of message %s", record["messageId"])
    return {"statusCode": 200, "body": f"{len(event['Records'])} parcels"}


def book(parcel):
    """Book one parcel, unless it has been booked before, and remember its tracking number."""
    order_id = parcel["order_id"]
    known = bookings.get_item(Key={"order_id": order_id})
    if "Item" in known:
        logger.info("order %s is booked already", order_id)
        return
    answer = requests.post(
        f"{CARRIER}/parcels",
        json={"reference": order_id, "to": parcel["address"], "service": "standard"},
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    answer.raise_for_status()
    bookings.put_item(Item={"order_id": order_id, "tracking": answer.json()["tracking_number"]})
