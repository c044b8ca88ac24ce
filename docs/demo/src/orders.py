"""Takes orders from the queue: charges the card, keeps the order, asks the warehouse to ship it."""

import json
import logging

from payments import charge
from storage import save
from warehouse import request_shipments

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


def handler(event, context):
    """Handle a batch of orders.

    One order that fails must not hold up the other nine, so its message id is reported
    and SQS delivers it again.
    """
    placed = []
    failed = []
    for record in event["Records"]:
        try:
            order = json.loads(record["body"])
            order["payment_id"] = charge(order)
            save(order)
            placed.append(order)
        except Exception:
            logger.exception("order failed", extra={"message_id": record["messageId"]})
            failed.append({"itemIdentifier": record["messageId"]})
    if placed:
        request_shipments(placed)
    logger.info("placed %d orders, %d failed", len(placed), len(failed))
    return {"batchItemFailures": failed}
