"""Prints a label for every parcel. The printer is slow, so a thread of its own feeds it."""

import json
import logging
import os
import queue
import socket
import threading

from confluent_kafka import Consumer, KafkaException

logger = logging.getLogger(__name__)

PRINTER = (os.environ.get("PRINTER", "printer.local"), 9100)

waiting = queue.Queue()


def print_labels():
    """Send waiting labels to the printer, one after the other."""
    while True:
        label = waiting.get()
        try:
            with socket.create_connection(PRINTER, timeout=10) as printer:
                printer.sendall(label["zpl"].encode())
        except OSError:
            logger.exception("label %s was not printed", label["parcel_id"])
        finally:
            waiting.task_done()


def main():
    """Hand every label of the topic to the printing thread."""
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ.get("KAFKA", "localhost:9092"),
            "group.id": "label-printer",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe(["warehouse.labels"])
    threading.Thread(target=print_labels, daemon=True).start()
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        waiting.put(json.loads(message.value()))


if __name__ == "__main__":
    main()
