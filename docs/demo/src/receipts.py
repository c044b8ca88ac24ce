"""Mails the receipt once a payment has settled."""

import os

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent
from botocore.config import Config

logger = Logger(service="receipts")
ses = boto3.client("sesv2", config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2}))

receipts_sent = DynamoDBPersistenceLayer(table_name=os.environ.get("IDEMPOTENCY_TABLE", "idempotency"))
one_receipt_per_payment = IdempotencyConfig(
    event_key_jmespath="detail.payment_id",
    raise_on_no_idempotency_key=True,
    expires_after_seconds=14 * 24 * 3600,
)


@logger.inject_lambda_context
@idempotent(persistence_store=receipts_sent, config=one_receipt_per_payment)
def handler(event, context):
    """Mail one receipt; a failure is raised, so that Lambda tries again and then keeps the event."""
    payment = event["detail"]
    answer = ses.send_email(
        FromEmailAddress="shop@tea-shop.example",
        Destination={"ToAddresses": [payment["email"]]},
        Content={
            "Simple": {
                "Subject": {"Data": f"Your receipt for order {payment['order_id']}"},
                "Body": {"Text": {"Data": text(payment)}},
            }
        },
    )
    logger.info("receipt sent", extra={"payment_id": payment["payment_id"]})
    return {"message_id": answer["MessageId"]}


def text(payment):
    """The receipt as plain text."""
    euros = payment["amount"] / 100
    return f"Thank you! We received {euros:.2f} EUR for order {payment['order_id']}."
