"""Orders more tea when a shelf runs low. Ends on any failure; the next start goes on where this one stopped."""

import json
import logging
import os

from confluent_kafka import Consumer, KafkaException, Producer

from stock.database import connect
from stock.ledger import place_reorder

logger = logging.getLogger(__name__)

BROKERS = os.environ.get("KAFKA", "localhost:9092")


def main():
    """Turn low-shelf events into reorders; an offset is committed when its reorder is in the database."""
    consumer = Consumer({"bootstrap.servers": BROKERS, "group.id": "reorders", "enable.auto.commit": False})
    producer = Producer({"bootstrap.servers": BROKERS, "enable.idempotence": True})
    consumer.subscribe(["warehouse.low-shelf"])
    connection = connect()
    try:
        while True:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            try:
                event = json.loads(message.value())
                event_id, sku, quantity = event["event_id"], event["sku"], int(event["quantity"])
            except (ValueError, KeyError, TypeError) as problem:
                set_aside(producer, message, problem)
            else:
                place_reorder(connection, event_id, sku, quantity)
            consumer.commit(message=message, asynchronous=False)
    finally:
        connection.close()
        consumer.close()


def set_aside(producer, message, problem):
    """Keep an event that cannot be read, with its cause, where somebody can repair it."""
    failures = []
    producer.produce(
        "warehouse.low-shelf.dead-letters",
        key=message.key(),
        value=message.value(),
        headers={"cause": str(problem), "offset": str(message.offset())},
        on_delivery=lambda error, _: failures.append(error) if error else None,
    )
    if producer.flush(10) or failures:
        raise RuntimeError(f"the dead letter of offset {message.offset()} was not accepted: {failures}")
    logger.warning("set aside offset %d: %s", message.offset(), problem)


if __name__ == "__main__":
    main()
