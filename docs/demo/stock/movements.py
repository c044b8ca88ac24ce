"""Keeps the ledger up to date with everything that enters or leaves the warehouse."""

import json
import logging
import os

from confluent_kafka import Consumer, KafkaException

from stock.database import connect
from stock.ledger import book_movement

logger = logging.getLogger(__name__)


def main():
    """Read movements until the process is stopped."""
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ.get("KAFKA", "localhost:9092"),
            "group.id": "stock-ledger",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe(["warehouse.movements"])
    connection = connect()
    try:
        while True:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            movement = json.loads(message.value())
            book_movement(connection, movement)
            logger.info("booked %s of %s", movement["quantity"], movement["sku"])
    finally:
        connection.close()
        consumer.close()


if __name__ == "__main__":
    main()
